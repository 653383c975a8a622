//! The backups of a database instance, as a look-up.

use std::marker::PhantomData;

use async_trait::async_trait;
use cloud::Scope;
use cloud::dbs::Backup;
use tf::{Attribute, Diagnostic, Type, Value};

use super::status::is_restorable;
use super::{Product, Reader, called};
use crate::operations::common::required;
use crate::operations::lookup::choice::{self, Dated, choose};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up, for a service.
pub struct DatabaseBackups<P>(pub PhantomData<P>);

/// The filters beside those that all dated lists have.
const FILTERS: [&str; 2] = ["status", "backup_type"];

#[async_trait]
impl<P: Product> Lookup for DatabaseBackups<P> {
    fn type_name(&self) -> &'static str {
        P::BACKUP.lookup
    }

    fn description(&self) -> &'static str {
        "The backups of an instance, manual and automated, newest first. Filter by `status = \"COMPLETED\"` (or look at `restorable`) for one to \
         restore."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let [created_after, most_recent] = choice::arguments();
        vec![
            Attribute::required("instance_id", "ID of the instance.").check(tf::validate::check_id),
            Attribute::optional("status", "Only backups with this status.").one_of(&[
                "BUILDING",
                "COMPLETED",
                "FAILED",
                "DELETING",
            ]),
            Attribute::optional("backup_type", "Only backups of this type.").one_of(&["manual", "auto", "incremental"]),
            created_after,
            most_recent,
            member::list_attribute("backups", "The backups that pass the filters, newest first.", &members()),
            member::ids_attribute("The IDs of `backups`, in the same order."),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let instance = required(config, "instance_id");
        let reader = Reader { lists: &runtime.engine.lists, scope, freshness: SHARED };
        let of = called::<P>(&instance);
        match reader.backups::<P>(&instance).await {
            Ok(listed) => found(config, &instance, &of, &listed),
            Err(error) => Err(unreadable(&error, scope, &format!("The backups of {of}"), &of, "instance_id")),
        }
    }
}

fn found(config: &Value, instance: &str, of: &str, listed: &[Backup]) -> Result<Results, Diagnostic> {
    // DDS writes the type with a capital.
    let fits = |filter: &str, word: Option<&str>| {
        config.get(filter).as_str().is_none_or(|wanted| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted)))
    };
    let passes = |backup: &&Backup| {
        fits("status", backup.status.as_deref()) && fits("backup_type", backup.backup_type.as_deref())
    };
    let chosen = choose(config, listed.iter().filter(passes));
    choice::require_one(config, &chosen, "backup", &format!("{} backups of {of}", listed.len()), &FILTERS)?;
    Ok(Results::from([
        ("id", Value::from(instance)),
        ("ids", member::ids(chosen.iter().map(|backup| backup.id()))),
        ("backups", member::objects(&members(), chosen)),
    ]))
}

impl Dated for Backup {
    fn created(&self) -> Option<&str> {
        self.begin_time.as_deref()
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

fn members() -> Vec<Member<Backup>> {
    vec![
        Member::text("backup_id", "ID of the backup.", |backup| backup.id.as_deref()),
        Member::text("name", "Its name.", |backup| backup.name.as_deref()),
        Member::text("instance_id", "The instance that was backed up.", |backup| backup.instance_id.as_deref()),
        Member::text(
            "status",
            "`BUILDING`, `COMPLETED`, `FAILED`, `DELETING`, or a newer word of the service.",
            |backup| backup.status.as_deref(),
        ),
        Member::text("backup_type", "`manual`, `auto` and others.", |backup| backup.backup_type.as_deref()),
        Member::whole("size", "Size in bytes.", Backup::bytes),
        Member::time("begin_time", "When it was begun, RFC 3339 in UTC.", |backup| backup.begin_time.as_deref()),
        Member::time("end_time", "When it ended, RFC 3339 in UTC.", |backup| backup.end_time.as_deref()),
        Member::text("engine", "Engine of the instance.", |backup| backup.datastore.engine.as_deref()),
        Member::text("engine_version", "Version of the engine.", |backup| backup.datastore.version.as_deref()),
        Member::text("description", "The text given when it was made, where the service lists it.", |backup| {
            backup.description.as_deref()
        }),
        Member::value(
            "databases",
            Type::list(Type::String),
            "Its databases, where it has not all of them.",
            |backup: &Backup| {
                let names = backup.databases.iter().filter_map(|database| database.name.as_deref());
                Value::List(names.map(Value::from).collect())
            },
        ),
        Member::flag("restorable", "Whether it is finished and belongs to no DDM instance.", |backup| {
            Some(is_restorable(backup))
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::column;

    fn backup(id: &str, status: &str, kind: &str, day: u8) -> Backup {
        Backup {
            id: Some(id.into()),
            status: Some(status.into()),
            backup_type: Some(kind.into()),
            begin_time: Some(format!("2026-01-{day:02}T01:17:05+0000")),
            ..Backup::default()
        }
    }

    fn ids(config: &[(&str, Value)]) -> Vec<String> {
        let listed = [
            backup("old", "COMPLETED", "auto", 1),
            backup("mid", "COMPLETED", "Manual", 2),
            backup("new", "COMPLETED", "manual", 3),
            backup("bad", "FAILED", "manual", 4),
        ];
        let facts = found(&Value::object(config.iter().cloned()), "i", "RDS instance i", &listed).unwrap();
        column(&facts, "backups", "backup_id")
    }

    #[test]
    fn filters_work_together() {
        let (completed, manual) = (("status", Value::from("COMPLETED")), ("backup_type", Value::from("manual")));
        assert_eq!(ids(&[]), ["bad", "new", "mid", "old"]);
        assert_eq!(ids(&[completed.clone(), manual.clone()]), ["new", "mid"]);
        assert_eq!(ids(&[completed, manual, ("most_recent", Value::from(true))]), ["new"]);
        let none = Value::object([("status", Value::from("DELETING")), ("most_recent", Value::from(true))]);
        let error = found(&none, "i", "RDS instance i", &[]).unwrap_err();
        assert!(error.detail.contains("0 backups of RDS instance i"), "{}", error.detail);
    }

    #[test]
    fn what_belongs_to_a_whole_is_not_to_be_restored_alone() {
        let whole = Backup { associated_with_ddm: Some(true), ..backup("b", "COMPLETED", "manual", 1) };
        let restorable = |backup: &Backup| member::object(&members(), backup).get("restorable").clone();
        assert_eq!(restorable(&whole), Value::from(false));
        assert_eq!(restorable(&backup("b", "COMPLETED", "manual", 1)), Value::from(true));
        assert_eq!(restorable(&backup("b", "BUILDING", "manual", 1)), Value::from(false));
    }
}
