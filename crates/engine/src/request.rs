//! What is asked of a run, and who is told.

use super::identity::Identity;
use super::outcome::Origin;
use super::pending::{Attempt, Pending};
use super::work::{Record, Results};

/// Who asks for an operation, and how.
pub struct Request<'a> {
    /// What it is: `recovery_dcs_restore`.
    pub kind: &'static str,
    /// What the user means by it.
    pub identity: &'a Identity,
    /// Whether its end is waited for; else one look is enough.
    pub wait: bool,
    /// Work of this process that ended before this run was asked for, and does not stand in for it although it means the
    /// same: for forms that run each time they are asked. A resource has none: two of one restore share it, ended or not.
    pub ended_before: Option<Pending>,
    /// What its plan, or an earlier run, has shown of its results already: whoever shares the work is told the same.
    pub shown: Results,
    /// Who is told what happens.
    pub watch: &'a dyn Watch,
}

/// Where the operation stands before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// It has not been asked for.
    Nothing,
    /// It was asked for, and nobody knows what came of it.
    Attempt(Attempt),
    /// It runs, or ran, under this id of the service, and the caller knows its results.
    Operation(String),
    /// Somebody runs it under this id; nothing else is known about it yet.
    Twin(String),
}

/// Is told what happens while an operation runs. Called from within the run, so it must be quick and must not wait.
pub trait Watch: Send + Sync {
    /// The operation has an id. Told before any waiting, once; `results` is what was read for it.
    fn accepted(&self, operation: &str, origin: Origin, results: &Results);

    /// The request was sent, and its outcome is not known. May be followed by `accepted`.
    fn in_doubt(&self, attempt: &Attempt);

    /// A new look at the record.
    fn seen(&self, record: &Record);
}
