//! The Document Database Service: backups, restores of an instance onto itself, and the look-ups around them, API v3.
//!
//! Written after the DDS API references of Open Telekom Cloud and Huawei Cloud. What they leave open is a field of
//! [`Switches`].
//!
//! **Invariants.** `handle` is pure. Nothing stores a status that passes by itself: records store instants, and
//! `instances` tells what holds at the instant of the request.

mod backups;
mod ensure;
mod instances;
mod recovery;
mod switches;
mod world;

pub use switches::{Durations, Switches};
pub use world::{BACKUP_ID, CLUSTER_ID, INSTANCE_ID, SINGLE_ID, World};

use jiff::Timestamp;

use crate::dbs::ApiError;
use crate::service::{Backend, CatalogueRow, Lookup, Operation, Planned, Platform, Request, Response};

impl Backend for World {
    fn handle(&mut self, request: &Request) -> Response {
        route(self, request).unwrap_or_else(ApiError::into_response)
    }

    fn operations(&self, now: Timestamp) -> Vec<Operation> {
        let backups = self.backups.iter().filter(|backup| backup.is_manual() && backup.created <= now);
        let jobs = self.jobs.iter().filter(|job| job.created <= now && job.kind == "restore");
        let mut operations: Vec<Operation> = backups.map(|backup| backup.operation("dds", now)).collect();
        operations.extend(jobs.map(|job| job.operation("dds", now)));
        operations.sort_by_key(|operation| operation.started);
        operations
    }

    fn catalogue(&self) -> Vec<CatalogueRow> {
        vec![CatalogueRow::new("ddsv3", "ddsv3", "/v3/{project}")]
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
        ("POST", ["v3", _, "instances", "recovery"]) => recovery::restore(world, request),
        ("GET", ["v3", _, "jobs"]) => recovery::show(world, request),
        ("GET", ["v3.1", _, "jobs"]) => recovery::list(world, request),
        _ => Err(ApiError::no_such_api()),
    }
}

#[cfg(test)]
mod tests;
