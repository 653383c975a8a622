//! Making one checkpoint and following its members' backups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cloud::cbr::{self, CheckpointParameters, CheckpointResource, ExcludedVolumes, LogFilter, NewCheckpoint, Vault};
use cloud::{Error, Scope};

use super::records::{self, Expected};
use super::{Asked, checks, lane, vault_backups};
use crate::operations::checks::{self as preflight, Place};
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};

/// A checkpoint, bound to its vault.
pub(super) struct CheckpointWork {
    scope: Scope,
    asked: Asked,
    checks: bool,
    /// What kind each member of the vault is, where that was read.
    kinds: BTreeMap<String, String>,
    known: Mutex<Known>,
}

/// What is known of the members.
#[derive(Default)]
struct Known {
    /// As the vault told before the request.
    before: BTreeSet<String>,
    /// As the answer to the request told, which alone is sure to name whom the service skips.
    answered: Option<Expected>,
    /// Who was skipped, as an earlier run has kept it.
    skipped: BTreeMap<String, String>,
}

impl CheckpointWork {
    pub(super) fn new(scope: &Scope, asked: Asked, skipped: BTreeMap<String, String>, checks: bool) -> CheckpointWork {
        let known = Mutex::new(Known { skipped, ..Known::default() });
        CheckpointWork { scope: scope.clone(), asked, checks, kinds: BTreeMap::new(), known }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&mut self, vault: &Vault) {
        let resources = vault.resources.iter().filter_map(|found| Some((found.id.clone()?, found.kind.clone()?)));
        self.kinds = resources.collect();
        let before = match self.asked.members.is_empty() {
            true => self.kinds.keys().cloned().collect(),
            false => self.asked.members.keys().cloned().collect(),
        };
        self.known().before = before;
    }

    /// The parameters of the request; nothing that the user did not write.
    fn parameters(&self) -> Option<CheckpointParameters> {
        let excludes = self.asked.members.values().any(|disks| !disks.is_empty());
        let detail = |(id, disks): (&String, &Vec<String>)| CheckpointResource {
            id: id.clone(),
            kind: self.kind_of(id),
            name: None,
            extra_info: (!disks.is_empty()).then(|| ExcludedVolumes { exclude_volumes: disks.clone() }),
        };
        let parameters = CheckpointParameters {
            name: self.asked.name.clone(),
            description: self.asked.description.clone(),
            incremental: self.asked.incremental,
            auto_trigger: None,
            resources: if excludes { Vec::new() } else { self.asked.members.keys().cloned().collect() },
            resource_details: if excludes { self.asked.members.iter().map(detail).collect() } else { Vec::new() },
        };
        (parameters != CheckpointParameters::default()).then_some(parameters)
    }

    fn kind_of(&self, id: &str) -> String {
        let found = self.kinds.iter().find(|(known, _)| tf::same_id(known, id));
        // Only a server has disks to leave out.
        found.map_or_else(|| super::super::checks::SERVER.to_owned(), |(_, kind)| kind.clone())
    }

    /// Whose backups there must be, by all that is known: the answer first, then the checkpoint's own record. After a lost
    /// answer, whom that does not name was skipped.
    fn expected(&self, told: Option<&cbr::Checkpoint>) -> Expected {
        let known = self.known();
        let mut expected = match (&known.answered, told) {
            (Some(answered), _) => answered.clone(),
            (None, Some(told)) => Expected::told(told),
            (None, None) => Expected { members: known.before.clone(), ..Expected::default() },
        };
        expected.skipped.extend(known.skipped.clone());
        if known.answered.is_none() && !expected.members.is_empty() {
            let named = |id: &String| expected.members.iter().any(|member| tf::same_id(member, id));
            let unnamed: Vec<String> = known.before.iter().filter(|id| !named(id)).cloned().collect();
            for id in unnamed {
                let why = "the service does not name it, and the answer that tells why was lost";
                expected.skipped.entry(id).or_insert_with(|| why.to_owned());
            }
        }
        expected.allow_skipped = self.asked.allow_skipped;
        expected
    }
}

#[async_trait]
impl Work for CheckpointWork {
    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn target(&self) -> String {
        format!("CBR vault {}", self.asked.vault)
    }

    fn lane(&self) -> String {
        lane(&self.scope, &self.asked.vault)
    }

    fn record_place(&self) -> String {
        format!("the backups in CBR vault {}", self.asked.vault)
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        let excludes = self.asked.members.values().any(|disks| !disks.is_empty());
        let vault = checks::read_vault(lists, &self.scope, &self.asked.vault, Freshness::Now).await;
        match &vault {
            Ok(vault) => self.learn(vault),
            Err(error) if error.is_transient() && (self.checks || excludes) => {
                return Err(Blocked::Unreadable(error.clone()));
            }
            Err(_) => {}
        }
        if !self.checks {
            return Ok(Results::new());
        }
        let findings = checks::check(&vault, &self.asked, true, &Place::from(&self.scope));
        preflight::refusal(&findings, false).map_or_else(|| Ok(Results::new()), Err)
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let listed = vault_backups(lists, &self.scope, &self.asked.vault, freshness).await?;
        Ok(records::all(&listed))
    }

    fn started(&self, record: &Record) -> bool {
        records::matches(record, &self.asked)
    }

    fn is_same(&self, _record: &Record) -> bool {
        // Two checkpoints alike are legitimate: none stands in for another.
        false
    }

    async fn send(&self) -> Result<Sent, Error> {
        let new = NewCheckpoint { vault_id: self.asked.vault.clone(), parameters: self.parameters() };
        let answer = cbr::create_checkpoint(&self.scope, &new).await?;
        self.known().answered = Some(Expected::told(&answer));
        Ok(answer.id.map_or(Sent::Accepted, Sent::Id))
    }

    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error> {
        let told = match cbr::checkpoint(&self.scope, operation).await {
            Ok(told) => Some(told),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let listed = vault_backups(lists, &self.scope, &self.asked.vault, freshness).await?;
        if told.is_none() && records::of(&listed, operation).next().is_none() {
            return Ok(None);
        }
        let expected = self.expected(told.as_ref());
        Ok(Some(records::of_checkpoint(operation, &listed, told.as_ref(), &expected)))
    }

    /// The operation log tells why a member's backup failed.
    async fn explain(&self, record: &mut Record) {
        let filter = LogFilter { operation_type: Some("backup".to_owned()), ..LogFilter::default() };
        let Ok(logs) = cbr::list_operation_logs(&self.scope, &filter).await else { return };
        let Progress::Failed(failure) = &mut record.progress else { return };
        for log in logs {
            let is_ours = log.checkpoint_id.as_deref().is_some_and(|id| tf::same_id(id, &record.operation));
            let error = &log.error_info;
            if !is_ours || error.code.is_none() && error.message.is_none() {
                continue;
            }
            let member = log.extra_info.resource.id.as_deref().unwrap_or("a member");
            let told = [error.code.as_deref(), error.message.as_deref()].into_iter().flatten().collect::<Vec<_>>();
            let message = failure.message.get_or_insert_default();
            message.push_str(&format!("; {member}: {}", told.join(", ")));
            if failure.code.is_none() {
                failure.code.clone_from(&error.code);
            }
        }
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        Ok(Readiness::Ready)
    }

    async fn ready(&self, _lists: &Lists) -> Result<Readiness, Error> {
        let vault = cbr::vault(&self.scope, &self.asked.vault).await?;
        let is_asked = |id: Option<&str>| {
            self.asked.members.is_empty() || self.asked.members.keys().any(|member| super::is_member(id, member))
        };
        let mut members = vault.resources.iter().filter(|resource| is_asked(resource.id.as_deref()));
        let busy = members.find(|resource| resource.protect_status.as_deref() == Some("protecting"));
        Ok(match (vault.billing.status.as_deref(), busy) {
            (_, Some(member)) => {
                Readiness::Busy(format!("{} is being backed up", member.id.as_deref().unwrap_or("a member")))
            }
            (None, None) => Readiness::Unclear("the service tells no status of the vault".to_owned()),
            (Some("available" | "lock"), None) => Readiness::Ready,
            (Some(status), None) => Readiness::Broken(format!("its status is {status}")),
        })
    }

    fn consequence(&self) -> String {
        "Nothing on the servers and disks is touched by a backup. The backups of members that ended well are there and can be restored."
            .to_owned()
    }
}
