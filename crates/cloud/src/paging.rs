//! Walking through lists that are cut into pages.
//!
//! Totals in answers are not to be trusted alone (page or grand total, ND), and records may shift between two pages. So a
//! walk goes on by what came back, ends on an empty or fruitless page, and drops what it has seen before. Where the
//! documents promise pages of the size asked for, a shorter one whose total claims no more is the last.
//!
//! Where a full page claims that there are more, the rest of what it claims is asked for side by side. It only guesses where pages
//! begin: what came back decides, page by page in their order, as if they had been asked for one after the other.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

/// One page of a list, for whoever reads no further than needed. Records may come twice, where they shift between pages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    /// In the service's order.
    pub records: Vec<T>,
    /// Where the next page begins; none at the end of the list.
    pub next: Option<usize>,
}

impl<T> Page<T> {
    /// The page that was read at a position by asking for `size` records, with the total that the answer claims.
    pub(crate) fn of(records: Vec<T>, position: usize, size: usize, total: Option<i64>) -> Page<T> {
        let mut pager = Pager { position, ..Pager::new(size) };
        pager.turn(records.len(), records.len(), total);
        Page { next: pager.next(), records }
    }
}

/// How many records to ask for where so many are wanted: below the smallest default page, nobody could tell its end.
pub(crate) fn size_for(wanted: usize, most: usize) -> usize {
    wanted.clamp(SMALLEST_PAGE, most)
}

/// Where the next page begins, and how much was read so far.
pub(crate) struct Pager {
    position: usize,
    size: usize,
    /// The documents name a maximum of a page, and the size is within it.
    documented: bool,
    /// How many records the last page claimed, if it was a full one.
    claimed: Option<usize>,
    done: bool,
    pages: usize,
    bytes: usize,
    began: Instant,
}

/// Bounds of one walk: a service that never ends its list must not hold a run, nor fill the memory. A list that is longer
/// is an error: what is missing in it must not pass for not being there.
const MOST_RECORDS: usize = 200_000;
const MOST_PAGES: usize = 2_000;
const MOST_BYTES: usize = 128 << 20;
const LONGEST_WALK: Duration = Duration::from_secs(300);

/// Pages of one list that are asked for at once: as many as requests of a service are under way.
const SIDE_BY_SIDE: usize = 8;

impl Pager {
    /// A walk that asks for `size` records at a time, within the documented maximum.
    pub(crate) fn new(size: usize) -> Pager {
        let began = Instant::now();
        Pager { position: 0, size, documented: true, claimed: None, done: false, pages: 0, bytes: 0, began }
    }

    /// The same where no document names a maximum: a short page may be one that was cut.
    pub(crate) fn of_any_size(size: usize) -> Pager {
        Pager { documented: false, ..Pager::new(size) }
    }

    /// Offset of the next page, or `None` at the end.
    pub(crate) fn next(&self) -> Option<usize> {
        (!self.done).then_some(self.position)
    }

    /// Offsets of the pages to ask for now; none at the end. Of more than one, each is worth looking at only if it is the next
    /// one when its turn comes.
    pub(crate) fn ahead(&self) -> Vec<usize> {
        let claimed = self.claimed.unwrap_or_default();
        let more = (1..SIDE_BY_SIDE).map(|page| self.position + page * self.size).take_while(|next| *next < claimed);
        self.next().into_iter().chain(more.filter(|_| !self.done)).collect()
    }

    /// Counts an answer of so many bytes.
    ///
    /// # Errors
    /// The list is longer than any that makes sense; the text says how much of it was read.
    pub(crate) fn answered(&mut self, bytes: usize) -> Result<(), String> {
        self.pages += 1;
        self.bytes += bytes;
        let passed = self.began.elapsed();
        let over = self.position >= MOST_RECORDS
            || self.pages > MOST_PAGES
            || self.bytes > MOST_BYTES
            || passed > LONGEST_WALK;
        match over {
            false => Ok(()),
            true => Err(format!(
                "the list does not come to an end: {} pages with {} records and {} MiB were read in {} s. Bounds are \
                 {MOST_PAGES} pages, {MOST_RECORDS} records, {} MiB and {} s",
                self.pages,
                self.position,
                self.bytes >> 20,
                passed.as_secs(),
                MOST_BYTES >> 20,
                LONGEST_WALK.as_secs()
            )),
        }
    }

    /// Records how many items the page had, how many of them were new, and the total that the answer claims.
    ///
    /// A page without news is the end. A page that is shorter than asked for is the end where a total says so and the
    /// documents promise the size; else it may have been cut by a smaller maximum of the service, but not below the
    /// smallest default of all services, unless the total claims more.
    pub(crate) fn turn(&mut self, found: usize, new: usize, total: Option<i64>) {
        self.position += found;
        let total_claimed = total.and_then(|total| usize::try_from(total).ok());
        let more_claimed = total_claimed.is_some_and(|total| total > self.position);
        self.claimed = total_claimed.filter(|_| found == self.size);
        let promised = self.documented && total.is_some();
        let uncut = found < self.size && (promised || found < SMALLEST_PAGE);
        self.done = found == 0 || new == 0 || (uncut && !more_claimed);
    }
}

/// The smallest default page size of all services: a page with fewer records was not cut.
const SMALLEST_PAGE: usize = 10;

/// Collects records and drops those whose id was seen before.
pub(crate) struct Unique<T, F> {
    id: F,
    seen: HashSet<String>,
    records: Vec<T>,
}

impl<T, F: Fn(&T) -> Option<String>> Unique<T, F> {
    pub(crate) fn new(id: F) -> Unique<T, F> {
        Unique { id, seen: HashSet::new(), records: Vec::new() }
    }

    /// Adds a page and answers how many of its records were new. Records without an id are no use and are dropped.
    pub(crate) fn add(&mut self, page: Vec<T>) -> usize {
        let before = self.records.len();
        for record in page {
            if (self.id)(&record).is_some_and(|id| self.seen.insert(id)) {
                self.records.push(record);
            }
        }
        self.records.len() - before
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of `total` ids from a server with pages of `most`.
    fn walk(mut pager: Pager, total: usize, most: usize) -> (usize, usize) {
        let (claimed, asked) = (i64::try_from(total).ok(), pager.size);
        let mut records = Unique::new(|id: &usize| Some(id.to_string()));
        let mut requests = 0;
        loop {
            let ahead = pager.ahead();
            requests += ahead.len();
            for position in &ahead {
                if pager.next() != Some(*position) {
                    break;
                }
                let page: Vec<usize> = (*position..total).take(asked.min(most)).collect();
                pager.turn(page.len(), records.add(page), claimed);
            }
            if ahead.is_empty() {
                return (records.into_vec().len(), requests);
            }
        }
    }

    #[test]
    fn what_a_full_page_claims_is_asked_for_at_once() {
        let after = |found: usize, total: Option<i64>| {
            let mut pager = Pager::new(100);
            assert_eq!(pager.ahead(), [0], "nothing is known before the first page");
            pager.turn(found, found, total);
            pager.ahead()
        };
        let none: [usize; 0] = [];
        assert_eq!(after(100, Some(350)), [100, 200, 300]);
        assert_eq!(after(100, Some(200)), [100]);
        assert_eq!(after(100, Some(201)), [100, 200]);
        // The total of the page alone, or none: nobody knows of more than one further page.
        assert_eq!(after(100, Some(100)), [100]);
        assert_eq!(after(100, None), [100]);
        // A service with smaller pages: nobody knows where they begin.
        assert_eq!(after(50, Some(350)), [50]);
        assert_eq!(after(0, Some(350)), none);
        assert_eq!(after(40, Some(40)), none);
        // A total that makes no sense costs no more than a few requests.
        assert_eq!(after(100, Some(i64::MAX)).len(), SIDE_BY_SIDE);
    }

    #[test]
    fn every_record_is_found_with_few_requests() {
        for (total, asked, most, promised, any) in [
            (0, 1000, 1000, (0, 1), (0, 1)),
            (3, 1000, 1000, (3, 1), (3, 1)),
            (24, 1000, 1000, (24, 1), (24, 2)),
            // A service that breaks its promise, and says how many there are.
            (24, 1000, 10, (24, 3), (24, 3)),
            (7, 1000, 2, (7, 4), (7, 4)),
            (192, 100, 128, (192, 2), (192, 3)),
        ] {
            assert_eq!(walk(Pager::new(asked), total, most), promised, "{total} {asked} {most}");
            assert_eq!(walk(Pager::of_any_size(asked), total, most), any, "{total} {asked} {most}");
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_another_one() {
        for (found, position, size, total, next) in [
            (100, 0, 100, Some(250), Some(100)),
            (100, 100, 100, None, Some(200)),
            (3, 0, 10, None, None),
            (3, 0, 10, Some(3), None),
            (24, 0, 1000, Some(24), None),
            (24, 0, 1000, None, Some(24)),
            // The total of the page alone, or of all.
            (24, 1000, 1000, Some(24), None),
            (1000, 0, 1000, Some(1000), Some(1000)),
            // A server with smaller pages than asked for.
            (5, 0, 10, Some(12), Some(5)),
            (0, 200, 100, Some(250), None),
        ] {
            let page = Page::of(vec![(); found], position, size, total);
            assert_eq!(page.next, next, "{found} {position} {size} {total:?}");
        }
        assert_eq!((size_for(1, 1000), size_for(100, 1000), size_for(usize::MAX, 1000)), (10, 100, 1000));
    }

    #[test]
    fn a_server_that_ignores_the_offset_does_not_trap_the_walk() {
        let mut pager = Pager::new(10);
        let mut records = Unique::new(|id: &usize| Some(id.to_string()));
        let (mut requests, claimed) = (0, Some(1000));
        while pager.next().is_some() {
            requests += 1;
            let page: Vec<usize> = (0..10).collect();
            pager.turn(page.len(), records.add(page), claimed);
        }
        assert_eq!((records.into_vec().len(), requests), (10, 2));
    }
}
