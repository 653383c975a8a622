//! `recovery_dcs_restore`: overwrites a DCS instance with a backup (API v1.0 and v2, "Restoring a DCS Instance").

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::dcs::{self, Backup, NewRestore, Restore, Version};
use cloud::{Error, Scope};
use tf::{Attribute, Diagnostics, Value};

use super::checks;
use super::{backups, check_remark, instance_readiness, not_on_record, restores, verdict, version};
use crate::operations::checks::{self as preflight, Finding, Place, Weight};
use crate::operations::common::{self, is_id, marks, moment_or_null, percent, required, string_or_null, text};
use crate::operations::{Definition, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};

/// The operation.
pub struct DcsRestore;

#[async_trait]
impl Operation for DcsRestore {
    fn name(&self) -> &'static str {
        "recovery_dcs_restore"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Overwrites a DCS (Redis) instance with one of its backups, once, and keeps the restore's ID. Everything written after the \
             backup is lost, and the instance refuses clients meanwhile. Destroying the resource undoes nothing.",
            arguments: vec![
                Attribute::required("instance_id", "The instance that is overwritten.")
                    .replaces()
                    .check(tf::validate::check_path_part),
                Attribute::required(
                    "backup_id",
                    "The backup to restore: one of the same instance, finished and restorable.",
                )
                .replaces()
                .check(tf::validate::check_path_part),
                Attribute::optional("api_version", "Version of the DCS API that is used throughout.")
                    .default("v2")
                    .one_of(&["v2", "v1.0"]),
                Attribute::optional("remark", "Text kept with the restore, up to 128 bytes.").check(check_remark),
            ],
            results: vec![
                Attribute::computed("restore_id", "The service's ID of the restore."),
                Attribute::computed("restore_name", "Name given by the service."),
                Attribute::computed("backup_name", "Name of the backup."),
                Attribute::computed(
                    "restore_point",
                    "The moment that the data goes back to, RFC 3339 in UTC: when the backup was begun.",
                ),
                common::progress(),
                Attribute::computed("created_at", "When the restore was begun, RFC 3339."),
                Attribute::computed("updated_at", "When the restore ended, RFC 3339."),
                Attribute::computed("error_code", "The service's code if the restore failed."),
            ],
            blocks: Vec::new(),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "instance_id", operation: "restore_id", lasting: true }
    }

    fn verdict(&self, status: &str) -> Progress {
        verdict(status, None)
    }

    fn planned_results(&self) -> &'static [&'static str] {
        &["restore_point"]
    }

    fn overwrites(&self, body: &Value) -> Option<String> {
        Some(format!("DCS instance {} with backup {}", text(body, "instance_id")?, text(body, "backup_id")?))
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(RestoreWork {
            scope: scope.clone(),
            checks,
            version: version(body),
            instance: required(body, "instance_id"),
            backup: required(body, "backup_id"),
            remark: text(body, "remark"),
        })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let (instance, backup) = (text(body, "instance_id"), text(body, "backup_id"));
        let (place, now) = (Place::from(scope), cloud::time::now());
        let Some(instance) = instance else {
            return (Results::new(), checks::overwrite_warning(None, None, backup.as_deref(), &place, now).into());
        };
        let own_start = backup.as_deref().is_some_and(|backup| is_own_start(runtime, backup));
        let (facts, findings) = preflight::judged(
            |freshness| checks::Facts::read(&runtime.engine.lists, scope, version(body), &instance, freshness),
            |facts| check(facts, &instance, backup.as_deref(), &place, own_start),
        )
        .await;
        let known =
            backup.as_deref().and_then(|backup| known_facts(facts.backups.as_ref().ok()?, backup)).unwrap_or_default();
        let open: &[&str] = if known.is_empty() && backup.is_some() { &["restore_point"] } else { &[] };
        let mut diagnostics =
            preflight::plan_diagnostics(&findings, &format!("restore of DCS instance {instance}"), open);
        if !diagnostics.has_error() {
            diagnostics.push(checks::overwrite_warning(Some(&facts), Some(&instance), backup.as_deref(), &place, now));
        }
        (known, diagnostics)
    }

    async fn find(&self, lists: &Lists, scope: &Scope, instance: &str, restore_id: &str) -> Result<Found, Diagnostics> {
        let listed = restores(lists, scope, Version::V2, instance, Freshness::Now).await.map_err(|error| {
            report::call_failed(format!("The restores of DCS instance {instance} could not be read"), &error)
        })?;
        let Some(restore) = listed.iter().find(|restore| is_id(restore.restore_id.as_deref(), restore_id)) else {
            return Err(not_on_record("restore", instance, listed.len(), restore_id).into());
        };
        Ok(found(lists, scope, instance, record(restore), Freshness::Now).await)
    }
}

/// What an import takes over; the backups of the instance may be as old as `freshness` says.
pub(super) async fn found(lists: &Lists, scope: &Scope, instance: &str, record: Record, freshness: Freshness) -> Found {
    let mut body = Results::from([
        ("api_version", Value::from("v2")),
        ("backup_id", string_or_null(Some(record.mark("backup")))),
        ("remark", string_or_null(Some(record.mark("remark")))),
    ]);
    // The moment that it went back to is that of its backup, as long as that is on record.
    if let Ok(listed) = backups(lists, scope, Version::V2, instance, freshness).await
        && let Some(backup) = checks::find(&listed, record.mark("backup"))
    {
        body.insert("restore_point", restore_point(backup));
    }
    Found { record, body, unlearned: &[] }
}

pub(super) fn record(restore: &Restore) -> Record {
    let status = restore.status.clone().unwrap_or_default();
    let time = |text: &Option<String>| moment_or_null(text.as_deref());
    Record {
        operation: restore.restore_id.clone().unwrap_or_default(),
        progress: verdict(&status, restore.error_code.as_deref()),
        status,
        created_at: restore.created_at.as_deref().and_then(cloud::time::parse),
        results: Results::from([
            ("restore_name", string_or_null(restore.restore_name.as_deref())),
            ("backup_name", string_or_null(restore.backup_name.as_deref())),
            ("progress", percent(restore.progress.as_deref())),
            ("created_at", time(&restore.created_at)),
            ("updated_at", time(&restore.updated_at)),
            ("error_code", string_or_null(restore.error_code.as_deref())),
        ]),
        marks: marks([("backup", restore.backup_id.as_deref()), ("remark", restore.restore_remark.as_deref())]),
    }
}

/// What stands against the restore: the same in plan and apply.
fn check(facts: &checks::Facts, instance: &str, backup: Option<&str>, place: &Place, own_start: bool) -> Vec<Finding> {
    let mut findings = checks::check_instance(&facts.instance, instance, "restored", place);
    if let Some(backup) = backup {
        findings.extend(checks::check_backup(&facts.backups, instance, backup, own_start));
    }
    findings
}

/// Whether this very run has started the backup: then the service may list it a little later.
fn is_own_start(runtime: &Runtime, backup_id: &str) -> bool {
    runtime.engine.memory.has_run("recovery_dcs_backup", backup_id)
}

/// What the backup's record tells for good.
fn known_facts(listed: &[Backup], backup_id: &str) -> Option<Results> {
    let point = restore_point(checks::find(listed, backup_id)?);
    Some(if point.is_null() { Results::new() } else { Results::from([("restore_point", point)]) })
}

/// The moment that the data goes back to: when its backup was begun. Null when the record does not tell.
fn restore_point(backup: &Backup) -> Value {
    let created = backup.created_at.as_deref().and_then(cloud::time::parse);
    created.map_or(Value::Null, |time| Value::from(cloud::time::rfc3339(time)))
}

/// How long a backup that has ended explains an instance that was seen busy: the instance and its records are two reads, of
/// which either may lag.
const JUST_NOW: Duration = Duration::from_secs(60);

/// The backup that keeps the instance busy, or did so a moment ago, by the records.
fn explaining_backup(listed: &[Backup], now: jiff::Timestamp) -> Option<&str> {
    let explains = |backup: &&Backup| {
        let ended = backup.updated_at.as_deref().and_then(cloud::time::parse);
        let just_now = ended.is_some_and(|ended| now.duration_since(ended).unsigned_abs() <= JUST_NOW);
        just_now
            || verdict(backup.status.as_deref().unwrap_or_default(), backup.error_code.as_deref()) == Progress::Running
    };
    listed.iter().find(explains)?.backup_id.as_deref()
}

struct RestoreWork {
    scope: Scope,
    checks: bool,
    version: Version,
    instance: String,
    backup: String,
    remark: Option<String>,
}

#[async_trait]
impl Work for RestoreWork {
    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn target(&self) -> String {
        format!("DCS instance {}", self.instance)
    }

    fn lane(&self) -> String {
        format!("dcs/{}/{}", self.scope.project_id, self.instance)
    }

    fn record_place(&self) -> String {
        format!("the restore records of DCS instance {}", self.instance)
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        if !self.checks {
            let listed = dcs::list_backups(&self.scope, self.version, &self.instance).await.map(Arc::new);
            // Waiting for a backup that is still being made is no check.
            let mut findings = checks::check_backup(&listed, &self.instance, &self.backup, false);
            findings.retain(|finding| finding.weight == Weight::SourceBusy);
            return match preflight::refusal(&findings, self.effect().overwrites()) {
                Some(refusal) => Err(refusal),
                None => Ok(listed.ok().and_then(|listed| known_facts(&listed, &self.backup)).unwrap_or_default()),
            };
        }
        let facts = checks::Facts::read(lists, &self.scope, self.version, &self.instance, Freshness::Now).await;
        if let Some(error) = facts.passing_failure() {
            return Err(Blocked::Unreadable(error.clone()));
        }
        // A running restore makes the instance busy, and may be the very one to join: the records are looked at after
        // this, so a busy target does not end the preparation (`refusal` knows). The service's own refusal is waited out.
        let findings = check(&facts, &self.instance, Some(&self.backup), &Place::from(&self.scope), false);
        match preflight::refusal(&findings, self.effect().overwrites()) {
            Some(refusal) => Err(refusal),
            None => Ok(facts.backups.ok().and_then(|listed| known_facts(&listed, &self.backup)).unwrap_or_default()),
        }
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let listed = restores(lists, &self.scope, self.version, &self.instance, freshness).await?;
        Ok(listed.iter().map(record).collect())
    }

    fn started(&self, record: &Record) -> bool {
        self.is_same(record) && record.mark("remark") == self.remark.as_deref().unwrap_or_default()
    }

    fn is_same(&self, record: &Record) -> bool {
        tf::same_id(record.mark("backup"), &self.backup)
    }

    /// Each of the instance's list: an instance does one at a time (facts/dcs.md, codes 4096 and 4097).
    fn occupies(&self, _record: &Record) -> bool {
        true
    }

    async fn send(&self) -> Result<Sent, Error> {
        let new = NewRestore { remark: self.remark.clone(), backup_id: self.backup.clone() };
        dcs::create_restore(&self.scope, self.version, &self.instance, &new).await.map(Sent::Id)
    }

    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error> {
        Ok(self.records(lists, freshness).await?.into_iter().find(|record| record.operation == operation))
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        common::unless_forbidden(instance_readiness(&self.scope, self.version, &self.instance).await)
    }

    async fn ready(&self, lists: &Lists) -> Result<Readiness, Error> {
        let readiness = instance_readiness(&self.scope, self.version, &self.instance).await?;
        let Readiness::Busy(why) = readiness else { return Ok(readiness) };
        // The status does not tell a restore from the other tasks of the instance; the records do.
        let listed = dcs::list_backups(&self.scope, self.version, &self.instance).await?;
        // The word for restores is no backup's, and the word for backups no restore's (facts/dcs.md 6.1): a backup may be
        // listed late.
        let is_restore = why.contains("RESTORING");
        if why.contains("BACKUPING") && !is_restore {
            return Ok(Readiness::Occupied(format!("{why}: it is being backed up")));
        }
        if let Some(backup) = explaining_backup(&listed, cloud::time::now()).filter(|_| !is_restore) {
            return Ok(Readiness::Occupied(format!("{why}: backup {backup} is, or was just being made")));
        }
        let records = self.records(lists, Freshness::Now).await?;
        let other = records.iter().find(|record| record.progress == Progress::Running && !self.is_same(record));
        Ok(match other {
            Some(other) => Readiness::Occupied(format!("{why}: restore {} of another backup runs", other.operation)),
            None => Readiness::Busy(why),
        })
    }

    async fn surroundings(&self, _lists: &Lists) -> Result<Readiness, Error> {
        // Codes such as 4087 speak of the backup (facts/dcs.md 4.1).
        let listed = dcs::list_backups(&self.scope, self.version, &self.instance).await.map(Arc::new);
        Ok(preflight::readiness(&checks::check_backup(&listed, &self.instance, &self.backup, false)))
    }

    fn consequence(&self) -> String {
        format!(
            "What the instance holds now is not certain. A master/standby instance is put back by the service to what it held before; for \
             cluster types no document says so. Look at instance {} before clients use it.",
            self.instance
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_explains_a_busy_instance_while_it_runs_and_a_moment_longer() {
        let now: jiff::Timestamp = "2026-11-20T02:10:00Z".parse().unwrap();
        for (status, updated, explains) in [
            ("backuping", None, true),
            ("waiting", None, true),
            ("succeed", Some("2026-11-20T02:09:30.000Z"), true),
            ("failed", Some("2026-11-20T02:09:30.000Z"), true),
            ("succeed", Some("2026-11-20T02:08:30.000Z"), false),
            ("succeed", None, false),
        ] {
            let backup = Backup {
                backup_id: Some("b".into()),
                status: Some(status.into()),
                updated_at: updated.map(str::to_owned),
                ..Backup::default()
            };
            assert_eq!(explaining_backup(&[backup], now), explains.then_some("b"), "{status} {updated:?}");
        }
    }
}
