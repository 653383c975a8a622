//! The backups of a project, where a few pages have them all.

use super::Backup;
use crate::paging::Pager;

/// The first pages of the project's backups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FirstBackups {
    /// Without duplicates; their children may be missing.
    pub backups: Vec<Backup>,
    /// Whether these are all.
    pub is_whole: bool,
    /// How many pages all of them have; at least so many, where the service does not say.
    pub pages: usize,
}

/// A walk that goes no further once the list turns out to have more pages than that.
pub(super) struct Bounded {
    pager: Pager,
    size: usize,
    most: usize,
    read: usize,
    claimed: usize,
}

impl Bounded {
    pub(super) fn new(size: usize, most: usize) -> Bounded {
        Bounded { pager: Pager::new(size), size, most, read: 0, claimed: 0 }
    }

    pub(super) fn pager(&mut self) -> &mut Pager {
        &mut self.pager
    }

    /// Where the next page begins; none at the end of the list, or of what is worth reading.
    pub(super) fn next(&self) -> Option<usize> {
        self.pager.next().filter(|_| self.read < self.most && self.claimed <= self.most)
    }

    /// Takes a page into account, as [`Pager::turn`] does.
    pub(super) fn turn(&mut self, found: usize, new: usize, total: Option<i64>) {
        self.pager.turn(found, new, total);
        self.read += 1;
        self.claimed = total.and_then(|total| usize::try_from(total).ok()).unwrap_or(0).div_ceil(self.size.max(1));
    }

    pub(super) fn is_whole(&self) -> bool {
        self.pager.next().is_none()
    }

    /// The pages of the whole list, as far as is known: more than were read unless that were all.
    pub(super) fn pages(&self) -> usize {
        if self.is_whole() { self.read } else { self.claimed.max(self.read + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_to_its_end_or_found_too_long_by_one_page() {
        // Records, pages to read at the most, whether totals are told; pages read, whether whole, pages told.
        for (records, most, tells, read, is_whole, pages) in [
            (0, 1, true, 1, true, 1),
            (7, 1, true, 1, true, 1),
            (25, 3, true, 3, true, 3),
            (25, 2, true, 1, false, 3),
            (25, 9, false, 3, true, 3),
            (25, 2, false, 2, false, 3),
            (95, 9, false, 9, false, 10),
            (5000, 10, true, 1, false, 500),
        ] {
            let mut walk = Bounded::new(10, most);
            let mut calls = 0;
            while let Some(position) = walk.next() {
                calls += 1;
                let found = (records - position).min(10);
                // A total that is the page's alone tells nothing.
                let total = if tells { records } else { found };
                walk.turn(found, found, i64::try_from(total).ok());
            }
            assert_eq!((calls, walk.is_whole(), walk.pages()), (read, is_whole, pages), "{records} {most} {tells}");
        }
    }
}
