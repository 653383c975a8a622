//! The Relational Database Service: backups, restores to an existing instance, and the look-ups around them, API v3 and v3.1.
//!
//! Written after the RDS API references of Open Telekom Cloud and Huawei Cloud. What they leave open is a field of
//! [`Switches`].
//!
//! **Invariants.** `handle` is pure. Nothing stores a status that passes by itself: records store instants, and `status`
//! tells what holds at the instant of the request.

mod backups;
mod built_in;
mod ensure;
mod instances;
mod recovery;
mod status;
mod switches;
mod tasks;
mod world;

pub use built_in::{
    BACKUP_ID, POSTGRES_BACKUP_ID, POSTGRES_ID, POSTGRES_TARGET_ID, SOURCE_ID, SQLSERVER_BACKUP_ID, SQLSERVER_ID,
    TARGET_ID,
};
pub use switches::{Durations, Switches, TargetReady};
pub use world::World;

use jiff::Timestamp;

use crate::dbs::ApiError;
use crate::service::{Backend, CatalogueRow, Lookup, Operation, Planned, Platform, Request, Response};

impl Backend for World {
    fn handle(&mut self, request: &Request) -> Response {
        route(self, request).unwrap_or_else(ApiError::into_response)
    }

    fn operations(&self, now: Timestamp) -> Vec<Operation> {
        let backups = self.backups.iter().filter(|backup| backup.is_manual() && backup.created <= now);
        let jobs = self.jobs.iter().filter(|job| job.created <= now);
        let mut operations: Vec<Operation> = backups.map(|backup| backup.operation("rds", now)).collect();
        operations.extend(jobs.map(|job| job.operation("rds", now)));
        operations.sort_by_key(|operation| operation.started);
        operations
    }

    fn catalogue(&self) -> Vec<CatalogueRow> {
        [("rds", "/rds/v1/{project}"), ("rdsv3", "/v3/{project}")]
            .map(|(kind, path)| CatalogueRow::new(kind, kind, path))
            .to_vec()
    }

    fn takes_ids_in_any_case(&self) -> bool {
        self.switches.ids_in_any_case
    }

    fn ensure(&mut self, planned: &[Planned], lookups: &[Lookup]) {
        ensure::ensure(self, planned, lookups);
    }

    fn set_platform(&mut self, platform: Platform) {
        self.platform = platform;
    }
}

fn route(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["v3", _, "backups"]) => backups::create(world, request),
        ("GET", ["v3", _, "backups"]) => backups::list(world, request),
        ("DELETE", ["v3", _, "backups", id]) => backups::delete(world, request, id),
        ("GET", ["v3", _, "instances"]) => instances::list(world, request),
        ("DELETE", ["v3", _, "instances", id]) => instances::delete_instance(world, request, id),
        ("GET", ["v3", _, "instances", id, "restore-time"]) => instances::restore_times(world, request, id),
        ("POST", ["v3", _, "instances", "recovery"]) => recovery::restore(world, request, recovery::Version::V3),
        ("POST", ["v3.1", _, "instances", "recovery"]) => recovery::restore(world, request, recovery::Version::V31),
        ("GET", ["v3", _, "jobs"]) => tasks::show(world, request),
        ("GET", ["v3", _, "tasklist"]) => tasks::list(world, request),
        ("GET", ["v3", _, "instances", id, "tasklist", "detail"]) => tasks::details(world, request, id),
        _ => Err(ApiError::no_such_api()),
    }
}

#[cfg(test)]
mod tests;
