//! One member of a list, for many callers who each want another one.
//!
//! Whoever is alone reads the member by itself. Whoever comes meanwhile waits, and one call of the list serves all who do.
//! So a lone caller makes one call, hundreds make a few, and each answer was read after its caller had asked, or is as young
//! as the caller allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Freshness, Lists};

/// How long somebody waits for the reads of others before he reads for himself: one that hangs must not hold up all.
const TURN: Duration = Duration::from_secs(10);

/// What a list tells of its members.
pub struct Told<T> {
    /// Those that it tells as well as a read of each.
    pub members: Vec<(String, Arc<T>)>,
    /// Those that no list ever tells well enough: they are read one by one from now on.
    pub silent: Vec<String>,
}

impl<T> Default for Told<T> {
    fn default() -> Told<T> {
        Told { members: Vec::new(), silent: Vec::new() }
    }
}

/// Who wants which members of one list.
#[derive(Default)]
pub(super) struct Group {
    /// Members that are waited for, and by how many.
    wanted: Mutex<BTreeMap<String, usize>>,
    silent: Mutex<BTreeSet<String>>,
    /// Which members the last list was read for, and when that began.
    turn: tokio::sync::Mutex<Option<(Instant, BTreeSet<String>)>>,
}

/// Somebody waits for a member, until this is dropped.
struct Wanting<'a> {
    group: &'a Group,
    id: &'a str,
}

impl Group {
    fn want<'a>(&'a self, id: &'a str) -> Wanting<'a> {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_default() += 1;
        Wanting { group: self, id }
    }

    fn wanted(&self) -> BTreeSet<String> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn is_silent(&self, id: &str) -> bool {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        let mut wanted = self.group.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = wanted.get_mut(self.id) {
            *number -= 1;
            if *number == 0 {
                wanted.remove(self.id);
            }
        }
    }
}

impl Lists {
    /// The member `id` of the list called `list`: kept, read by `one`, or told by `many`, which is asked for all members that
    /// are wanted at the time and may answer for fewer.
    ///
    /// # Errors
    /// Those of `one`.
    pub async fn member<T, E, O, M, R>(
        &self,
        (list, id): (&str, &str),
        freshness: Freshness,
        one: O,
        many: M,
    ) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        O: Future<Output = Result<T, E>>,
        M: FnOnce(BTreeSet<String>) -> R,
        R: Future<Output = Told<T>>,
    {
        let asked = Instant::now();
        let key = format!("{list}/{id}");
        if let Some(read) = self.kept(&key, asked, freshness).await {
            return read;
        }
        let group = self.group(list);
        if group.is_silent(id) {
            return self.get(&key, freshness, one).await;
        }
        let wanting = group.want(id);
        if let Ok(mut turn) = timeout(TURN, group.turn.lock()).await {
            if let Some(read) = self.kept(&key, asked, freshness).await {
                return read;
            }
            let was_left_out = turn.as_ref().is_some_and(|(at, ids)| *at >= asked && ids.contains(id));
            let wanted = group.wanted();
            match (was_left_out, wanted.len()) {
                (true, _) => {}
                // The turn stays taken, so that whoever comes meanwhile gathers.
                (false, 0 | 1) => return self.get(&key, freshness, one).await,
                (false, _) => {
                    let at = Instant::now();
                    let told = many(wanted.clone()).await;
                    *turn = Some((at, wanted));
                    group.silent.lock().unwrap_or_else(PoisonError::into_inner).extend(told.silent);
                    for (id, member) in told.members {
                        self.keep(&format!("{list}/{id}"), at, member);
                    }
                    if let Some(read) = self.kept(&key, asked, freshness).await {
                        return read;
                    }
                }
            }
        }
        // What the list does not tell is read one by one, side by side.
        drop(wanting);
        self.get(&key, freshness, one).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    /// A service that counts its calls. Its list leaves out what begins with `x`, for now, and never tells what begins with `s`.
    #[derive(Default)]
    struct Service {
        singles: AtomicUsize,
        lists: AtomicUsize,
    }

    impl Service {
        async fn one(&self, id: &str) -> Result<String, ()> {
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.singles.fetch_add(1, Ordering::SeqCst);
            Ok(format!("{id} alone"))
        }

        async fn many(&self, ids: BTreeSet<String>) -> Told<String> {
            tokio::time::sleep(Duration::from_millis(80)).await;
            self.lists.fetch_add(1, Ordering::SeqCst);
            let (silent, others): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| id.starts_with('s'));
            let told = others.into_iter().filter(|id| !id.starts_with('x'));
            Told { members: told.map(|id| (id.clone(), Arc::new(format!("{id} listed")))).collect(), silent }
        }

        async fn read(&self, lists: &Lists, id: &str, freshness: Freshness) -> String {
            let read = lists.member(("l", id), freshness, self.one(id), |ids| self.many(ids)).await;
            String::clone(&read.unwrap())
        }

        async fn read_all(&self, lists: &Lists, ids: &[String], freshness: Freshness) -> Vec<String> {
            join_all(ids.iter().map(|id| self.read(lists, id, freshness))).await
        }

        fn calls(&self) -> (usize, usize) {
            (self.singles.load(Ordering::SeqCst), self.lists.load(Ordering::SeqCst))
        }
    }

    fn ids(prefix: &str) -> Vec<String> {
        (0..100).map(|number| format!("{prefix}{number}")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn one_reads_by_itself_and_a_hundred_make_two_calls() {
        let (lists, service) = (Lists::default(), Service::default());
        assert_eq!(service.read(&lists, "a0", Freshness::Now).await, "a0 alone");
        assert_eq!(service.calls(), (1, 0));
        let read = service.read_all(&lists, &ids("a"), Freshness::Now).await;
        assert_eq!((read[0].as_str(), read[1].as_str(), read[99].as_str()), ("a0 alone", "a1 listed", "a99 listed"));
        assert_eq!(service.calls(), (2, 1));
        // Whoever takes what is known asks nothing, and whoever wants it new gets it new.
        service.read_all(&lists, &ids("a"), Freshness::Within(Duration::from_secs(5))).await;
        assert_eq!(service.calls(), (2, 1));
        service.read_all(&lists, &ids("a"), Freshness::Now).await;
        assert_eq!(service.calls(), (3, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_began_before_the_question_serves_nobody_who_wants_it_new() {
        let (lists, service, ids) = (Lists::default(), Service::default(), ids("a"));
        let early = service.read_all(&lists, &ids, Freshness::Now);
        let late = async {
            // The list of the others is under way.
            tokio::time::sleep(Duration::from_millis(60)).await;
            service.read_all(&lists, &ids, Freshness::Now).await
        };
        futures::join!(early, late);
        assert_eq!(service.calls(), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_list_leaves_out_is_read_one_by_one_side_by_side() {
        let (lists, service) = (Lists::default(), Service::default());
        let began = Instant::now();
        let read = service.read_all(&lists, &ids("x"), Freshness::Now).await;
        assert!(read.iter().all(|read| read.ends_with("alone")));
        assert_eq!(service.calls(), (100, 1));
        assert_eq!(began.elapsed().as_millis(), 50 + 80 + 50);
        service.read_all(&lists, &ids("x"), Freshness::Now).await;
        assert_eq!(service.calls(), (200, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_list_tells_is_no_reason_for_a_list() {
        let (lists, service) = (Lists::default(), Service::default());
        service.read_all(&lists, &ids("s"), Freshness::Now).await;
        assert_eq!(service.calls(), (100, 1));
        service.read_all(&lists, &ids("s")[1..], Freshness::Now).await;
        assert_eq!(service.calls(), (199, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_or_hangs_holds_nobody_up() {
        let (lists, service) = (Lists::default(), Service::default());
        let hangs = lists
            .member(("l", "h"), Freshness::Now, std::future::pending::<Result<String, ()>>(), |ids| service.many(ids));
        let began = Instant::now();
        let others = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            service.read_all(&lists, &ids("a"), Freshness::Now).await
        };
        let (gave_up, _) = futures::join!(timeout(Duration::from_secs(30), hangs), others);
        assert!(gave_up.is_err());
        assert_eq!(service.calls(), (100, 0));
        assert_eq!(began.elapsed(), Duration::from_secs(30));

        let ids = ids("a");
        let cancelled = service.read_all(&lists, &ids, Freshness::Now);
        assert!(timeout(Duration::from_millis(60), cancelled).await.is_err());
        assert_eq!(service.read(&lists, "a7", Freshness::Now).await, "a7 alone", "nobody else waits any more");
    }
}
