//! Walking through lists that are cut into pages.
//!
//! Totals in answers are not to be trusted (page or grand total, ND), and records may shift between two pages. So a
//! walk goes on by what came back, ends on an empty or fruitless page, and drops what it has seen before.

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

impl Pager {
    /// A walk that asks for `size` records at a time.
    pub(crate) fn new(size: usize) -> Pager {
        Pager { position: 0, size, done: false, pages: 0, bytes: 0, began: Instant::now() }
    }

    /// Offset of the next page, or `None` at the end.
    pub(crate) fn next(&self) -> Option<usize> {
        (!self.done).then_some(self.position)
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
    /// A page without news is the end. A page that is shorter than asked for is not, because a service may have a
    /// smaller maximum; but below the smallest default of all services nothing was cut, unless the total says so.
    pub(crate) fn turn(&mut self, found: usize, new: usize, total: Option<i64>) {
        self.position += found;
        let uncut = found < self.size && found < SMALLEST_PAGE;
        let more_claimed = total.is_some_and(|total| usize::try_from(total).is_ok_and(|total| total > self.position));
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
    fn walk(total: usize, asked: usize, most: usize) -> (usize, usize) {
        let claimed = i64::try_from(total).ok();
        let mut pager = Pager::new(asked);
        let mut records = Unique::new(|id: &usize| Some(id.to_string()));
        let mut requests = 0;
        while let Some(position) = pager.next() {
            requests += 1;
            let page: Vec<usize> = (position..total).take(asked.min(most)).collect();
            pager.turn(page.len(), records.add(page), claimed);
        }
        (records.into_vec().len(), requests)
    }

    #[test]
    fn every_record_is_found_with_few_requests() {
        for (total, asked, most, want) in [
            (0, 1000, 1000, (0, 1)),
            (3, 1000, 1000, (3, 1)),
            (24, 1000, 10, (24, 3)),
            (7, 1000, 2, (7, 4)),
            (192, 100, 128, (192, 3)),
        ] {
            assert_eq!(walk(total, asked, most), want, "{total} {asked} {most}");
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_another_one() {
        for (found, position, size, total, next) in [
            (100, 0, 100, Some(250), Some(100)),
            (100, 100, 100, None, Some(200)),
            (3, 0, 10, None, None),
            (3, 0, 10, Some(3), None),
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
