//! What a restore request asks for: its fields, and the target that they name.

use super::super::wire::{ApiError, array, body_object, boolean, string};
use super::super::world::{Backup, DISK, Disk, Mapping, Named, Resource, Server, TURBO, World};
use crate::formats;
use crate::service::Platform;
use crate::service::Request;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Fields that every cloud knows.
const FIELDS: [&str; 4] = ["mappings", "power_on", "server_id", "volume_id"];
/// Fields that only one cloud knows.
const HUAWEI_FIELDS: [&str; 2] = ["resource_id", "details"];
/// The longest `details.destination_path`, in characters.
const LONGEST_PATH: usize = 255;

/// The fields of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) server_id: Option<String>,
    pub(super) volume_id: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) power_on: Option<bool>,
    pub(super) destination_path: Option<String>,
}

/// What is overwritten.
pub(super) enum Target<'a> {
    Server(&'a Server),
    Disk(&'a Disk, Option<&'a Server>),
    Resource(&'a Resource),
}

impl Target<'_> {
    pub(super) fn named(&self) -> Named {
        match self {
            Target::Server(server) => Named::new(&server.id, &server.name, &server.kind),
            Target::Disk(disk, _) => Named::new(&disk.id, &disk.name, DISK),
            Target::Resource(resource) => Named::new(&resource.id, &resource.name, &resource.kind),
        }
    }
}

impl Order {
    /// Reads the body.
    pub(super) fn read(world: &World, request: &Request) -> Result<Order, ApiError> {
        let body = body_object(request, "restore")?;
        let huawei = world.switches.huawei_restore_fields.unwrap_or(world.platform == Platform::Huaweicloud);
        if world.switches.refuse_unknown_fields {
            check_known(&body, huawei)?;
        }
        let mut order = Order {
            server_id: identifier(&body, "server_id")?,
            volume_id: identifier(&body, "volume_id")?,
            mappings: mappings(&body)?,
            power_on: boolean(&body, "power_on")?,
            ..Order::default()
        };
        if huawei {
            order.resource_id = identifier(&body, "resource_id")?;
            order.destination_path = destination_path(&body)?;
        }
        Ok(order)
    }

    /// The target, which has to fit the kind of backup and to exist.
    pub(super) fn target<'a>(&self, world: &'a World, backup: &Backup) -> Result<Target<'a>, ApiError> {
        match backup.resource_type.as_str() {
            TURBO => Err(ApiError::parameter("a file system backup cannot be restored in place.")),
            DISK => self.disk(world),
            _ if backup.is_server() => self.server(world, backup),
            _ => self.resource(world),
        }
    }

    fn disk<'a>(&self, world: &'a World) -> Result<Target<'a>, ApiError> {
        let id =
            self.volume_id.as_ref().ok_or_else(|| ApiError::parameter("volume_id is missing for a disk backup."))?;
        let found = world.disk(id).ok_or_else(|| ApiError::new(7000, "The disk does not exist."))?;
        Ok(Target::Disk(found.0, found.1))
    }

    fn server<'a>(&self, world: &'a World, backup: &Backup) -> Result<Target<'a>, ApiError> {
        let missing = |field: &str| ApiError::parameter(format!("{field} is missing for a server backup."));
        let id = self.server_id.as_ref().ok_or_else(|| missing("server_id"))?;
        if self.mappings.is_empty() {
            return Err(missing("mappings"));
        }
        self.check_mappings(world, backup)?;
        world.server(id).map(Target::Server).ok_or_else(|| ApiError::new(7100, "The server does not exist."))
    }

    fn resource<'a>(&self, world: &'a World) -> Result<Target<'a>, ApiError> {
        let missing = || ApiError::parameter("resource_id is missing for this type of backup.");
        let id = self.resource_id.as_ref().ok_or_else(missing)?;
        let found = world.resources.iter().find(|resource| resource.id == *id);
        found.map(Target::Resource).ok_or_else(|| ApiError::new(6302, "The resource does not exist."))
    }

    fn check_mappings(&self, world: &World, backup: &Backup) -> Result<(), ApiError> {
        let mapped: HashSet<&str> = self.mappings.iter().map(|mapping| mapping.backup_id.as_str()).collect();
        let disks: HashSet<&str> = self.mappings.iter().map(|mapping| mapping.volume_id.as_str()).collect();
        let children: HashSet<&str> = backup.children.iter().map(|child| child.id.as_str()).collect();
        if let Some(stranger) = mapped.difference(&children).next() {
            return Err(ApiError::parameter(format!(
                "mappings name {stranger}, which is no disk backup of {}.",
                backup.id
            )));
        }
        let repeated = mapped.len() < self.mappings.len() || disks.len() < self.mappings.len();
        if repeated && !world.switches.repeated_mappings {
            return Err(ApiError::parameter("mappings name a disk backup or a disk twice."));
        }
        if mapped.len() < children.len() && !world.switches.partial_mappings {
            return Err(ApiError::parameter("mappings leave out a disk backup."));
        }
        Ok(())
    }
}

fn check_known(body: &Map<String, Value>, huawei: bool) -> Result<(), ApiError> {
    let known = |key: &str| FIELDS.contains(&key) || huawei && HUAWEI_FIELDS.contains(&key);
    match body.keys().find(|key| !known(key)) {
        Some(stranger) => Err(ApiError::parameter(format!("{stranger} is not a field of restore."))),
        None => Ok(()),
    }
}

fn identifier(body: &Map<String, Value>, key: &str) -> Result<Option<String>, ApiError> {
    let id = string(body, key)?;
    match &id {
        Some(text) if !formats::is_uuid(text) => Err(ApiError::parameter(format!("{key} is not a valid identifier."))),
        _ => Ok(id),
    }
}

fn mappings(body: &Map<String, Value>) -> Result<Vec<Mapping>, ApiError> {
    let entries = array(body, "mappings")?.map_or(&[][..], Vec::as_slice);
    entries.iter().map(mapping).collect()
}

fn mapping(entry: &Value) -> Result<Mapping, ApiError> {
    let entry = entry.as_object().ok_or_else(|| ApiError::parameter("mappings must hold objects."))?;
    let field =
        |key: &str| identifier(entry, key)?.ok_or_else(|| ApiError::parameter(format!("mappings.{key} is missing.")));
    Ok(Mapping { backup_id: field("backup_id")?, volume_id: field("volume_id")? })
}

fn destination_path(body: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let details = match body.get("details") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(details)) => details,
        Some(_) => return Err(ApiError::parameter("details must be an object.")),
    };
    match string(details, "destination_path")? {
        Some(path) if (1..=LONGEST_PATH).contains(&path.chars().count()) => Ok(Some(path)),
        _ => Err(ApiError::parameter(format!("details.destination_path must have 1 to {LONGEST_PATH} characters."))),
    }
}
