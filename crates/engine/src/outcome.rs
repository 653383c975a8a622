//! What comes of a start, a search and a run. Facts only: what they mean for the user, the form says.

use cloud::Error;
use tf::Diagnostic;

use super::End;
use super::pending::Attempt;
use super::work::{Record, Results};

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Nothing was started.
    NotStarted(NotStarted),
    /// Something may have been started.
    InDoubt(Attempt, Doubt),
    /// It was started, and nobody wanted to wait: one look at its record.
    UnderWay(String, Option<Record>),
    /// It ended, well or badly, and after a good end the target is usable again.
    Over(String, Record),
    /// It ended well, but its target needs somebody's help: why.
    Unsettled(String, Record, String),
    /// The wait ended before the operation did.
    Left(String, Option<Record>, Interruption),
}

/// A run that is over.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// Further operations that this same request turned out to have started: it was sent again, and an earlier one had been
    /// accepted all the same. Never empty without somebody having to be told.
    pub doubles: Vec<String>,
}

/// Why a wait ended before the work did.
#[derive(Debug)]
pub enum Interruption {
    /// Terraform asked to stop.
    Stopped,
    /// The time that the user allows is used up. The text says what was being waited for.
    TimedOut(String),
    /// The service refuses to tell, again and again.
    Unreadable(Error),
    /// The service lists the work no more.
    Vanished,
    /// The service uses a word that no document explains.
    Unrecognised(String),
}

/// Work that runs, or ran, under this id.
#[derive(Clone, Debug)]
pub struct Started {
    /// The service's id.
    pub operation: String,
    /// How it came about.
    pub origin: Origin,
    /// What the preparation read.
    pub results: Results,
}

/// How a start came to its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was known before.
    Known,
    /// Our request, answered with the id.
    Answered,
    /// Our request, found in the records.
    Found,
    /// Somebody started the same work before; it is still running.
    Joined,
}

/// Why nothing was started. Facts only: what they mean for the user, the form says.
#[derive(Clone, Debug)]
pub enum NotStarted {
    /// Other work of this process on the same target did not end in time.
    NoTurn(End),
    /// Terraform asked to stop before anything was sent.
    Stopped,
    /// A check refuses it.
    Refused(Box<Diagnostic>),
    /// The service did not tell in time what the start needs to know.
    NotReady(End),
    /// What the start needs to know could not be read.
    Unreadable(Error),
    /// The records could not be read, without which nobody could tell later whether it was started.
    NoRecords(Error),
    /// The service refused it; why the target cannot take it, if that is known.
    Rejected(Error, Option<String>),
    /// The service refused it again and again, for a reason that the target does not show and that may wait for a person.
    KeepsRefusing(String),
    /// It had to wait, and the wait ended: the last reason to wait.
    GaveUp(End, String),
}

/// Why there is no id.
#[derive(Debug)]
pub(crate) enum Unstarted {
    /// Nothing was started.
    Nothing(NotStarted),
    /// Something may have been started.
    Unknown(Box<(Attempt, Doubt)>),
}

impl Unstarted {
    pub(crate) fn unknown(attempt: Attempt, doubt: Doubt) -> Unstarted {
        Unstarted::Unknown(Box::new((attempt, doubt)))
    }
}

/// What is known about a request whose outcome is not known.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// What came in place of the answer, if this run sent the request.
    pub answer: Option<String>,
    /// What the search for it came to.
    pub seen: Unclear,
}

/// Why a search for an attempt ended without a result.
#[derive(Clone, Debug)]
pub enum Unclear {
    /// Terraform asked to stop, or the time is used up; what stood in the way last, if a look got that far.
    Ended(End, Option<String>),
    /// Several records match.
    Several(Vec<String>),
    /// New records are about the same.
    Similar(Vec<String>),
    /// Something was seen that the request may have caused.
    Sign(String),
    /// The service keeps no record of such work, and nothing was seen of it.
    NoList,
    /// The target needs somebody's help.
    Broken(String),
    /// It was sent this often, each answer was lost, and no record has appeared.
    SentOften(u32),
    /// An earlier request left no record so far, and a later try started nothing.
    TriedAgain(Box<NotStarted>),
}
