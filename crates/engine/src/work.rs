//! What the engine must be told about one piece of work: how to send it, where the service records it, and what the
//! words in those records mean.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use cloud::Error;
use jiff::Timestamp;
use tf::{Diagnostic, Value};

pub use super::lists::Freshness;
use super::lists::Lists;

/// Computed attributes by name: what goes from a service's record into the state.
pub type Results = BTreeMap<&'static str, Value>;

/// One piece of work that a cloud runs in the background, bound to its target, source, project and region.
///
/// Implementations make calls and read words. Waiting, retrying and remembering is the engine's, once for all kinds.
#[async_trait]
pub trait Work: Send + Sync {
    /// What doing it means for the data.
    fn effect(&self) -> Effect;

    /// What is worked on, in the user's words: `DCS instance 5d1e…`.
    fn target(&self) -> String;

    /// Pieces of work with equal lanes run one after the other: the cloud would refuse the second one.
    fn lane(&self) -> String;

    /// The path of the list that records this work, for messages: `the restore records of DCS instance 5d1e…`.
    fn record_place(&self) -> String;

    /// Reads what the start needs to know (derived pairs, the moment that a restore goes back to) and checks what can
    /// be checked, on reads that begin now; `lists` shares each with whoever else asked before it began. Runs before anything
    /// is sent; refusing here refuses the start.
    ///
    /// # Errors
    /// Why it must not be sent, or not now.
    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked>;

    /// All recorded work on this target that could be mistaken for ours. Complete, or an error.
    ///
    /// # Errors
    /// The records could not be read.
    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error>;

    /// Whether a new record is what this very request started, by everything that the record tells.
    fn started(&self, record: &Record) -> bool;

    /// What the records do not tell about work that looks the same, as a sentence for the user that begins with a space.
    /// Empty where they tell all.
    fn blind_spot(&self) -> &'static str {
        ""
    }

    /// Whether a record is the same work, whoever started it: same target, same source.
    fn is_same(&self, record: &Record) -> bool;

    /// Whether the work of this record, while it runs, keeps the target of this one busy, whatever it is about.
    fn occupies(&self, record: &Record) -> bool {
        self.is_same(record)
    }

    /// Sends the request that starts the work, once.
    ///
    /// # Errors
    /// Refused, or of unknown outcome: [`Error::outcome`] tells which.
    async fn send(&self) -> Result<Sent, Error>;

    /// The newest about one piece of work; `None` when the service does not list it.
    ///
    /// # Errors
    /// The record could not be read.
    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error>;

    /// Adds to the record of a failure what the service keeps elsewhere. What cannot be read is left out.
    async fn explain(&self, _record: &mut Record) {}

    /// Whether the target is usable again after the work ended.
    ///
    /// # Errors
    /// The target could not be read.
    async fn settled(&self, lists: &Lists, record: &Record) -> Result<Readiness, Error>;

    /// Whether the target could take the work now. Decides whether a refusal is waited out, and whether nothing was
    /// started after an unknown outcome. A busy target is a sign of this very work unless a record shows that other work
    /// keeps it busy ([`Readiness::Occupied`]).
    ///
    /// # Errors
    /// The target could not be read.
    async fn ready(&self, lists: &Lists) -> Result<Readiness, Error>;

    /// Whether everything else that a refusal may be about fits and is usable now: what the work takes its data from, and
    /// what holds it. Read anew, after a refusal that the target does not explain.
    ///
    /// # Errors
    /// It could not be read.
    async fn surroundings(&self, _lists: &Lists) -> Result<Readiness, Error> {
        Ok(Readiness::Unclear("nothing else is on record".to_owned()))
    }

    /// How long the records may stay silent about a lost request, with an idle target, before that proves anything.
    fn silence(&self) -> Silence {
        match self.effect() {
            Effect::Overwrites | Effect::Builds => Silence::Strict,
            Effect::Makes => Silence::Short,
        }
    }

    /// Whether this error refuses the request because something of the service has its unique name already. Beside a record
    /// that had it before the request was sent, and has it still, that proves that the request started nothing.
    fn is_name_taken(&self, _refusal: &Error) -> bool {
        false
    }

    /// What a failure means for the data, in one or two sentences.
    fn consequence(&self) -> String;
}

/// What doing a piece of work means for the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Doing it twice destroys data. Equal arguments mean the same work, and work of this kind is joined and adopted.
    Overwrites,
    /// It makes something new. Two alike are legitimate, and none stands in for another.
    Makes,
    /// It makes something new that costs as long as it is there, a whole instance. Equal arguments mean the same one, and none
    /// is made a second time because something went wrong around the first. But a record that looks the same may be
    /// somebody else's thing: it is not joined.
    Builds,
}

impl Effect {
    /// What the work is called in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Effect::Overwrites | Effect::Builds => "restore",
            Effect::Makes => "backup",
        }
    }

    /// What there is of it once it has ended, in messages.
    pub fn product(self) -> &'static str {
        match self {
            Effect::Overwrites => "data",
            Effect::Makes => "backup",
            Effect::Builds => "instance",
        }
    }

    /// Whether equal arguments mean the same work: it is shared and kept, and whatever may have been the work is a reason not
    /// to do it again.
    pub fn happens_once(self) -> bool {
        self != Effect::Makes
    }

    /// Whether doing it twice destroys data.
    pub fn overwrites(self) -> bool {
        self == Effect::Overwrites
    }
}

/// How long silence must last before it counts as proof that nothing was started. Which documents a service has about it:
/// section 6 of its page in facts/.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Doing it twice does no harm.
    Short,
    /// No document says how soon a record or the target shows the work, and doing it twice destroys data or costs a second
    /// time.
    Strict,
    /// The service keeps no record of such work that could appear: silence never proves anything.
    Mute,
}

impl Silence {
    pub(crate) fn within(self, patience: &crate::Patience) -> Duration {
        match self {
            Silence::Short => patience.short,
            Silence::Strict | Silence::Mute => patience.strict,
        }
    }
}

/// Why work must not be sent, or not now.
#[derive(Clone, Debug)]
pub enum Blocked {
    /// The target or the source does not fit; waiting does not help.
    Final(Box<Diagnostic>),
    /// Something that passes by itself. The text says what.
    Later(String),
    /// The service did not answer a read that the start needs.
    Unreadable(Error),
}

/// The answer to the request that starts work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Accepted, with the service's id.
    Id(String),
    /// Accepted, without an id: it has to be found in the records.
    Accepted,
}

/// One piece of work as the service records it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The service's id of the work.
    pub operation: String,
    /// The status word as the service spells it.
    pub status: String,
    /// What the word means.
    pub progress: Progress,
    /// When the service says that it began.
    pub created_at: Option<Timestamp>,
    /// For the state.
    pub results: Results,
    /// What else tells one piece of work from another (target, source, remark); not for the state.
    pub marks: BTreeMap<&'static str, String>,
}

impl Record {
    /// A mark, or the empty string.
    pub fn mark(&self, name: &str) -> &str {
        self.marks.get(name).map_or("", String::as_str)
    }
}

/// How far a piece of work is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Queued or running.
    #[default]
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed(Failure),
    /// Ended well once, and its product is unusable by now (a backup that expired or was deleted).
    Spent,
    /// A status word that no document lists: taken as running for a while, then reported.
    Unrecognised,
}

impl Progress {
    /// True once nothing more happens.
    pub fn is_over(&self) -> bool {
        matches!(self, Progress::Succeeded | Progress::Failed(_) | Progress::Spent)
    }
}

/// Why a piece of work failed, in the service's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The service's code, if it gave one.
    pub code: Option<String>,
    /// The service's text or our translation of the code.
    pub message: Option<String>,
}

/// Whether a target is usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is.
    Ready,
    /// Not now, but by itself. The text says why. Nothing tells whose work it is: it may be the caller's own.
    Busy(String),
    /// Not now, and the service's records tell why: other work than the caller's. The text says which.
    Occupied(String),
    /// Not without somebody's help. The text says why.
    Broken(String),
    /// The answer does not tell: what is missing in it. Neither usable nor a sign of work.
    Unclear(String),
}
