//! A restore as the engine runs it: what is sent, where it is recorded, and what its target shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::cbr::{self, Mapping, NewRestore, OperationLog, RestoreDetails};
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};

use super::super::checks::{self, Asked, Target};
use super::super::restore_logs;
use super::{facts_of_backup, record};
use crate::operations::checks::{self as preflight, Place, Weight, Written};
use crate::operations::common::{is_id, string_map};

/// How the code for a disk that does not exist ends (facts/cbr.md 4.1).
const NO_SUCH_DISK: &str = ".7000";

/// One restore, bound to its place.
pub(super) struct RestoreWork {
    pub(super) scope: Scope,
    pub(super) checks: bool,
    pub(super) backup: String,
    pub(super) target: Target,
    /// Written out, or derived by `prepare`.
    pub(super) pairs: Option<BTreeMap<String, String>>,
    pub(super) destination_path: Option<String>,
    pub(super) power_on: Option<bool>,
}

impl RestoreWork {
    fn asked(&self) -> Asked {
        let pairs = self.pairs.as_ref().filter(|pairs| !pairs.is_empty());
        let mapping = pairs.map_or(Written::Nothing, Written::from);
        Asked {
            backup_id: Some(self.backup.clone()),
            target: Some(self.target.clone()),
            mapping,
            has_path: self.destination_path.is_some(),
            power_on: self.power_on,
        }
    }

    /// What stands against the restore now. The platform's own limits and an unfinished backup hold with and without
    /// checks.
    fn refusal(&self, facts: &checks::Facts) -> Option<Blocked> {
        let asked = self.asked();
        let mut findings = checks::check(facts, &asked, &Place::from(&self.scope));
        if !self.checks {
            findings.retain(|finding| finding.weight == Weight::SourceBusy);
            findings.extend(checks::check_platform(&asked, self.scope.platform()));
        }
        preflight::refusal(&findings, self.effect().overwrites())
    }

    /// Each child back to its original disk. Without this there is nothing to send, with and without checks.
    fn derive(&self, facts: &checks::Facts) -> Result<BTreeMap<String, String>, Blocked> {
        let derived = match (facts.found(), facts.failure()) {
            (Some(backup), _) => checks::derive(backup, &self.backup, &self.target).map_err(|finding| vec![*finding]),
            (None, Some(error)) => return Err(Blocked::Unreadable(error.clone())),
            (None, None) => Ok(BTreeMap::new()),
        };
        derived.map_err(|findings| {
            let nothing = Blocked::Later("the disks of the backup are not known yet".to_owned());
            preflight::refusal(&findings, true).unwrap_or(nothing)
        })
    }

    async fn logs(&self, lists: &Lists, freshness: Freshness) -> Result<Arc<Vec<OperationLog>>, Error> {
        restore_logs(lists, &self.scope, freshness).await
    }

    /// Whether the `job_id` of an answer is the id of an operation log of this restore. No document says that it is, so a
    /// short look decides; the log may lag behind the answer. If not, the restore is found in the log by its marks.
    async fn is_our_log(&self, job: &str) -> bool {
        for pause in [0, 300, 700, 1500, 2500] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match cbr::operation_log(&self.scope, job).await {
                Ok(log) => return self.is_same(&record(&log)),
                Err(error) if error.is_not_found() || error.is_transient() => {}
                Err(_) => return false,
            }
        }
        false
    }

    /// What a code means that speaks of a disk without naming it.
    fn explain_code(&self, code: Option<&str>) -> Option<String> {
        let pairs = self.pairs.as_ref().filter(|pairs| !pairs.is_empty())?;
        code.is_some_and(|code| code.ends_with(NO_SUCH_DISK)).then(|| checks::missing_disk(pairs))
    }
}

/// Whether a backup of this status has left the states of a restore; it says nothing about how the restore went.
fn backup_readiness(id: &str, status: &str) -> Readiness {
    match status {
        "waiting_restore" | "restoring" | "waiting_protect" | "protecting" => {
            Readiness::Busy(format!("backup {id} is {status}"))
        }
        "" => Readiness::Unclear(format!("the service tells no status of backup {id}")),
        "error" | "deleting" | "waiting_delete" => Readiness::Broken(format!("backup {id} has status {status:?}")),
        "available" => Readiness::Ready,
        other => Readiness::Unclear(format!("no document explains the status {other:?} of backup {id}")),
    }
}

#[async_trait]
impl Work for RestoreWork {
    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn target(&self) -> String {
        self.target.named()
    }

    fn lane(&self) -> String {
        format!("cbr/{}/{}", self.scope.project_id, self.target.id())
    }

    fn record_place(&self) -> String {
        format!("the restores of {} in the operation log of CBR", self.target.named())
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        let derives = self.pairs.is_none() && matches!(self.target, Target::Server(_));
        let facts = checks::Facts::read_now(lists, &self.scope, &self.backup, self.checks).await;
        if let Some(error) = facts.failure()
            && (error.is_transient() && (self.checks || derives) || derives && !preflight::is_no_such_thing(error))
        {
            return Err(Blocked::Unreadable(error.clone()));
        }
        if let Some(refusal) = self.refusal(&facts) {
            return Err(refusal);
        }
        if derives {
            self.pairs = Some(self.derive(&facts)?);
        }
        let mut known = facts.found().map(facts_of_backup).unwrap_or_default();
        known.insert("volume_pairs", string_map(&self.pairs.clone().unwrap_or_default()));
        Ok(known)
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        Ok(self.logs(lists, freshness).await?.iter().map(record).collect())
    }

    fn started(&self, record: &Record) -> bool {
        self.is_same(record)
    }

    fn blind_spot(&self) -> &'static str {
        " The operation log tells backup and target, but neither the mapping of disks nor a destination path: make sure that \
         it is the restore you mean."
    }

    fn is_same(&self, record: &Record) -> bool {
        tf::same_id(record.mark("backup"), &self.backup) && tf::same_id(record.mark("target"), self.target.id())
    }

    async fn send(&self) -> Result<Sent, Error> {
        let mut new = NewRestore {
            mappings: self
                .pairs
                .iter()
                .flatten()
                .map(|(backup_id, volume_id)| Mapping { backup_id: backup_id.clone(), volume_id: volume_id.clone() })
                .collect(),
            power_on: self.power_on,
            details: self.destination_path.clone().map(|destination_path| RestoreDetails { destination_path }),
            ..NewRestore::default()
        };
        let id = self.target.id().to_owned();
        match &self.target {
            Target::Server(_) => new.server_id = Some(id),
            Target::Volume(_) => new.volume_id = Some(id),
            Target::Resource(_) => new.resource_id = Some(id),
        }
        let answer = cbr::restore(&self.scope, &self.backup, &new).await;
        let accepted = answer.map_err(|error| match self.explain_code(error.code()) {
            Some(why) => error.hint(&why),
            None => error,
        })?;
        match accepted.job_id {
            Some(job) if self.is_our_log(&job).await => Ok(Sent::Id(job)),
            _ => Ok(Sent::Accepted),
        }
    }

    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error> {
        let logs = self.logs(lists, freshness).await?;
        if let Some(log) = logs.iter().find(|log| is_id(log.id.as_deref(), operation)) {
            return Ok(Some(record(log)));
        }
        match cbr::operation_log(&self.scope, operation).await {
            Ok(log) => Ok(Some(record(&log))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn explain(&self, record: &mut Record) {
        let Progress::Failed(failure) = &mut record.progress else { return };
        let Some(why) = self.explain_code(failure.code.as_deref()) else { return };
        let said = failure.message.take().map(|said| format!("{said} ")).unwrap_or_default();
        failure.message = Some(format!("{said}({why})"));
    }

    async fn settled(&self, lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        let status = match checks::read_status(lists, &self.scope, &self.backup).await {
            Ok(backup) => backup.status.clone().unwrap_or_default(),
            Err(error) if error.is_not_found() => return Ok(Readiness::Ready),
            Err(error) => return Err(error),
        };
        Ok(match backup_readiness(&self.backup, &status) {
            // The restore is on record as a success; what became of its backup since does not matter, and a word that no
            // document has must not hold the end up.
            Readiness::Broken(_) => Readiness::Ready,
            Readiness::Unclear(_) if !status.is_empty() => Readiness::Ready,
            other => other,
        })
    }

    async fn ready(&self, lists: &Lists) -> Result<Readiness, Error> {
        let logs = self.logs(lists, Freshness::Now).await?;
        let running: Vec<Record> = logs.iter().map(record).filter(|record| !record.progress.is_over()).collect();
        let is_here = |record: &&Record| tf::same_id(record.mark("target"), self.target.id());
        if let Some(record) = running.iter().find(is_here) {
            return Ok(Readiness::Occupied(format!("restore {} runs on it", record.operation)));
        }
        // Whether an idle target proves anything is decided by this: a list may lag behind the backup itself.
        let status = cbr::backup(&self.scope, &self.backup).await?.status.unwrap_or_default();
        let readiness = backup_readiness(&self.backup, &status);
        let from_here = |record: &&Record| tf::same_id(record.mark("backup"), &self.backup);
        Ok(match (readiness, running.iter().find(from_here)) {
            (Readiness::Busy(why), Some(record)) => {
                Readiness::Occupied(format!("{why}: restore {} to another target", record.operation))
            }
            (readiness, _) => readiness,
        })
    }

    async fn surroundings(&self, lists: &Lists) -> Result<Readiness, Error> {
        // Codes such as 6202 speak of the vault (facts/cbr.md 4.1).
        let facts = checks::Facts::read_now(lists, &self.scope, &self.backup, true).await;
        if let Some(Ok(vault)) = &facts.vault
            && vault.billing.status.as_deref() == Some("lock")
        {
            // Restores are documented to go on meanwhile, and the code says otherwise.
            return Ok(Readiness::Busy(format!("the vault of backup {} is locked", self.backup)));
        }
        Ok(preflight::readiness(&checks::check(&facts, &self.asked(), &Place::from(&self.scope))))
    }

    fn consequence(&self) -> String {
        format!(
            "What {} holds now is not certain: it may be as before, restored in part, or half-written. Do not start or attach it for \
             production before you have looked at it or restored it again.",
            self.target.named()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_no_document_has_is_neither_ready_nor_a_sign_of_work() {
        let kind = |status: &str| match backup_readiness("b", status) {
            Readiness::Ready => "ready",
            Readiness::Busy(_) => "busy",
            Readiness::Broken(_) => "broken",
            Readiness::Unclear(_) => "unclear",
            Readiness::Occupied(_) => "occupied",
        };
        for (status, expected) in [
            ("available", "ready"),
            ("restoring", "busy"),
            ("waiting_protect", "busy"),
            ("error", "broken"),
            ("waiting_delete", "broken"),
            ("pondering", "unclear"),
            ("", "unclear"),
        ] {
            assert_eq!(kind(status), expected, "{status}");
        }
    }
}
