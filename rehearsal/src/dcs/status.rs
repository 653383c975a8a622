//! What an instance looks like at an instant, told from the records of its backups and restores.

use jiff::Timestamp;

use super::world::{Instance, World};

pub(super) fn status(world: &World, instance: &Instance, now: Timestamp) -> String {
    if let Some(restore) = world.running_restore(&instance.id, now) {
        let queued = now < restore.started_at() && world.switches.running_while_waiting;
        return if queued { instance.status.clone() } else { "RESTORING".into() };
    }
    let failed = world.last_restore(&instance.id, now).is_some_and(|restore| restore.failure.is_some());
    if failed { world.switches.status_after_failed_restore.clone() } else { instance.status.clone() }
}

pub(super) fn task(world: &World, instance: &Instance, now: Timestamp) -> Option<String> {
    if world.running_restore(&instance.id, now).is_some() {
        return world.switches.task_while_restoring.clone();
    }
    // The status stays RUNNING during a backup; only the task tells.
    let backing_up = world.running_backup(&instance.id, now).map(|_| "BACKUPING".to_owned());
    backing_up.or_else(|| instance.task.clone())
}
