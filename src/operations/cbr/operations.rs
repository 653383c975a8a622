//! `recovery_cbr_operations`: the operation log of CBR (API v3, "Querying the Task List").

use async_trait::async_trait;
use cloud::Scope;
use cloud::cbr::{self, LogFilter, OperationLog};
use tf::{Attribute, Diagnostic, Number, Type, Value};

use crate::operations::common::text;
use crate::operations::lookup::choice::{self, Dated, choose};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct CbrOperations;

/// The filters that the service applies.
const FILTERS: [&str; 7] =
    ["operation_type", "status", "resource_id", "resource_name", "vault_id", "vault_name", "provider_id"];

#[async_trait]
impl Lookup for CbrOperations {
    fn type_name(&self) -> &'static str {
        "recovery_cbr_operations"
    }

    fn description(&self) -> &'static str {
        "The operations of CBR in a project, newest first: backups, restores, deletions and more, by whomever they were started. The service \
         applies the filters; it keeps operations for about 30 days and has no filter by backup, so filter by `backup_id` in an expression."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let filter = |name, text| Attribute::optional(name, text).check(tf::validate::check_not_empty);
        let [created_after, most_recent] = choice::arguments();
        vec![
            filter(
                "operation_type",
                "Only operations of this type, such as `backup`, `restore`, `delete`, `vault_delete` or `remove_resource`.",
            ),
            Attribute::optional("status", "Only operations with this status.")
                .one_of(&["waiting", "running", "success", "failed", "timeout", "skipped"]),
            filter("resource_id", "Only operations on this server, disk or file system."),
            filter("resource_name", "Only operations on what has this name."),
            filter("vault_id", "Only operations in this vault. Restores may lack their vault and then do not pass."),
            filter("vault_name", "Only operations in vaults with this name."),
            filter("provider_id", "Only operations of this kind of backup, by the service's ID."),
            created_after,
            most_recent,
            member::list_attribute("operations", "The operations that pass the filters, newest first.", &members()),
            member::ids_attribute("The IDs of `operations`, in the same order."),
        ]
    }

    async fn look_up(&self, _runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        match cbr::list_operation_logs(scope, &filter(config)).await {
            Ok(listed) => found(config, &scope.project_id, &listed),
            Err(error) => {
                let of = format!("project {}", scope.project_id);
                Err(unreadable(
                    &error,
                    scope,
                    &format!("The CBR operations of {of}"),
                    "What the filters name",
                    "project_id",
                ))
            }
        }
    }
}

fn filter(config: &Value) -> LogFilter {
    LogFilter {
        operation_type: text(config, "operation_type"),
        status: text(config, "status"),
        resource_id: text(config, "resource_id"),
        resource_name: text(config, "resource_name"),
        vault_id: text(config, "vault_id"),
        vault_name: text(config, "vault_name"),
        provider_id: text(config, "provider_id"),
        // No document says which moment of an operation the window of the service is about, and it counts in whole
        // seconds: ask for more, then choose exactly.
        start_time: choice::created_after(config).map(|after| after - jiff::SignedDuration::from_mins(1)),
        end_time: None,
    }
}

fn found(config: &Value, project: &str, listed: &[OperationLog]) -> Result<Results, Diagnostic> {
    let chosen = choose(config, listed);
    let looked_through = format!("the CBR operations of project {project}");
    choice::require_one(config, &chosen, "operation", &looked_through, &FILTERS)?;
    Ok(Results::from([
        ("id", Value::from(project)),
        ("ids", member::ids(chosen.iter().map(|log| log.id()))),
        ("operations", member::objects(&members(), chosen)),
    ]))
}

impl Dated for OperationLog {
    fn created(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

fn members() -> Vec<Member<OperationLog>> {
    vec![
        Member::text("id", "ID of the operation; of a restore the `operation_id` of `recovery_cbr_restore`.", |log| {
            log.id.as_deref()
        }),
        Member::text("operation_type", "`backup`, `restore`, `delete`, … as the service spells it.", |log| {
            log.operation_type.as_deref()
        }),
        Member::text(
            "status",
            "`waiting`, `running`, `success`, `failed`, `timeout`, `skipped`, or a newer word of the service.",
            |log| log.status.as_deref(),
        ),
        Member::value("progress", Type::Number, "Percent.", |log: &OperationLog| {
            log.extra_info.common.progress.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }),
        Member::time("created_at", "When it was recorded, RFC 3339 in UTC.", |log| log.created_at.as_deref()),
        Member::time("started_at", "When it began, RFC 3339 in UTC.", |log| log.started_at.as_deref()),
        Member::time("updated_at", "When its record was last changed, RFC 3339 in UTC.", |log| {
            log.updated_at.as_deref()
        }),
        Member::time("ended_at", "When it ended, RFC 3339 in UTC.", |log| log.ended_at.as_deref()),
        Member::text("error_code", "The service's code if it failed.", |log| log.error_info.code.as_deref()),
        Member::text("error_message", "The service's text if it failed.", |log| log.error_info.message.as_deref()),
        Member::text("backup_id", "The backup that was restored or made.", |log| {
            log.extra_info.restore.backup_id.as_deref().or(log.extra_info.backup.backup_id.as_deref())
        }),
        Member::text("backup_name", "Name of that backup.", |log| {
            log.extra_info.restore.backup_name.as_deref().or(log.extra_info.backup.backup_name.as_deref())
        }),
        Member::text("target_resource_id", "The server or disk that a restore overwrites.", |log| {
            log.extra_info.restore.target_resource_id.as_deref()
        }),
        Member::text("target_resource_name", "Its name.", |log| log.extra_info.restore.target_resource_name.as_deref()),
        Member::text(
            "resource_id",
            "The server or disk that the operation is about; for a restore no document says whether source or target.",
            |log| log.extra_info.resource.id.as_deref(),
        ),
        Member::text("resource_name", "Its name.", |log| log.extra_info.resource.name.as_deref()),
        Member::text("resource_type", "Its type, such as `OS::Nova::Server`.", |log| {
            log.extra_info.resource.kind.as_deref()
        }),
        Member::flag("incremental", "Whether a backup is incremental.", |log| log.extra_info.backup.incremental),
        Member::text("checkpoint_id", "The checkpoint that it was about.", |log| log.checkpoint_id.as_deref()),
        Member::text("policy_id", "The policy that started it.", |log| log.policy_id.as_deref()),
        Member::text("vault_id", "The vault; often missing for restores.", |log| log.vault_id.as_deref()),
        Member::text("vault_name", "Name of the vault.", |log| log.vault_name.as_deref()),
        Member::text("provider_id", "The service's ID of the kind of backup.", |log| log.provider_id.as_deref()),
        Member::text("request_id", "The service's own ID of the request.", |log| {
            log.extra_info.common.request_id.as_deref()
        }),
        Member::text("task_id", "ID of the backup task.", |log| log.extra_info.common.task_id.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn log(id: &str, created: &str) -> OperationLog {
        OperationLog { id: Some(id.into()), created_at: Some(created.into()), ..OperationLog::default() }
    }

    #[test]
    fn every_filter_goes_to_the_service() {
        let mut config = Value::object(FILTERS.map(|name| (name, Value::from(name))));
        config.set("created_after", Value::from("2026-01-02T03:04:05Z"));
        let word = |name: &str| Some(name.to_owned());
        assert_eq!(
            filter(&config),
            LogFilter {
                operation_type: word("operation_type"),
                status: word("status"),
                resource_id: word("resource_id"),
                resource_name: word("resource_name"),
                vault_id: word("vault_id"),
                vault_name: word("vault_name"),
                provider_id: word("provider_id"),
                start_time: cloud::time::parse("2026-01-02T03:03:05Z"),
                end_time: None,
            }
        );
        assert_eq!(filter(&Value::Null), LogFilter::default());
    }

    #[test]
    fn the_exact_choice_is_made_here() {
        let listed =
            [log("a", "2026-01-02T03:04:05Z"), log("c", "2026-01-04T00:00:00Z"), log("b", "2026-01-03T00:00:00Z")];
        for (config, ids) in [
            (vec![], vec!["c", "b", "a"]),
            (vec![("created_after", Value::from("2026-01-02T03:04:05Z"))], vec!["c", "b"]),
            (vec![("most_recent", Value::from(true))], vec!["c"]),
        ] {
            let facts = found(&Value::object(config), "p", &listed).unwrap();
            assert_fits(&CbrOperations, &facts);
            assert_eq!(column(&facts, "operations", "id"), ids);
        }
        let config = Value::object([("most_recent", Value::from(true)), ("status", Value::from("failed"))]);
        assert!(found(&config, "p", &[]).unwrap_err().detail.contains("status = \"failed\""));
    }

    #[test]
    fn a_restore_and_a_backup_name_their_backup_alike() {
        let (mut restore, mut backup) = (log("r", "2026-01-01T00:00:00Z"), log("b", "2026-01-01T00:00:00Z"));
        restore.extra_info.restore.backup_id = Some("b-1".into());
        restore.extra_info.restore.target_resource_id = Some("t".into());
        restore.extra_info.common.progress = Some(30.5);
        backup.extra_info.backup.backup_id = Some("b-2".into());
        let (restore, backup) = (member::object(&members(), &restore), member::object(&members(), &backup));
        assert_eq!((restore.get("backup_id"), backup.get("backup_id")), (&Value::from("b-1"), &Value::from("b-2")));
        assert_eq!(
            (restore.get("target_resource_id"), backup.get("target_resource_id")),
            (&Value::from("t"), &Value::Null)
        );
        assert_eq!(restore.get("progress"), &Value::Number(tf::Number::parse("30.5").unwrap()));
        let Value::Object(bare) = member::object(&members(), &OperationLog::default()) else { panic!("no object") };
        assert!(bare.values().all(Value::is_null), "{bare:?}");
    }
}
