//! What holds at an instant, told from the instants that the records store.

use jiff::Timestamp;

use super::world::World;
use crate::dbs::{ApiError, Instance, Job};

impl World {
    /// The status of an instance as a caller sees it.
    pub(super) fn instance_status(&self, instance: &Instance, now: Timestamp) -> String {
        if !instance.is_built(now) {
            return "BUILD".to_owned();
        }
        if let Some(failure) = &instance.failure {
            return failure.status.clone().unwrap_or_else(|| "CREATE FAIL".to_owned());
        }
        let overwrites = |job: &&Job| job.target_id == instance.id && job.created <= now && job.kind == "restore";
        let own_jobs = || self.jobs.iter().filter(overwrites);
        if own_jobs().any(|job| job.is_shown_on_target(now)) {
            return "RESTORING".to_owned();
        }
        if self.is_backing_up(instance, now) {
            return "BACKING UP".to_owned();
        }
        match own_jobs().rfind(|job| job.has_ended(now)) {
            Some(job) if job.failure.is_some() => self.switches.target_after_failed_restore.clone(),
            _ => instance.status.clone(),
        }
    }

    fn is_backing_up(&self, instance: &Instance, now: Timestamp) -> bool {
        self.backups.iter().any(|backup| backup.instance_id == instance.id && backup.is_active(now))
    }

    /// Refuses work on an instance that is busy or broken.
    pub(super) fn check_idle(&self, instance: &Instance, now: Timestamp) -> Result<(), ApiError> {
        let active = self.jobs.iter().any(|job| job.target_id == instance.id && job.is_active(now));
        let busy = || ApiError::new(409, 200_019, "Another operation is being performed on the DB instance.");
        match self.instance_status(instance, now).as_str() {
            _ if active => Err(busy()),
            "ACTIVE" => Ok(()),
            "BACKING UP" if !self.switches.backing_up_is_busy => Ok(()),
            "FAILED" | "CREATE FAIL" | "FROZEN" | "STORAGE FULL" => {
                Err(ApiError::new(400, 201_014, "The operation is not allowed by the status of the DB instance."))
            }
            _ => Err(busy()),
        }
    }
}
