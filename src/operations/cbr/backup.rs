//! `recovery_cbr_backup`: one CBR backup with the disk backups inside it (API v3, "Querying a Specified Backup").

use async_trait::async_trait;
use cloud::Scope;
use cloud::cbr::Backup;
use tf::{Attribute, Diagnostic, Type, Value};

use super::backups::members;
use super::checks::read_backup;
use crate::operations::common::required;
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct CbrBackup;

#[async_trait]
impl Lookup for CbrBackup {
    fn type_name(&self) -> &'static str {
        "recovery_cbr_backup"
    }

    fn description(&self) -> &'static str {
        "One CBR backup. Of a server backup, `children` are the disk backups inside it: their `id` and `resource_id` are what the `mapping` \
         blocks of `recovery_cbr_restore` pair with disks."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::required(
                "backup_id",
                "ID of the backup: of a server, a disk, a file system, or a disk backup inside a server backup.",
            )
            .check(tf::validate::check_id),
        ];
        attributes.extend(member::attributes(&own()));
        let text = "The disk backups inside a server backup: the one of the system disk first, then in the order of the names of their disks and of \
                    their IDs; empty for all else.";
        attributes.push(member::list_attribute("children", text, &members()));
        attributes.push(
            Attribute::computed(
                "image_ids",
                "Images made from the backup. As long as there is one, the service does not delete the backup.",
            )
            .of(Type::list(Type::String)),
        );
        attributes
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let id = required(config, "backup_id");
        match read_backup(&runtime.engine.lists, scope, &id, SHARED).await {
            Ok(backup) => Ok(found(&id, &backup)),
            Err(error) => {
                let of = format!("CBR backup {id}");
                Err(unreadable(&error, scope, &of, &of, "backup_id"))
            }
        }
    }
}

fn found(id: &str, backup: &Backup) -> Results {
    let mut children: Vec<&Backup> = backup.children.iter().collect();
    let is_data = |child: &Backup| child.extend_info.system_disk != Some(true);
    children.sort_by_key(|child| (is_data(child), child.resource_name.as_deref(), child.id.as_deref()));
    let images = backup.extend_info.os_images_data.iter().map(|image| image.image_id.as_deref());
    let mut facts = member::facts(&own(), backup);
    facts.extend([
        ("id", Value::from(id)),
        ("children", member::objects(&members(), children)),
        ("image_ids", member::ids(images)),
    ]);
    facts
}

/// The members that become attributes of their own: `id` is the frame's.
fn own() -> Vec<Member<Backup>> {
    members().into_iter().filter(|member| member.name != "id").collect()
}

#[cfg(test)]
mod tests {
    use cloud::cbr::{BackupExtendInfo, OsImage};

    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn child(id: &str, disk: &str, system_disk: Option<bool>) -> Backup {
        let extend_info = BackupExtendInfo { system_disk, ..BackupExtendInfo::default() };
        Backup { id: Some(id.into()), resource_name: Some(disk.into()), extend_info, ..Backup::default() }
    }

    #[test]
    fn children_stand_in_the_order_of_their_disks() {
        let mut server = Backup {
            id: Some("b".into()),
            status: Some("available".into()),
            children: vec![
                child("c-3", "data-b", None),
                child("c-2", "data-a", Some(false)),
                child("c-4", "system", Some(true)),
                child("c-1", "data-b", None),
            ],
            ..Backup::default()
        };
        server.extend_info.os_images_data = vec![OsImage { image_id: Some("i".into()) }, OsImage::default()];
        let facts = found("b", &server);
        assert_fits(&CbrBackup, &facts);
        assert_eq!(column(&facts, "children", "id"), ["c-4", "c-2", "c-1", "c-3"]);
        assert_eq!(facts["image_ids"], Value::List(vec![Value::from("i")]));
        assert_eq!((&facts["id"], &facts["status"]), (&Value::from("b"), &Value::from("available")));
    }

    #[test]
    fn a_bare_answer_still_fits() {
        let facts = found("b", &Backup::default());
        assert_fits(&CbrBackup, &facts);
        assert_eq!((&facts["children"], &facts["name"]), (&Value::List(Vec::new()), &Value::Null));
    }
}
