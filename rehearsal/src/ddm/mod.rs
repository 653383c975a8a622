//! The Distributed Database Middleware service: the calls around "restore data to a new instance", API v3, with the
//! instance calls of API v1.
//!
//! Written after the DDM API references of Open Telekom Cloud and Huawei Cloud. What they leave open is a field of
//! [`Switches`], each with a default that existing clients accept.
//!
//! **Invariants.** `handle` is pure. Nothing stores a status that passes by itself: jobs store instants, and
//! `status` tells what holds at the instant of the request; which data nodes an instance has follows from them too.

mod backups;
mod built_in;
mod candidates;
mod defaults;
mod ensure;
mod instances;
mod jobs;
mod nodes;
mod recovery;
mod status;
mod switches;
mod wire;
mod world;

pub use built_in::data_node_id;
pub use switches::{Durations, ErrorShape, RestoreShownOn, Switches, TargetReady};
pub use world::{Backup, DataNode, Instance, Interval, Job, Membership, Relation, World};

use crate::service::{Backend, CatalogueRow, Lookup, Operation, Planned, Platform, Request, Response};
use jiff::Timestamp;
use wire::ApiError;

impl Backend for World {
    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }

    fn takes_ids_in_any_case(&self) -> bool {
        self.switches.ids_in_any_case
    }

    fn operations(&self, now: Timestamp) -> Vec<Operation> {
        jobs::operations(self, now)
    }

    /// The type names under which the Go client of Open Telekom Cloud looks for it.
    fn catalogue(&self) -> Vec<CatalogueRow> {
        if !self.switches.in_catalogue {
            return Vec::new();
        }
        let row = |(kind, path)| CatalogueRow::new(kind, kind, path);
        [("ddm", "/v1/{project}"), ("ddmv1", "/v1/{project}"), ("ddmv2", "/v2/{project}"), ("ddmv3", "/v3/{project}")]
            .map(row)
            .to_vec()
    }

    fn ensure(&mut self, planned: &[Planned], lookups: &[Lookup]) {
        ensure::ensure(self, planned, lookups);
    }

    fn set_platform(&mut self, platform: Platform) {
        self.platform = platform;
    }
}

/// Instance with two data nodes ([`SOURCE_NODE_IDS`]), restorable from the first of January 2025 until five minutes ago.
pub const SOURCE_ID: &str = "dd000000000000000000000000000001in09";
/// Fresh instance in the network of [`SOURCE_ID`]; a restore of that one to [`FRESH_NODE_IDS`] is accepted.
pub const TARGET_ID: &str = "dd000000000000000000000000000002in09";
/// Instance with [`WIDE_NODES`] data nodes: `data_node_id(301)` and following.
pub const WIDE_SOURCE_ID: &str = "dd000000000000000000000000000003in09";
/// Fresh instance in the network of [`WIDE_SOURCE_ID`], where the fresh data nodes are `data_node_id(401)` and following.
pub const WIDE_TARGET_ID: &str = "dd000000000000000000000000000004in09";
/// How many data nodes [`WIDE_SOURCE_ID`] has.
pub const WIDE_NODES: u32 = 12;
/// Data nodes of [`SOURCE_ID`].
pub const SOURCE_NODE_IDS: [&str; 2] = ["da000000000000000000000000000101in01", "da000000000000000000000000000102in01"];
/// Data nodes that belong to no instance.
pub const FRESH_NODE_IDS: [&str; 2] = ["da000000000000000000000000000201in01", "da000000000000000000000000000202in01"];
/// Metadata backup of [`SOURCE_ID`].
pub const BACKUP_ID: &str = "db000000000000000000000000000001br09";
/// Older metadata backup of [`SOURCE_ID`], which the service no longer holds.
pub const EXPIRED_BACKUP_ID: &str = "db000000000000000000000000000002br09";
/// When everything of the built-in world was made, and from when on it can be restored (UTC).
pub const BUILT_IN_SINCE: &str = "2025-01-01T00:00:00Z";

/// Answers one request; the answer names the job that it started, if any.
fn handle(world: &mut World, request: &Request) -> Response {
    route(world, request).unwrap_or_else(|error| error.into_response(world))
}

fn route(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["v3", _, "instances", id, "backups", "recovery"]) => recovery::restore(world, request, id),
        ("POST", ["v3", _, "instances", id, "backups", "metadata-recovery"]) => {
            recovery::restore_metadata(world, request, id)
        }
        ("GET", ["v3", _, "instances", id, "backups", "restorable-time-interval"]) => {
            candidates::intervals(world, request, id)
        }
        ("GET", ["v3", _, "instances", id, "backups", "related-dn"]) => candidates::related_nodes(world, request, id),
        ("GET", ["v3", _, "instances", id, "backups", "restorable-instances"]) => {
            candidates::targets(world, request, id)
        }
        ("GET", ["v3", _, "instances", id, "backups", "restorable-data-node"]) => {
            candidates::target_nodes(world, request, id)
        }
        ("GET", ["v3", _, "instances", id, "backups", backup]) => backups::show(world, request, id, backup),
        ("GET", ["v3", _, "backups"]) => backups::list(world, request),
        ("DELETE", ["v3", _, "backups", id]) => backups::delete(world, request, id),
        ("GET", ["v3", _, "jobs"]) => jobs::list(world, request),
        ("GET", ["v3", _, "jobs", id]) => jobs::show(world, request, id),
        ("GET", ["v3", _, "instances"]) => instances::list_v3(world, request),
        ("GET", ["v1", _, "instances"]) => instances::list_v1(world, request),
        ("GET", ["v1", _, "instances", id]) => instances::show(world, request, id),
        ("GET", ["v1", _, "instances", id, "nodes"]) => nodes::list(world, request, id),
        ("GET", ["v3", _, "instances", id, "nodes", node]) => nodes::show(world, request, id, node),
        ("GET", ["v1", _, "instances", id, "nodes", node]) => nodes::show_v1(world, request, id, node),
        ("GET", ["v2", _, "engines"]) => nodes::engines_v2(world, request),
        ("GET", ["v2", _, "flavors"]) => nodes::flavors_v2(world, request),
        ("GET", ["v3", _, "engines"]) => nodes::engines(world, request),
        ("GET", ["v3", _, "flavors"]) => nodes::flavors(world, request),
        _ => Err(ApiError::no_such_api()),
    }
}

#[cfg(test)]
mod testing;
