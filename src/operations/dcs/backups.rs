//! `recovery_dcs_backups`: the backup records of a DCS instance (API v1.0 and v2, backup record list).

use async_trait::async_trait;
use cloud::Scope;
use cloud::dcs::Backup;
use tf::{Attribute, Diagnostic, Type, Value};

use super as dcs;
use crate::operations::common::{percent, required};
use crate::operations::lookup::choice::{self, Dated, choose, fits};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::{Progress, Results};

/// The look-up.
pub struct DcsBackups;

/// The filters beside those that all dated lists have.
const FILTERS: [&str; 2] = ["status", "backup_type"];

#[async_trait]
impl Lookup for DcsBackups {
    fn type_name(&self) -> &'static str {
        "recovery_dcs_backups"
    }

    fn description(&self) -> &'static str {
        "The backups of a DCS instance, manual and automatic, newest first. The service keeps the 24 newest ones; records of expired and \
         deleted backups may be listed, so filter by `status = \"succeed\"` (or look at `restorable`) for one to restore."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let [created_after, most_recent] = choice::arguments();
        vec![
            instance_id(),
            api_version(),
            Attribute::optional("status", "Only backups with this status.").one_of(&[
                "waiting",
                "backuping",
                "succeed",
                "failed",
                "expired",
                "deleted",
            ]),
            Attribute::optional("backup_type", "Only backups of this type.").one_of(&["manual", "auto"]),
            created_after,
            most_recent,
            member::list_attribute("backups", "The backups that pass the filters, newest first.", &members()),
            member::ids_attribute("The IDs of `backups`, in the same order."),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let instance = required(config, "instance_id");
        let listed = dcs::backups(&runtime.engine.lists, scope, dcs::version(config), &instance, SHARED).await;
        match listed {
            Ok(listed) => found(config, &instance, &listed),
            Err(error) => {
                let of = format!("DCS instance {instance}");
                Err(unreadable(&error, scope, &format!("The backups of {of}"), &of, "instance_id"))
            }
        }
    }
}

/// The instance whose records are listed.
pub(super) fn instance_id() -> Attribute {
    Attribute::required("instance_id", "ID of the DCS instance.").check(tf::validate::check_id)
}

/// Which API lists the records.
pub(super) fn api_version() -> Attribute {
    Attribute::optional("api_version", "Version of the API that is asked. Default `v2`.").one_of(&["v2", "v1.0"])
}

fn found(config: &Value, instance: &str, listed: &[Backup]) -> Result<Results, Diagnostic> {
    let passes = |backup: &&Backup| {
        fits(config, "status", backup.status.as_deref()) && fits(config, "backup_type", backup.backup_type.as_deref())
    };
    let chosen = choose(config, listed.iter().filter(passes));
    let looked_through = format!("{} backup records of DCS instance {instance}", listed.len());
    choice::require_one(config, &chosen, "backup", &looked_through, &FILTERS)?;
    Ok(Results::from([
        ("id", Value::from(instance)),
        ("ids", member::ids(chosen.iter().map(|backup| backup.id()))),
        ("backups", member::objects(&members(), chosen)),
    ]))
}

impl Dated for Backup {
    fn created(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    fn id(&self) -> Option<&str> {
        self.backup_id.as_deref()
    }
}

fn members() -> Vec<Member<Backup>> {
    vec![
        Member::text("backup_id", "ID of the backup.", |backup| backup.backup_id.as_deref()),
        Member::text("backup_name", "Name, made by the service.", |backup| backup.backup_name.as_deref()),
        Member::text("instance_id", "The instance that was backed up.", |backup| backup.instance_id.as_deref()),
        Member::text(
            "status",
            "`waiting`, `backuping`, `succeed`, `failed`, `expired`, `deleted`, or a newer word of the service.",
            |backup| backup.status.as_deref(),
        ),
        Member::value("progress", Type::Number, "Percent.", |backup: &Backup| percent(backup.progress.as_deref())),
        Member::whole("size", "Size in bytes.", |backup| backup.size),
        Member::text("backup_type", "`manual` or `auto`.", |backup| backup.backup_type.as_deref()),
        Member::value("backup_format", Type::String, "`rdb` or `aof`.", |backup: &Backup| {
            backup.backup_format.as_deref().map_or(Value::Null, |format| Value::from(format.to_lowercase()))
        }),
        Member::flag(
            "restorable",
            "Whether it can be restored: it succeeded, and the service does not say otherwise (`is_support_restore`). Null where the record \
             does not say how it ended.",
            restorable,
        ),
        Member::text("remark", "The text given when it was made.", |backup| backup.remark.as_deref()),
        Member::text("period", "Time window of an automatic backup, such as `22:00-23:00`.", |backup| {
            backup.period.as_deref()
        }),
        Member::text("error_code", "The service's code if it failed.", |backup| backup.error_code.as_deref()),
        Member::time("created_at", "When it was asked for, RFC 3339 in UTC.", |backup| backup.created_at.as_deref()),
        Member::time("updated_at", "When it ended, RFC 3339 in UTC.", |backup| backup.updated_at.as_deref()),
    ]
}

/// `None` where the record does not say how the backup ended.
fn restorable(backup: &Backup) -> Option<bool> {
    let status = backup.status.as_deref().unwrap_or_default();
    match dcs::verdict(status, None) {
        Progress::Unrecognised => None,
        progress => Some(progress == Progress::Succeeded && backup.is_support_restore != Some(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn backup(id: &str, status: &str, backup_type: &str, day: u32) -> Backup {
        Backup {
            backup_id: Some(id.into()),
            status: Some(status.into()),
            backup_type: Some(backup_type.into()),
            created_at: Some(format!("2026-01-{day:02}T08:31:16.166Z")),
            ..Backup::default()
        }
    }

    fn listed() -> Vec<Backup> {
        vec![
            backup("old", "succeed", "manual", 1),
            backup("new", "succeed", "auto", 3),
            backup("bad", "failed", "auto", 4),
            backup("mid", "succeed", "manual", 2),
        ]
    }

    fn ids(config: &[(&str, Value)]) -> Vec<String> {
        let facts = found(&Value::object(config.iter().cloned()), "i", &listed()).unwrap();
        assert_fits(&DcsBackups, &facts);
        column(&facts, "backups", "backup_id")
    }

    #[test]
    fn filters_work_together() {
        let (succeed, auto) = (("status", Value::from("succeed")), ("backup_type", Value::from("auto")));
        let most_recent = ("most_recent", Value::from(true));
        assert_eq!(ids(&[]), ["bad", "new", "mid", "old"]);
        assert_eq!(ids(std::slice::from_ref(&succeed)), ["new", "mid", "old"]);
        assert_eq!(ids(&[succeed.clone(), most_recent.clone()]), ["new"]);
        assert_eq!(ids(&[auto.clone(), ("created_after", Value::from("2026-01-03T08:31:16.166Z"))]), ["bad"]);
        assert_eq!(ids(&[("status", Value::from("expired"))]), Vec::<String>::new());
        let none = Value::object([("status", Value::from("expired")), most_recent]);
        assert!(found(&none, "i", &listed()).unwrap_err().detail.contains("4 backup records of DCS instance i"));
    }

    #[test]
    fn a_record_is_shown_under_the_service_s_names() {
        let full = Backup {
            backup_name: Some("backup_20260110093000".into()),
            instance_id: Some("i".into()),
            progress: Some("100.00".into()),
            size: Some(880_232),
            backup_format: Some("AOF".into()),
            is_support_restore: Some(true),
            remark: Some(String::new()),
            period: Some("22:00-23:00".into()),
            error_code: None,
            updated_at: Some("2026-01-03T09:31:16.166+01:00".into()),
            execution_at: Some("2026-01-03T08:31:20.000Z".into()),
            ..backup("b", "succeed", "auto", 3)
        };
        let expected = Value::object([
            ("backup_id", Value::from("b")),
            ("backup_name", Value::from("backup_20260110093000")),
            ("instance_id", Value::from("i")),
            ("status", Value::from("succeed")),
            ("progress", Value::from(100)),
            ("size", Value::from(880_232)),
            ("backup_type", Value::from("auto")),
            ("backup_format", Value::from("aof")),
            ("restorable", Value::from(true)),
            ("remark", Value::from("")),
            ("period", Value::from("22:00-23:00")),
            ("error_code", Value::Null),
            ("created_at", Value::from("2026-01-03T08:31:16.166Z")),
            ("updated_at", Value::from("2026-01-03T08:31:16.166Z")),
        ]);
        assert_eq!(member::object(&members(), &full), expected);
    }

    #[test]
    fn what_is_absent_is_null() {
        let Value::Object(shown) = member::object(&members(), &Backup::default()) else { panic!("no object") };
        assert!(shown.values().all(Value::is_null), "{shown:?}");
    }

    #[test]
    fn only_what_succeeded_and_is_not_barred_can_be_restored() {
        let with = |status: &str, support| Backup { is_support_restore: support, ..backup("b", status, "manual", 1) };
        for (status, support, expected) in [
            ("succeed", Some(true), Some(true)),
            ("succeed", None, Some(true)),
            ("succeed", Some(false), Some(false)),
            ("expired", Some(true), Some(false)),
            ("backuping", None, Some(false)),
            ("", None, None),
            ("pondering", Some(true), None),
        ] {
            assert_eq!(restorable(&with(status, support)), expected, "{status} {support:?}");
        }
    }
}
