//! A cloud that exists only in memory, for tests of the engine under a paused clock. It starts what it accepts, keeps
//! records of it, and misbehaves as it is told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cloud::Error;
use tokio::time::Instant;

use super::identity::Identity;
use super::lists::Lists;
use super::outcome::{Finished, Origin};
use super::pending::Attempt;
use super::request::{From, Request, Watch};
use super::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};
use super::{Bounds, Engine};

pub(crate) fn bounds(timeout: Duration) -> Bounds {
    Bounds::new(timeout, tf::provider::StopToken::new())
}

/// What the cloud does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Accepts it and says the id.
    Id,
    /// Accepts it and says no id.
    Accepted,
    /// Accepts it, and the answer is lost.
    LostAfter,
    /// The request is lost; nothing starts.
    LostBefore,
    /// Refused, because its name is taken.
    Taken,
}

/// One operation that the cloud really started.
struct Operation {
    id: String,
    began: Instant,
    remark: &'static str,
}

/// Work against the cloud in memory.
pub(crate) struct FakeWork {
    pub(crate) effect: Effect,
    /// How long an operation runs.
    pub(crate) duration: Duration,
    /// What happens to each request in turn; the last one goes on for ever.
    pub(crate) answers: Vec<Answer>,
    /// How long after its start a record appears.
    pub(crate) listed_after: Duration,
    /// Whether the target shows that something runs on it.
    pub(crate) shows: bool,
    /// Until when a record shows other work on the target.
    pub(crate) occupied_until: Option<Instant>,
    /// The word that a running record carries, if no document lists it.
    pub(crate) word: Option<&'static str>,
    /// What the service makes of the remark `r`.
    pub(crate) remark: &'static str,
    /// How long after its end the target is usable.
    pub(crate) usable_after: Duration,
    /// Whether the preparation refuses for good.
    pub(crate) refuses: bool,
    operations: Mutex<Vec<Operation>>,
    sent: AtomicUsize,
    looks: AtomicUsize,
}

impl FakeWork {
    /// A restore of this duration in a cloud without faults.
    pub(crate) fn lasting(duration: Duration) -> FakeWork {
        FakeWork {
            effect: Effect::Overwrites,
            duration,
            answers: vec![Answer::Id],
            listed_after: Duration::ZERO,
            shows: true,
            occupied_until: None,
            word: None,
            remark: "r",
            usable_after: Duration::ZERO,
            refuses: false,
            operations: Mutex::default(),
            sent: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
        }
    }

    /// Something that somebody else started now.
    pub(crate) fn started_elsewhere(self) -> FakeWork {
        self.start();
        self
    }

    /// How many operations the cloud really started.
    pub(crate) fn started(&self) -> usize {
        self.operations.lock().unwrap().len()
    }

    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    fn start(&self) -> String {
        let mut operations = self.operations.lock().unwrap();
        let id = format!("op-{}", operations.len() + 1);
        operations.push(Operation { id: id.clone(), began: Instant::now(), remark: self.remark });
        id
    }

    fn record(&self, operation: &Operation) -> Record {
        let over = operation.began.elapsed() >= self.duration;
        let (status, progress) = match (over, self.word) {
            (true, _) => ("succeed", Progress::Succeeded),
            (false, None) => ("running", Progress::Running),
            (false, Some(word)) => (word, Progress::Unrecognised),
        };
        Record {
            operation: operation.id.clone(),
            status: status.into(),
            progress,
            marks: [("remark", operation.remark.to_owned())].into(),
            ..Record::default()
        }
    }

    fn listed(&self) -> Vec<Record> {
        let operations = self.operations.lock().unwrap();
        let listed = operations.iter().filter(|operation| operation.began.elapsed() >= self.listed_after);
        listed.map(|operation| self.record(operation)).collect()
    }
}

/// How the cloud in memory refuses a name.
const TAKEN: &str = "the name is taken";

/// An error of a request whose outcome is not known. The cloud crate makes such errors from real connections only.
pub(crate) fn lost() -> Error {
    Error::outcome_unknown("the connection was reset")
}

#[async_trait]
impl Work for FakeWork {
    fn effect(&self) -> Effect {
        self.effect
    }

    fn target(&self) -> String {
        "instance i-1".into()
    }

    fn lane(&self) -> String {
        "i-1".into()
    }

    fn record_place(&self) -> String {
        "the records of i-1".into()
    }

    async fn prepare(&mut self, _: &Lists) -> Result<Results, Blocked> {
        match self.refuses {
            true => Err(Blocked::Final(Box::new(tf::Diagnostic::error("It does not fit", "Nothing was sent.")))),
            false => Ok(Results::new()),
        }
    }

    async fn records(&self, _: &Lists, _: Freshness) -> Result<Vec<Record>, Error> {
        Ok(self.listed())
    }

    fn started(&self, record: &Record) -> bool {
        record.mark("remark") == "r"
    }

    fn is_same(&self, _: &Record) -> bool {
        self.effect.overwrites()
    }

    async fn send(&self) -> Result<Sent, Error> {
        let turn = self.sent.fetch_add(1, Ordering::SeqCst);
        match self.answers[turn.min(self.answers.len() - 1)] {
            Answer::Id => Ok(Sent::Id(self.start())),
            Answer::Accepted => {
                self.start();
                Ok(Sent::Accepted)
            }
            Answer::LostAfter => {
                self.start();
                Err(lost())
            }
            Answer::LostBefore => Err(lost()),
            Answer::Taken => Err(Error::of_kind(cloud::Kind::Refused, TAKEN)),
        }
    }

    fn is_name_taken(&self, refusal: &Error) -> bool {
        refusal.message() == TAKEN
    }

    async fn look(&self, _: &Lists, operation: &str, _: Freshness) -> Result<Option<Record>, Error> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok(self.listed().into_iter().find(|record| record.operation == operation))
    }

    async fn settled(&self, _: &Lists, _: &Record) -> Result<Readiness, Error> {
        let usable = |operation: &Operation| operation.began.elapsed() >= self.duration + self.usable_after;
        Ok(match self.operations.lock().unwrap().iter().all(usable) {
            true => Readiness::Ready,
            false => Readiness::Busy("restoring".into()),
        })
    }

    async fn ready(&self, _: &Lists) -> Result<Readiness, Error> {
        let runs = |operation: &Operation| operation.began.elapsed() < self.duration;
        if self.occupied_until.is_some_and(|until| Instant::now() < until) {
            return Ok(Readiness::Occupied("BACKUPING: backup b is being made".into()));
        }
        Ok(match self.shows && self.operations.lock().unwrap().iter().any(runs) {
            true => Readiness::Busy("RESTORING".into()),
            false => Readiness::Ready,
        })
    }

    fn consequence(&self) -> String {
        "The data is as it was.".into()
    }
}

/// Keeps what a run tells.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) accepted: Mutex<Vec<(String, Origin)>>,
    pub(crate) doubts: AtomicUsize,
    pub(crate) seen: AtomicUsize,
}

impl Watch for Told {
    fn accepted(&self, operation: &str, origin: Origin, _: &Results) {
        self.accepted.lock().unwrap().push((operation.to_owned(), origin));
    }

    fn in_doubt(&self, _: &Attempt) {
        self.doubts.fetch_add(1, Ordering::SeqCst);
    }

    fn seen(&self, _: &Record) {
        self.seen.fetch_add(1, Ordering::SeqCst);
    }
}

/// One identity for each name.
pub(crate) fn identity(name: &str) -> Identity {
    let mut identity = Identity::default();
    identity.exactly("name", &tf::Value::from(name));
    identity
}

/// Runs the work under this identity, within an hour unless told otherwise.
pub(crate) async fn run_as(
    engine: &Engine,
    work: &mut FakeWork,
    from: From,
    name: &str,
    told: &Told,
    timeout: Duration,
) -> Finished {
    let identity = identity(name);
    let request =
        Request { kind: "t", identity: &identity, wait: true, ended_before: None, shown: Results::new(), watch: told };
    engine.run(work, from, &request, &bounds(timeout)).await
}
