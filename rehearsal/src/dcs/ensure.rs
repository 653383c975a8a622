//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use jiff::Timestamp;

use super::world::{Backup, Instance, World};
use crate::formats;
use crate::instants::plus_seconds;
use crate::service::{Lookup, Planned};

/// Instances and backups that resources name, and instances that were read and not found.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for resource in planned {
        let Some(instance) = resource.text("instance_id") else { continue };
        match (resource.type_name.as_str(), resource.text("backup_id")) {
            ("recovery_dcs_restore", Some(backup)) => world.ensure_backup(instance, backup),
            // Which backup is not known yet: it is looked for.
            ("recovery_dcs_restore", None) => world.ensure_nightly_backups(instance),
            ("recovery_dcs_backup", _) => world.ensure_instance(instance),
            _ => {}
        }
    }
    for path in lookups {
        if let [_version, _project, kind, id, ..] = path.as_slice()
            && kind == "instances"
        {
            world.ensure_nightly_backups(id);
        }
    }
}

/// How many nightly backups an instance gets that a configuration looks for backups of.
const NIGHTS: u32 = 3;

impl World {
    /// Makes the instance unless it exists and, unless it has a backup to restore, backups of the last nights: a real
    /// one has some, and a configuration that takes the newest finds none otherwise.
    fn ensure_nightly_backups(&mut self, instance_id: &str) {
        self.ensure_instance(instance_id);
        let now = Timestamp::now();
        let usable = |backup: &Backup| backup.instance_id == instance_id && backup.status(now) == "succeed";
        if self.backups.iter().any(usable) {
            return;
        }
        let newest = self.backups.len();
        for night in 1..=NIGHTS {
            let id = formats::uuid(&format!("backup/{instance_id}"), night.into(), Timestamp::UNIX_EPOCH);
            let created_at = plus_seconds(now, f64::from(night) * -86_400.0);
            let (backup_type, period) = ("auto".to_owned(), Some("01:00-02:00".to_owned()));
            let instance_id = instance_id.to_owned();
            // The oldest record comes first.
            self.backups
                .insert(newest, Backup { id, instance_id, backup_type, period, created_at, ..Backup::default() });
        }
    }

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

    fn planned(type_name: &str, arguments: serde_json::Value) -> Planned {
        Planned { type_name: type_name.into(), arguments }
    }

    fn path(parts: &[&str]) -> Lookup {
        parts.iter().map(|part| (*part).to_owned()).collect()
    }

    #[test]
    fn what_resources_and_lookups_name_is_created() {
        for (resources, lookups, instances, backups) in [
            (vec![planned("recovery_dcs_backup", json!({"instance_id": "i"}))], vec![], 1, 0),
            (vec![planned("recovery_dcs_restore", json!({"instance_id": "i", "backup_id": "b"}))], vec![], 1, 1),
            (vec![planned("recovery_dcs_restore", json!({"instance_id": "i"}))], vec![], 1, 3),
            (vec![planned("recovery_dcs_restore", json!({"backup_id": "b"}))], vec![], 0, 0),
            (vec![planned("recovery_cbr_restore", json!({"instance_id": "i"}))], vec![], 0, 0),
            (vec![], vec![path(&["v2", "p", "instances", "i", "backups"])], 1, 3),
            (vec![], vec![path(&["v2", "p", "jobs", "i"])], 0, 0),
        ] {
            let mut world = World { instances: Vec::new(), backups: Vec::new(), ..World::default() };
            ensure(&mut world, &resources, &lookups);
            ensure(&mut world, &resources, &lookups);
            assert_eq!((world.instances.len(), world.backups.len()), (instances, backups), "{resources:?} {lookups:?}");
            assert!(world.instances.iter().all(|instance| instance.id == "i"));
        }
    }

    #[test]
    fn an_instance_that_is_looked_at_has_backups_to_restore() {
        let mut world = World { instances: Vec::new(), backups: Vec::new(), ..World::default() };
        ensure(&mut world, &[], &[path(&["v2", "p", "instances", "i"])]);
        let now = Timestamp::now();
        assert!(world.backups.iter().all(|backup| backup.status(now) == "succeed"));
        assert!(world.backups.is_sorted_by_key(|backup| backup.created_at), "the oldest comes first");
        let mut known = World::default();
        let before = known.backups.len();
        ensure(&mut known, &[], &[path(&["v2", "p", "instances", super::super::BUILT_IN_INSTANCE])]);
        assert_eq!(known.backups.len(), before, "what has backups gets no others");
    }
}
