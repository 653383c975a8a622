//! `recovery_cbr_backups`: the CBR backups of a project (API v3, "Querying All Backups").

use async_trait::async_trait;
use cloud::Scope;
use cloud::cbr::{self, Backup, Filter};
use tf::{Attribute, Diagnostic, Value};

use crate::operations::common::text;
use crate::operations::lookup::choice::{self, Dated, choose};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct CbrBackups;

/// The filters that the service applies.
const FILTERS: [&str; 10] = [
    "checkpoint_id",
    "vault_id",
    "resource_id",
    "resource_name",
    "resource_type",
    "name",
    "status",
    "image_type",
    "parent_id",
    "own_type",
];

#[async_trait]
impl Lookup for CbrBackups {
    fn type_name(&self) -> &'static str {
        "recovery_cbr_backups"
    }

    fn description(&self) -> &'static str {
        "The CBR backups of a project, newest first: of servers, disks and file systems. The service applies the filters. The disk backups \
         inside a server backup are shown by `recovery_cbr_backup`."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let filter = |name, text| Attribute::optional(name, text).check(tf::validate::check_not_empty);
        let [created_after, most_recent] = choice::arguments();
        vec![
            filter("checkpoint_id", "Only backups made by this checkpoint (backup of a vault on demand)."),
            filter("vault_id", "Only backups in this vault."),
            filter("resource_id", "Only backups of this server, disk or file system."),
            filter("resource_name", "Only backups of what has this name."),
            filter(
                "resource_type",
                "Only backups of this type, such as `OS::Nova::Server`, `OS::Cinder::Volume` or `OS::Sfs::Turbo`.",
            ),
            filter("name", "Only backups with this name."),
            Attribute::optional("status", "Only backups with this status. Only `available` ones can be restored.")
                .one_of(&[
                    "available",
                    "waiting_protect",
                    "protecting",
                    "waiting_restore",
                    "restoring",
                    "waiting_delete",
                    "deleting",
                    "error",
                ]),
            Attribute::optional("image_type", "Only backups, or only replicas (Huawei Cloud).")
                .one_of(&["backup", "replication"]),
            filter("parent_id", "Only the disk backups inside this server backup."),
            Attribute::optional(
                "own_type",
                "Whose backups: the project's own, those shared with it, or both. The service's default is `private`.",
            )
            .one_of(&["private", "shared", "all_granted"]),
            created_after,
            most_recent,
            member::list_attribute("backups", "The backups that pass the filters, newest first.", &members()),
            member::ids_attribute("The IDs of `backups`, in the same order."),
        ]
    }

    async fn look_up(&self, _runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        match cbr::list_backups(scope, &filter(config)).await {
            Ok(listed) => found(config, &scope.project_id, &listed),
            Err(error) => {
                let of = format!("project {}", scope.project_id);
                Err(unreadable(
                    &error,
                    scope,
                    &format!("The CBR backups of {of}"),
                    "What the filters name",
                    "project_id",
                ))
            }
        }
    }
}

fn filter(config: &Value) -> Filter {
    Filter {
        checkpoint_id: text(config, "checkpoint_id"),
        vault_id: text(config, "vault_id"),
        resource_id: text(config, "resource_id"),
        resource_name: text(config, "resource_name"),
        resource_type: text(config, "resource_type"),
        name: text(config, "name"),
        status: text(config, "status").into_iter().collect(),
        image_type: text(config, "image_type"),
        parent_id: text(config, "parent_id"),
        own_type: text(config, "own_type"),
        // The service counts in whole seconds and does not say whether the first one belongs to it: ask for more, then
        // choose exactly.
        start_time: choice::created_after(config).map(|after| after - jiff::SignedDuration::from_secs(1)),
        end_time: None,
    }
}

fn found(config: &Value, project: &str, listed: &[Backup]) -> Result<Results, Diagnostic> {
    let chosen = choose(config, listed);
    let looked_through = format!("the CBR backups of project {project}");
    choice::require_one(config, &chosen, "backup", &looked_through, &FILTERS)?;
    Ok(Results::from([
        ("id", Value::from(project)),
        ("ids", member::ids(chosen.iter().map(|backup| backup.id()))),
        ("backups", member::objects(&members(), chosen)),
    ]))
}

impl Dated for Backup {
    fn created(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// A backup without its children.
pub(super) fn members() -> Vec<Member<Backup>> {
    vec![
        Member::text("id", "ID of the backup.", |backup| backup.id.as_deref()),
        Member::text("name", "Name.", |backup| backup.name.as_deref()),
        Member::text("description", "Description.", |backup| backup.description.as_deref()),
        Member::text(
            "status",
            "`available`, `waiting_protect`, `protecting`, `waiting_restore`, `restoring`, `waiting_delete`, `deleting`, `error`, or a newer \
             word of the service.",
            |backup| backup.status.as_deref(),
        ),
        Member::text("checkpoint_id", "The checkpoint that it belongs to.", |backup| backup.checkpoint_id.as_deref()),
        Member::text("vault_id", "The vault that holds it.", |backup| backup.vault_id.as_deref()),
        Member::text("owner_project_id", "The project that owns it; another one's if it is shared.", |backup| {
            backup.project_id.as_deref()
        }),
        Member::text("provider_id", "The service's ID of the kind of backup.", |backup| backup.provider_id.as_deref()),
        Member::text("resource_id", "What was backed up.", |backup| backup.resource_id.as_deref()),
        Member::text("resource_name", "Its name.", |backup| backup.resource_name.as_deref()),
        Member::text(
            "resource_type",
            "Its type: `OS::Nova::Server`, `OS::Cinder::Volume`, `OS::Sfs::Turbo`, …",
            |backup| backup.resource_type.as_deref(),
        ),
        Member::text("resource_az", "Its availability zone.", |backup| backup.resource_az.as_deref()),
        Member::whole("resource_size", "Its size in GB.", |backup| backup.resource_size),
        Member::text("image_type", "`backup` or `replication`.", |backup| backup.image_type.as_deref()),
        Member::text("parent_id", "The server backup that this disk backup is part of.", |backup| {
            backup.parent_id.as_deref()
        }),
        Member::flag("incremental", "Whether it holds only what changed since the one before.", Backup::is_incremental),
        Member::flag("auto_trigger", "Whether a policy made it.", |backup| backup.extend_info.auto_trigger),
        Member::flag("bootable", "Whether it was made of a bootable disk.", |backup| backup.extend_info.bootable),
        Member::flag("contain_system_disk", "Whether it contains a system disk.", |backup| {
            backup.extend_info.contain_system_disk
        }),
        Member::flag("encrypted", "Whether it is encrypted.", |backup| backup.extend_info.encrypted),
        Member::flag("system_disk", "Whether it is of a system disk.", |backup| backup.extend_info.system_disk),
        Member::flag("support_lld", "Whether it can be restored fast (lazy loading).", |backup| {
            backup.extend_info.support_lld
        }),
        Member::text(
            "supported_restore_mode",
            "`backup`: can be restored from its disk backups; `snapshot`: makes a full-server image; `na`: only for new resources. Means \
             something for server backups only.",
            Backup::supported_restore_mode,
        ),
        Member::time("created_at", "When it was made, RFC 3339 in UTC.", |backup| backup.created_at.as_deref()),
        Member::time("updated_at", "When it was last changed, RFC 3339 in UTC.", |backup| backup.updated_at.as_deref()),
        Member::time("expired_at", "When it expires, RFC 3339 in UTC.", |backup| backup.expired_at.as_deref()),
        Member::time("protected_at", "The moment that its data is of, RFC 3339 in UTC.", |backup| {
            backup.protected_at.as_deref()
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn backup(id: &str, created: &str) -> Backup {
        Backup { id: Some(id.into()), created_at: Some(created.into()), incremental: Some(true), ..Backup::default() }
    }

    #[test]
    fn every_filter_goes_to_the_service() {
        let mut config = Value::object(FILTERS.map(|name| (name, Value::from(name))));
        config.set("created_after", Value::from("2026-01-02T03:04:05.500Z"));
        let filter = filter(&config);
        let word = |name: &str| Some(name.to_owned());
        assert_eq!(
            filter,
            Filter {
                checkpoint_id: word("checkpoint_id"),
                vault_id: word("vault_id"),
                resource_id: word("resource_id"),
                resource_name: word("resource_name"),
                resource_type: word("resource_type"),
                name: word("name"),
                status: vec!["status".to_owned()],
                image_type: word("image_type"),
                parent_id: word("parent_id"),
                own_type: word("own_type"),
                start_time: cloud::time::parse("2026-01-02T03:04:04.500Z"),
                end_time: None,
            }
        );
        assert_eq!(super::filter(&Value::Null), Filter::default());
    }

    #[test]
    fn the_exact_choice_is_made_here() {
        let listed = [
            backup("a", "2026-01-02T03:04:05.400"),
            backup("b", "2026-01-02T03:04:05.600Z"),
            backup("c", "2026-01-03T00:00:00.000+00:00"),
        ];
        let ids = |config: &[(&str, Value)]| {
            let facts = found(&Value::object(config.iter().cloned()), "p", &listed).unwrap();
            assert_fits(&CbrBackups, &facts);
            column(&facts, "backups", "id")
        };
        let after = ("created_after", Value::from("2026-01-02T03:04:05.500Z"));
        assert_eq!(ids(std::slice::from_ref(&after)), ["c", "b"]);
        assert_eq!(ids(&[after, ("most_recent", Value::from(true))]), ["c"]);
        let config = Value::object([("vault_id", Value::from("v")), ("most_recent", Value::from(true))]);
        let error = found(&config, "p", &[]).unwrap_err();
        assert!(error.detail.contains("vault_id = \"v\"") && error.detail.contains("project p"), "{}", error.detail);
    }

    #[test]
    fn what_is_absent_is_null_and_times_are_utc() {
        let Value::Object(shown) = member::object(&members(), &Backup::default()) else { panic!("no object") };
        assert!(shown.values().all(Value::is_null), "{shown:?}");
        let shown = member::object(&members(), &backup("a", "2026-01-02T03:04:05.4"));
        assert_eq!(
            (shown.get("created_at"), shown.get("incremental")),
            (&Value::from("2026-01-02T03:04:05.4Z"), &Value::from(true))
        );
    }
}
