//! Work that exists only in memory, for tests of the engine under a paused clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cloud::Error;
use tokio::time::Instant;

use super::lists::Lists;
use super::work::{Effect, Facts, Freshness, Progress, Readiness, Record, Refusal, Sent, Work};
use super::{Bounds, Engine};

pub(crate) fn engine() -> Engine {
    Engine::default()
}

pub(crate) fn bounds(timeout: Duration) -> Bounds {
    Bounds::new(timeout, tf::provider::StopToken::new())
}

/// Work that began when it was made and goes as its fields say.
pub(crate) struct FakeWork {
    began: Instant,
    duration: Duration,
    looks: AtomicUsize,
    /// The word that the record carries while it runs, if no document lists it.
    pub(crate) word: Option<&'static str>,
    /// When the record appears.
    pub(crate) listed_after: Duration,
    /// When the target becomes usable.
    pub(crate) usable_after: Duration,
    /// Whether the preparation refuses for good.
    pub(crate) refuses: bool,
}

impl FakeWork {
    pub(crate) fn lasting(duration: Duration) -> FakeWork {
        FakeWork {
            began: Instant::now(),
            duration,
            looks: AtomicUsize::new(0),
            word: None,
            listed_after: Duration::ZERO,
            usable_after: Duration::ZERO,
            refuses: false,
        }
    }

    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    fn record(&self) -> Record {
        let over = self.began.elapsed() >= self.duration;
        let (status, progress) = match (over, self.word) {
            (true, _) => ("succeed", Progress::Succeeded),
            (false, None) => ("running", Progress::Running),
            (false, Some(word)) => (word, Progress::Unrecognised),
        };
        Record { operation: "op-1".into(), status: status.into(), progress, ..Record::default() }
    }
}

#[async_trait]
impl Work for FakeWork {
    fn effect(&self) -> Effect {
        Effect::Overwrites
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

    async fn prepare(&mut self) -> Result<Facts, Refusal> {
        match self.refuses {
            true => Err(Refusal::Final(Box::new(tf::Diagnostic::error("It does not fit", "Nothing was sent.")))),
            false => Ok(Facts::new()),
        }
    }

    async fn records(&self, _: &Lists, _: Freshness) -> Result<Vec<Record>, Error> {
        Ok(vec![self.record()])
    }

    fn started(&self, _: &Record) -> bool {
        true
    }

    fn is_same(&self, _: &Record) -> bool {
        true
    }

    async fn send(&self) -> Result<Sent, Error> {
        Ok(Sent::Id("op-1".into()))
    }

    async fn look(&self, _: &Lists, _: &str, _: Freshness) -> Result<Option<Record>, Error> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok((self.began.elapsed() >= self.listed_after).then(|| self.record()))
    }

    async fn settled(&self, _: &Record) -> Result<Readiness, Error> {
        Ok(if self.began.elapsed() >= self.usable_after {
            Readiness::Ready
        } else {
            Readiness::Busy("restoring".into())
        })
    }

    async fn ready(&self) -> Result<Readiness, Error> {
        Ok(Readiness::Ready)
    }

    fn consequence(&self) -> String {
        "The data is as it was.".into()
    }
}
