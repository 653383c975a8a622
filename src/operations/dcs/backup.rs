//! `recovery_dcs_backup`: a backup of a DCS instance (API v1.0 and v2, "Backing Up a DCS Instance").

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::dcs::{self, Backup, Instance, NewBackup, Version};
use cloud::{Error, Scope};
use tf::{Attribute, Diagnostic, Diagnostics, Mode, Type, Value};

use super::{backups, backups_key, check_remark, instance_readiness, not_on_record, verdict, version};
use super::{checks, refresh};
use crate::operations::checks::{self as preflight, Finding, Place, Read};
use crate::operations::common::{
    self, integer_or_null, is_id, marks, moment_or_null, percent, required, string_or_null, text,
};
use crate::operations::deletion::{self, Removal};
use crate::operations::{Definition, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::{self, Lists};
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};
use engine::{Bounds, End};

/// The operation.
pub struct DcsBackup;

#[async_trait]
impl Operation for DcsBackup {
    fn name(&self) -> &'static str {
        "recovery_dcs_backup"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Backs up a DCS (Redis) instance and keeps the backup's ID. A backup that has gone (deleted, expired, pushed out by the \
             limit of 24 per instance) is never remade silently: it stays in the state with that status.",
            arguments: vec![
                Attribute::required(
                    "instance_id",
                    "The instance to back up: master/standby or cluster, not single-node.",
                )
                .replaces()
                .check(tf::validate::check_path_part),
                Attribute::optional("api_version", "Version of the DCS API that is used throughout.")
                    .default("v2")
                    .one_of(&["v2", "v1.0"])
                    .replaces(),
                Attribute::optional(
                    "backup_format",
                    "Format of the backup, with `api_version` `v2`. Unset, the service decides.",
                )
                .or_computed()
                .one_of(&["rdb", "aof"])
                .replaces()
                .stable(),
                Attribute::optional("remark", "Text kept with the backup, up to 128 bytes.")
                    .replaces()
                    .check(check_remark),
            ],
            results: vec![
                Attribute::computed("backup_id", "The service's ID of the backup."),
                Attribute::computed("backup_name", "Name given by the service."),
                Attribute::computed("backup_type", "`manual` or `auto`."),
                common::progress(),
                Attribute::new("size", Type::Number, Mode::Computed, "Size in bytes."),
                Attribute::computed("created_at", "When the backup was begun, RFC 3339."),
                Attribute::computed("updated_at", "When the backup ended, RFC 3339."),
                Attribute::new(
                    "restorable",
                    Type::Bool,
                    Mode::Computed,
                    "Whether the service says that it can be restored.",
                ),
                Attribute::computed("error_code", "The service's code if the backup failed."),
            ],
            blocks: Vec::new(),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "instance_id", operation: "backup_id", lasting: true }
    }

    fn verdict(&self, status: &str) -> Progress {
        verdict(status, None)
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if config.get("api_version").as_str() == Some("v1.0") && config.get("backup_format").as_str().is_some() {
            diagnostics.push(
                Diagnostic::error(
                    "backup_format needs API v2",
                    "Version v1.0 of the API cannot choose the format. Remove backup_format, or set api_version = \"v2\".",
                )
                .at("backup_format"),
            );
        }
        diagnostics
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(BackupWork {
            scope: scope.clone(),
            checks,
            version: version(body),
            instance: required(body, "instance_id"),
            format: text(body, "backup_format"),
            remark: text(body, "remark"),
        })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let Some(instance) = text(body, "instance_id") else { return (Results::new(), Diagnostics::new()) };
        let (version, format) = (version(body), text(body, "backup_format"));
        let place = Place::from(scope);
        let lists = &runtime.engine.lists;
        let number = checks::number_in_plan(lists, scope, &instance).await;
        let (_, findings) = preflight::judged(
            |freshness| checks::Facts::read(lists, scope, version, &instance, freshness),
            |facts| {
                let mut findings = check(&facts.instance, &instance, format.as_deref(), &place);
                if !preflight::is_broken(&findings) {
                    findings.extend(checks::check_limit(&facts.backups, &instance, number));
                }
                findings
            },
        )
        .await;
        (Results::new(), preflight::plan_diagnostics(&findings, &format!("backup of DCS instance {instance}"), &[]))
    }

    async fn refresh(&self, lists: &Lists, scope: &Scope, body: &mut Value) -> Diagnostics {
        let instance = required(body, "instance_id");
        let backup_id = required(body, "backup_id");
        let listed = match backups(lists, scope, version(body), &instance, lists::REFRESH).await {
            Ok(listed) => listed,
            Err(error) if error.is_not_found() => return refresh::instance_gone(body),
            Err(error) => {
                return report::call_failed(
                    format!("The backups of DCS instance {instance} could not be read"),
                    &error,
                )
                .into();
            }
        };
        match checks::find(&listed, &backup_id) {
            Some(backup) => refresh::listed(body, backup, record(backup, text(body, "backup_format"))),
            None => refresh::unlisted(body),
        }
    }

    async fn loss(&self, lists: &Lists, scope: &Scope, body: &Value) -> Option<String> {
        let (instance, backup) = (required(body, "instance_id"), required(body, "backup_id"));
        let listed = backups(lists, scope, version(body), &instance, lists::REFRESH).await.ok()?;
        checks::loss(&listed, &instance, &backup)
    }

    async fn delete(&self, runtime: &Runtime, scope: &Scope, body: &Value, bounds: &Bounds) -> Diagnostics {
        let deletion = Deletion {
            scope,
            lists: &runtime.engine.lists,
            version: version(body),
            instance: required(body, "instance_id"),
            backup: required(body, "backup_id"),
        };
        if deletion.backup.is_empty() {
            return Diagnostic::warning(
                format!("Nothing was deleted on DCS instance {}", deletion.instance),
                "An attempt of an earlier run to make this backup had an unknown outcome, so there is no ID to delete. Look into the \
                 backup records of the instance for a new one.",
            )
            .into();
        }
        let gave_up = |why: &str| Diagnostics::from(deletion::gave_up(&deletion, why, bounds));
        let lane = lane(scope, &deletion.instance);
        let _turn = match runtime.engine.turn_on(&lane, bounds).await {
            Ok(turn) => turn,
            Err(End::Stopped) => return gave_up("Terraform asked to stop"),
            Err(End::TimedOut) => return gave_up("other work on the instance did not end"),
        };
        deletion::run(&deletion, bounds).await
    }

    async fn find(&self, lists: &Lists, scope: &Scope, instance: &str, backup_id: &str) -> Result<Found, Diagnostics> {
        let listed = backups(lists, scope, Version::V2, instance, Freshness::Now).await.map_err(|error| {
            report::call_failed(format!("The backups of DCS instance {instance} could not be read"), &error)
        })?;
        let Some(backup) = checks::find(&listed, backup_id) else {
            return Err(not_on_record("backup", instance, listed.len(), backup_id).into());
        };
        Ok(found(record(backup, None)))
    }
}

/// What an import takes over. No record tells which version of the API made it: the default is assumed until the
/// configuration tells.
pub(super) fn found(record: Record) -> Found {
    let body =
        Results::from([("api_version", Value::from("v2")), ("remark", string_or_null(Some(record.mark("remark"))))]);
    Found { record, body, unlearned: &["api_version"] }
}

/// What stands against a backup of this instance: the same in plan and apply.
fn check(instance: &Read<Instance>, id: &str, format: Option<&str>, place: &Place) -> Vec<Finding> {
    let mut findings = checks::check_instance(instance, id, "backed up", place);
    findings.extend(checks::check_format(instance, id, format));
    findings
}

fn lane(scope: &Scope, instance: &str) -> String {
    format!("dcs/{}/{instance}", scope.project_id)
}

/// What the service records, as the engine and the state want it. A format that the user chose is left alone.
pub(super) fn record(backup: &Backup, chosen_format: Option<String>) -> Record {
    let status = backup.status.clone().unwrap_or_default();
    let progress = verdict(&status, backup.error_code.as_deref());
    let time = |text: &Option<String>| moment_or_null(text.as_deref());
    let restorable = progress == Progress::Succeeded && backup.is_support_restore != Some(false);
    let mut results = Results::from([
        ("backup_name", string_or_null(backup.backup_name.as_deref())),
        ("backup_type", string_or_null(backup.backup_type.as_deref())),
        ("progress", percent(backup.progress.as_deref())),
        ("size", integer_or_null(backup.size)),
        ("created_at", time(&backup.created_at)),
        ("updated_at", time(&backup.updated_at)),
        ("restorable", Value::from(restorable)),
        ("error_code", string_or_null(backup.error_code.as_deref())),
    ]);
    if chosen_format.is_none() {
        results
            .insert("backup_format", string_or_null(backup.backup_format.as_deref().map(str::to_lowercase).as_deref()));
    }
    Record {
        operation: backup.backup_id.clone().unwrap_or_default(),
        status,
        progress,
        created_at: backup.created_at.as_deref().and_then(cloud::time::parse),
        results,
        marks: marks([("remark", backup.remark.as_deref()), ("type", backup.backup_type.as_deref())]),
    }
}

struct BackupWork {
    scope: Scope,
    checks: bool,
    version: Version,
    instance: String,
    format: Option<String>,
    remark: Option<String>,
}

#[async_trait]
impl Work for BackupWork {
    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn target(&self) -> String {
        format!("DCS instance {}", self.instance)
    }

    fn lane(&self) -> String {
        lane(&self.scope, &self.instance)
    }

    fn record_place(&self) -> String {
        format!("the backup records of DCS instance {}", self.instance)
    }

    async fn prepare(&mut self, _lists: &Lists) -> Result<Results, Blocked> {
        if !self.checks {
            return Ok(Results::new());
        }
        let instance = dcs::instance(&self.scope, self.version, &self.instance).await.map(Arc::new);
        if let Err(error) = &instance
            && error.is_transient()
        {
            return Err(Blocked::Unreadable(error.clone()));
        }
        let findings = check(&instance, &self.instance, self.format.as_deref(), &Place::from(&self.scope));
        preflight::refusal(&findings, self.effect().overwrites()).map_or_else(|| Ok(Results::new()), Err)
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let listed = backups(lists, &self.scope, self.version, &self.instance, freshness).await?;
        Ok(listed.iter().map(|backup| record(backup, self.format.clone())).collect())
    }

    fn started(&self, record: &Record) -> bool {
        record.mark("remark") == self.remark.as_deref().unwrap_or_default() && record.mark("type") != "auto"
    }

    fn is_same(&self, _record: &Record) -> bool {
        // Two backups alike are legitimate: none stands in for another.
        false
    }

    async fn send(&self) -> Result<Sent, Error> {
        let new = NewBackup { remark: self.remark.clone(), backup_format: self.format.clone() };
        dcs::create_backup(&self.scope, self.version, &self.instance, &new).await.map(Sent::Id)
    }

    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error> {
        Ok(self.records(lists, freshness).await?.into_iter().find(|record| record.operation == operation))
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        Ok(Readiness::Ready)
    }

    async fn ready(&self, _lists: &Lists) -> Result<Readiness, Error> {
        instance_readiness(&self.scope, self.version, &self.instance).await
    }

    fn consequence(&self) -> String {
        "The data of the instance is not touched by a backup. There is no backup that could be restored from this attempt.".to_owned()
    }
}

/// Deleting one backup.
struct Deletion<'a> {
    scope: &'a Scope,
    lists: &'a Lists,
    version: Version,
    instance: String,
    backup: String,
}

#[async_trait]
impl Removal for Deletion<'_> {
    fn what(&self) -> String {
        format!("Backup {} of DCS instance {}", self.backup, self.instance)
    }

    async fn ask(&self) -> Result<(), Error> {
        dcs::delete_backup(self.scope, self.version, &self.instance, &self.backup).await
    }

    /// Whether the record is there and not marked as deleted.
    async fn is_there(&self) -> Result<bool, Error> {
        self.lists.forget(&backups_key(self.scope, self.version, &self.instance));
        let listed = backups(self.lists, self.scope, self.version, &self.instance, Freshness::Now).await?;
        let found = listed.iter().find(|backup| is_id(backup.backup_id.as_deref(), self.backup.as_str()));
        Ok(found.is_some_and(|backup| backup.status.as_deref() != Some("deleted")))
    }
}
