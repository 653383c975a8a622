//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use super::built_in::{backup, instance};
use super::world::World;
use crate::dbs::label;
use crate::service::{Lookup, Planned};

/// What backups and restores name, and instances that were read and not found.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for resource in planned {
        match resource.type_name.as_str() {
            "recovery_rds_backup" | "recovery_rds_final_backup" => {
                world.ensure_instance(resource.text("instance_id"), None)
            }
            "recovery_rds_restored_instance" => {
                let source = resource.text("source_instance_id");
                world.ensure_instance(source, None);
                world.ensure_backup(resource.text("backup_id"), source);
            }
            "recovery_rds_restore" => {
                let (source, target) = (resource.text("source_instance_id"), resource.text("target_instance_id"));
                world.ensure_instance(source, None);
                world.ensure_instance(target, source);
                world.ensure_backup(resource.text("backup_id"), source);
            }
            _ => {}
        }
    }
    for path in lookups {
        if let [_version, _project, kind, id, ..] = path.as_slice()
            && kind == "instances"
        {
            world.ensure_instance(Some(id), None);
        }
    }
}

impl World {
    /// Adds an instance: like another one, or of the engine that its identifier tells.
    fn ensure_instance(&mut self, id: Option<&str>, like: Option<&str>) {
        let Some(id) = id.filter(|id| !id.is_empty() && self.instance(id).is_none()) else { return };
        let (engine, version) = match id.get(id.len().saturating_sub(4)..) {
            Some("in03") => ("PostgreSQL", "14"),
            Some("in04") => ("SQLServer", "2019_SE"),
            _ => ("MySQL", "8.0"),
        };
        let mut made = instance(id, &label("rds", id), engine, version);
        if let Some(like) = like.and_then(|like| self.instance(like)) {
            (made.engine, made.version) = (like.engine.clone(), like.version.clone());
        }
        self.instances.push(made);
    }

    /// Adds a finished backup of an instance.
    fn ensure_backup(&mut self, id: Option<&str>, of: Option<&str>) {
        let known = |id: &str| self.backups.iter().any(|backup| backup.id == id);
        let Some(id) = id.filter(|id| !id.is_empty() && !known(id)) else { return };
        if let Some(of) = of.and_then(|of| self.instance(of)) {
            let made = backup(id, &label("backup", id), of);
            self.backups.push(made);
        }
    }
}
