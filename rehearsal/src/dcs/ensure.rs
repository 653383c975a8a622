//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use super::world::{Backup, Instance, World};
use crate::service::{Lookup, Planned};

/// Instances and backups that resources name, and instances that were read and not found.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for resource in planned {
        let Some(instance) = resource.text("instance_id") else { continue };
        match (resource.type_name.as_str(), resource.text("backup_id")) {
            ("recovery_dcs_restore", Some(backup)) => world.ensure_backup(instance, backup),
            ("recovery_dcs_backup" | "recovery_dcs_restore", _) => world.ensure_instance(instance),
            _ => {}
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
    /// Makes a master/standby instance of this id unless there is one.
    pub fn ensure_instance(&mut self, id: &str) {
        if !self.instances.iter().any(|instance| instance.id == id) {
            self.instances.push(Instance { id: id.to_owned(), ..Instance::default() });
        }
    }

    /// Makes the instance and a finished backup of these ids unless they exist.
    pub fn ensure_backup(&mut self, instance_id: &str, backup_id: &str) {
        self.ensure_instance(instance_id);
        if !self.backups.iter().any(|backup| backup.id == backup_id) {
            let (id, instance_id) = (backup_id.to_owned(), instance_id.to_owned());
            self.backups.insert(0, Backup { id, instance_id, ..Backup::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_resources_and_lookups_name_is_created() {
        let planned = |type_name: &str, arguments| Planned { type_name: type_name.into(), arguments };
        for (planned, lookups, instances, backups) in [
            (vec![planned("recovery_dcs_backup", json!({"instance_id": "i"}))], vec![], vec!["i"], vec![]),
            (
                vec![planned("recovery_dcs_restore", json!({"instance_id": "i", "backup_id": "b"}))],
                vec![],
                vec!["i"],
                vec!["b"],
            ),
            (vec![planned("recovery_dcs_restore", json!({"instance_id": "i"}))], vec![], vec!["i"], vec![]),
            (vec![planned("recovery_dcs_restore", json!({"backup_id": "b"}))], vec![], vec![], vec![]),
            (vec![planned("recovery_cbr_restore", json!({"instance_id": "i"}))], vec![], vec![], vec![]),
            (vec![], vec![vec!["v2", "p", "instances", "i", "backups"]], vec!["i"], vec![]),
            (vec![], vec![vec!["v2", "p", "jobs", "i"]], vec![], vec![]),
        ] {
            let mut world = World { instances: Vec::new(), backups: Vec::new(), ..World::default() };
            let lookups: Vec<Lookup> =
                lookups.iter().map(|path: &Vec<&str>| path.iter().map(|part| (*part).to_owned()).collect()).collect();
            ensure(&mut world, &planned, &lookups);
            ensure(&mut world, &planned, &lookups);
            let made: Vec<&str> = world.instances.iter().map(|instance| instance.id.as_str()).collect();
            assert_eq!(made, instances, "{planned:?} {lookups:?}");
            let made: Vec<&str> = world.backups.iter().map(|backup| backup.id.as_str()).collect();
            assert_eq!(made, backups, "{planned:?} {lookups:?}");
        }
    }
}
