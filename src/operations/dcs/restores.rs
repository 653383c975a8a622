//! `recovery_dcs_restores`: the restore records of a DCS instance (API v1.0 and v2, restoration record list).

use async_trait::async_trait;
use cloud::Scope;
use cloud::dcs::Restore;
use tf::{Attribute, Diagnostic, Type, Value};

use super as dcs;
use super::backups::{api_version, instance_id};
use crate::operations::common::{percent, required};
use crate::operations::lookup::choice::{self, Dated, choose, fits};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DcsRestores;

/// The filters beside those that all dated lists have.
const FILTERS: [&str; 2] = ["status", "backup_id"];

#[async_trait]
impl Lookup for DcsRestores {
    fn type_name(&self) -> &'static str {
        "recovery_dcs_restores"
    }

    fn description(&self) -> &'static str {
        "The restores that overwrote a DCS instance, or are about to, newest first: by whomever they were started."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let [created_after, most_recent] = choice::arguments();
        vec![
            instance_id(),
            api_version(),
            Attribute::optional("status", "Only restores with this status.").one_of(&[
                "waiting",
                "restoring",
                "succeed",
                "failed",
            ]),
            Attribute::optional("backup_id", "Only restores of this backup.").check(tf::validate::check_not_empty),
            created_after,
            most_recent,
            member::list_attribute("restores", "The restores that pass the filters, newest first.", &members()),
            member::ids_attribute("The IDs of `restores`, in the same order."),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let instance = required(config, "instance_id");
        let listed = dcs::restores(&runtime.engine.lists, scope, dcs::version(config), &instance, SHARED).await;
        match listed {
            Ok(listed) => found(config, &instance, &listed),
            Err(error) => {
                let of = format!("DCS instance {instance}");
                Err(unreadable(&error, scope, &format!("The restores of {of}"), &of, "instance_id"))
            }
        }
    }
}

fn found(config: &Value, instance: &str, listed: &[Restore]) -> Result<Results, Diagnostic> {
    let passes = |restore: &&Restore| {
        fits(config, "status", restore.status.as_deref()) && fits(config, "backup_id", restore.backup_id.as_deref())
    };
    let chosen = choose(config, listed.iter().filter(passes));
    let looked_through = format!("{} restore records of DCS instance {instance}", listed.len());
    choice::require_one(config, &chosen, "restore", &looked_through, &FILTERS)?;
    Ok(Results::from([
        ("id", Value::from(instance)),
        ("ids", member::ids(chosen.iter().map(|restore| restore.id()))),
        ("restores", member::objects(&members(), chosen)),
    ]))
}

impl Dated for Restore {
    fn created(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    fn id(&self) -> Option<&str> {
        self.restore_id.as_deref()
    }
}

fn members() -> Vec<Member<Restore>> {
    vec![
        Member::text("restore_id", "ID of the restore.", |restore| restore.restore_id.as_deref()),
        Member::text("restore_name", "Name, made by the service.", |restore| restore.restore_name.as_deref()),
        Member::text("backup_id", "The backup that was restored.", |restore| restore.backup_id.as_deref()),
        Member::text("backup_name", "Name of that backup.", |restore| restore.backup_name.as_deref()),
        Member::text(
            "status",
            "`waiting`, `restoring`, `succeed`, `failed`, or a newer word of the service.",
            |restore| restore.status.as_deref(),
        ),
        Member::value("progress", Type::Number, "Percent.", |restore: &Restore| percent(restore.progress.as_deref())),
        Member::text("restore_remark", "The text given with the restore.", |restore| restore.restore_remark.as_deref()),
        Member::text("backup_remark", "The text given with the backup.", |restore| restore.backup_remark.as_deref()),
        Member::text("error_code", "The service's code if it failed.", |restore| restore.error_code.as_deref()),
        Member::time("created_at", "When it was asked for, RFC 3339 in UTC.", |restore| restore.created_at.as_deref()),
        Member::time("updated_at", "When it ended, RFC 3339 in UTC.", |restore| restore.updated_at.as_deref()),
        Member::text(
            "source_instance_id",
            "The instance that the backup was made of; only API v1.0 tells.",
            |restore| restore.source_instance_id.as_deref(),
        ),
        Member::text("source_instance_name", "Name of that instance; only API v1.0 tells.", |restore| {
            restore.source_instance_name.as_deref()
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn restore(id: &str, status: &str, backup: &str, day: u32) -> Restore {
        Restore {
            restore_id: Some(id.into()),
            status: Some(status.into()),
            backup_id: Some(backup.into()),
            created_at: Some(format!("2026-01-{day:02}T10:00:00.500Z")),
            progress: Some("10.00".into()),
            source_instance_id: Some("s".into()),
            ..Restore::default()
        }
    }

    fn facts(config: &[(&str, Value)]) -> Result<Results, Diagnostic> {
        let listed =
            [restore("a", "succeed", "b-1", 1), restore("b", "failed", "b-1", 3), restore("c", "succeed", "b-2", 2)];
        found(&Value::object(config.iter().cloned()), "i", &listed)
    }

    #[test]
    fn filters_work_together() {
        for (config, ids) in [
            (vec![], vec!["b", "c", "a"]),
            (vec![("status", Value::from("succeed"))], vec!["c", "a"]),
            (vec![("status", Value::from("succeed")), ("backup_id", Value::from("b-1"))], vec!["a"]),
            (vec![("most_recent", Value::from(true))], vec!["b"]),
            (vec![("created_after", Value::from("2026-01-03T10:00:00.500Z"))], vec![]),
        ] {
            let facts = facts(&config).unwrap();
            assert_fits(&DcsRestores, &facts);
            assert_eq!(column(&facts, "restores", "restore_id"), ids, "{config:?}");
        }
        let none = facts(&[("most_recent", Value::from(true)), ("backup_id", Value::from("b-9"))]).unwrap_err();
        assert!(none.detail.contains("backup_id = \"b-9\""), "{}", none.detail);
    }

    #[test]
    fn what_is_absent_is_null() {
        let Value::Object(shown) = member::object(&members(), &Restore::default()) else { panic!("no object") };
        assert!(shown.values().all(Value::is_null), "{shown:?}");
        let shown = member::object(&members(), &restore("a", "failed", "b", 1));
        assert_eq!((shown.get("progress"), shown.get("source_instance_id")), (&Value::from(10), &Value::from("s")));
    }
}
