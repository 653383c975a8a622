//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use super::world::{World, backup, instance};
use crate::dbs::label;
use crate::service::{Lookup, Planned};

/// What backups and restores name, and instances that were read and not found.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for resource in planned {
        if matches!(
            resource.type_name.as_str(),
            "recovery_dds_backup" | "recovery_dds_final_backup" | "recovery_dds_restore"
        ) {
            let instance = resource.text("instance_id").unwrap_or_default();
            world.ensure_instance(instance);
            world.ensure_backup(resource.text("backup_id").unwrap_or_default(), instance);
        }
    }
    for path in lookups {
        if let [_version, _project, kind, id, ..] = path.as_slice()
            && kind == "instances"
        {
            world.ensure_instance(id);
        }
    }
}

impl World {
    fn ensure_instance(&mut self, id: &str) {
        if !id.is_empty() && self.instance(id).is_none() {
            self.instances.push(instance(id, &label("dds", id), "ReplicaSet"));
        }
    }

    fn ensure_backup(&mut self, id: &str, of: &str) {
        if id.is_empty() || self.backups.iter().any(|backup| backup.id == id) {
            return;
        }
        if let Some(of) = self.instance(of) {
            let made = backup(id, &label("backup", id), of);
            self.backups.push(made);
        }
    }
}
