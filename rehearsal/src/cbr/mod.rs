//! The Cloud Backup and Recovery service, API v3: vaults, backups, checkpoints, restores and the operation log.
//!
//! Written after the CBR API reference of Open Telekom Cloud and the OpenAPI definitions of Huawei Cloud. What they
//! leave open is a field of [`Switches`], each with a default that existing clients accept.
//!
//! **Invariants.** `handle` is pure. Nothing stores a status that passes by itself: a record stores instants, and
//! `status` tells the word that holds at the instant of the request.

mod backups;
mod built_in;
mod checkpoints;
mod defaults;
mod ensure;
mod lifecycle;
mod log_record;
mod logs;
mod offers;
mod policies;
mod restore;
mod shares;
mod status;
mod switches;
mod tags;
mod vaults;
mod wire;
mod world;

pub use switches::{Conflict, CountForm, Durations, Exclusion, MalformedId, RestoreAnswer, Switches, TimeForm};
pub use world::{
    Backup, Checkpoint, Deletion, Disk, Log, Mapping, Member, Named, Policy, Resource, Server, Share, Skipped, Tag,
    Vault, World,
};

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
        logs::operations(self, now)
    }

    fn catalogue(&self) -> Vec<CatalogueRow> {
        vec![CatalogueRow::new("cbr", "cbr", "/v3/{project}")]
    }

    fn ensure(&mut self, planned: &[Planned], lookups: &[Lookup]) {
        ensure::ensure(self, planned, lookups);
    }

    fn set_platform(&mut self, platform: Platform) {
        self.platform = platform;
    }
}

/// Vault that protects servers: [`SERVER_ID`] and [`SPARE_SERVER_ID`].
pub const SERVER_VAULT_ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// Vault that protects disks: [`DISK_ID`].
pub const DISK_VAULT_ID: &str = "aaaaaaaa-0000-4000-8000-000000000002";
/// Backup of [`SERVER_ID`], with the children [`SYSTEM_CHILD_ID`] and [`DATA_CHILD_ID`].
pub const SERVER_BACKUP_ID: &str = "bbbbbbbb-0000-4000-8000-000000000001";
/// Child of [`SERVER_BACKUP_ID`], made from [`SYSTEM_DISK_ID`] (40 GB).
pub const SYSTEM_CHILD_ID: &str = "bbbbbbbb-0000-4000-8000-000000000011";
/// Child of [`SERVER_BACKUP_ID`], made from [`DATA_DISK_ID`] (100 GB).
pub const DATA_CHILD_ID: &str = "bbbbbbbb-0000-4000-8000-000000000012";
/// Backup of [`DISK_ID`].
pub const DISK_BACKUP_ID: &str = "bbbbbbbb-0000-4000-8000-000000000002";
/// Older backup of [`DISK_ID`], past the moment from which the service may delete it.
pub const EXPIRED_DISK_BACKUP_ID: &str = "bbbbbbbb-0000-4000-8000-000000000003";
/// Restore point to which [`SERVER_BACKUP_ID`] belongs.
pub const SERVER_CHECKPOINT_ID: &str = "cccccccc-0000-4000-8000-000000000001";
/// Restore point to which [`DISK_BACKUP_ID`] belongs.
pub const DISK_CHECKPOINT_ID: &str = "cccccccc-0000-4000-8000-000000000002";
/// Restore point to which [`EXPIRED_DISK_BACKUP_ID`] belongs.
pub const EXPIRED_CHECKPOINT_ID: &str = "cccccccc-0000-4000-8000-000000000003";
/// Record of a backup of [`SPARE_SERVER_ID`] that failed.
pub const FAILED_LOG_ID: &str = "99999999-0000-4000-8000-000000000001";
/// Policy of [`SERVER_VAULT_ID`].
pub const POLICY_ID: &str = "ffffffff-0000-4000-8000-000000000001";
/// System disk of [`SERVER_ID`], 40 GB.
pub const SYSTEM_DISK_ID: &str = "dddddddd-0000-4000-8000-000000000001";
/// Data disk of [`SERVER_ID`], 100 GB.
pub const DATA_DISK_ID: &str = "dddddddd-0000-4000-8000-000000000002";
/// System disk of [`SPARE_SERVER_ID`], 40 GB.
pub const SPARE_SYSTEM_DISK_ID: &str = "dddddddd-0000-4000-8000-000000000011";
/// Data disk of [`SPARE_SERVER_ID`], 100 GB.
pub const SPARE_DATA_DISK_ID: &str = "dddddddd-0000-4000-8000-000000000012";
/// Disk that is attached to nothing, 20 GB.
pub const DISK_ID: &str = "dddddddd-0000-4000-8000-000000000021";
/// Server with [`SYSTEM_DISK_ID`] and [`DATA_DISK_ID`].
pub const SERVER_ID: &str = "eeeeeeee-0000-4000-8000-000000000001";
/// Server of the same build as [`SERVER_ID`], with [`SPARE_SYSTEM_DISK_ID`] and [`SPARE_DATA_DISK_ID`].
pub const SPARE_SERVER_ID: &str = "eeeeeeee-0000-4000-8000-000000000002";
/// When the backups of the built-in world were made (UTC).
pub const BACKUP_CREATED_AT: &str = "2025-01-01T02:00:00Z";

/// Answers one request; the answer names the operation that it started, if any.
fn handle(world: &mut World, request: &Request) -> Response {
    route(world, request).unwrap_or_else(ApiError::into_response)
}

fn route(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", []) => Ok(wire::versions()),
        ("POST", ["v3", _, "backups", id, "restore"]) => restore::restore(world, request, id),
        ("GET", ["v3", _, "backups"]) => backups::list(world, request),
        ("GET", ["v3", _, "backups", id]) => backups::show(world, request, id),
        ("DELETE", ["v3", _, "backups", id]) => backups::delete(world, request, id),
        ("POST", ["v3", _, "checkpoints"]) => checkpoints::create(world, request),
        ("GET", ["v3", _, "checkpoints", id]) => checkpoints::show(world, request, id),
        ("GET", ["v3", _, "operation-logs"]) => logs::list(world, request),
        ("GET", ["v3", _, "operation-logs", id]) => logs::show(world, request, id),
        ("GET", ["v3", _, "vaults"]) => vaults::list(world, request),
        ("POST", ["v3", _, "vaults"]) => lifecycle::create(world, request),
        // A word that is no identifier is read as one only where it means nothing else.
        ("GET", ["v3", _, "vaults", "summary"]) => of_huawei_cloud(world).map(|()| vaults::summary(world, request)),
        ("GET", ["v3", _, "vaults", id]) => vaults::show(world, request, id),
        ("PUT", ["v3", _, "vaults", id]) => lifecycle::update(world, request, id),
        ("DELETE", ["v3", _, "vaults", id]) => lifecycle::delete(world, request, id),
        ("POST", ["v3", _, "vaults", id, "associatepolicy"]) => lifecycle::associate(world, request, id),
        ("POST", ["v3", _, "vaults", id, "dissociatepolicy"]) => lifecycle::dissociate(world, request, id),
        ("POST", ["v3", _, "vaults", id, "addresources"]) => vaults::add_resources(world, request, id),
        ("POST", ["v3", _, "vaults", id, "removeresources"]) => vaults::remove_resources(world, request, id),
        (_, ["v3", _, "vault", rest @ ..]) => route_tags(world, request, method, rest),
        (_, ["v3", _, "policies", rest @ ..]) => route_policies(world, request, method, rest),
        (_, ["v3", _, "backups", id, "members", rest @ ..]) => route_shares(world, request, method, id, rest),
        ("PUT", ["v3", _, "backups", id]) => {
            of_huawei_cloud(world)?;
            backups::rename(world, request, id)
        }
        ("GET", ["v3", _, "replication-capabilities"]) => Ok(offers::replication(world)),
        ("GET", ["v3", _, "cbr-features"]) => of_huawei_cloud(world).map(|()| offers::features(world)),
        ("GET", ["v3", _, "cbr-features", key]) => of_huawei_cloud(world).and_then(|()| offers::feature(world, key)),
        ("GET", ["v3", _, "protectables", kind, "instances"]) => offers::protectables(world, request, kind),
        ("GET", ["v3", _, "protectables", kind, "instances", id]) => offers::protectable(world, kind, id),
        _ => Err(ApiError::NoSuchApi),
    }
}

/// Refuses what the documents of Open Telekom Cloud do not have: a client that uses it there fails here too.
fn of_huawei_cloud(world: &World) -> Result<(), ApiError> {
    if world.platform == Platform::Huaweicloud { Ok(()) } else { Err(ApiError::NoSuchApi) }
}

fn route_tags(world: &mut World, request: &Request, method: &str, path: &[&str]) -> Result<Response, ApiError> {
    match (method, path) {
        ("POST", ["resource_instances", "action"]) => tags::filter(world, request),
        ("GET", ["tags"]) => Ok(tags::of_all(world, request)),
        ("GET", [id, "tags"]) => tags::of_vault(world, request, id),
        ("POST", [id, "tags"]) => tags::add(world, request, id),
        ("POST", [id, "tags", "action"]) => tags::act(world, request, id),
        ("DELETE", [id, "tags", key]) => tags::remove(world, request, id, key),
        _ => Err(ApiError::NoSuchApi),
    }
}

fn route_policies(world: &mut World, request: &Request, method: &str, path: &[&str]) -> Result<Response, ApiError> {
    match (method, path) {
        ("GET", []) => Ok(policies::list(world, request)),
        ("POST", []) => policies::create(world, request),
        ("GET", [id]) => policies::show(world, request, id),
        ("PUT", [id]) => policies::update(world, request, id),
        ("DELETE", [id]) => policies::delete(world, request, id),
        _ => Err(ApiError::NoSuchApi),
    }
}

fn route_shares(
    world: &mut World,
    request: &Request,
    method: &str,
    backup: &str,
    path: &[&str],
) -> Result<Response, ApiError> {
    match (method, path) {
        ("GET", []) => shares::list(world, request, backup),
        ("POST", []) => shares::add(world, request, backup),
        ("GET", [project]) => shares::show(world, request, backup, project),
        ("DELETE", [project]) => shares::remove(world, request, backup, project),
        _ => Err(ApiError::NoSuchApi),
    }
}

#[cfg(test)]
mod testing;
