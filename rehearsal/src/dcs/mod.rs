//! DCS, API v1.0 and v2: backup, restore, and what a caller needs to follow them.
//!
//! Both versions work on the same records. They differ in paging, names of filters, error bodies and a few answers;
//! each difference is where its endpoint is.

mod backups;
mod built_in;
mod catalogue;
mod ensure;
mod errors;
mod instances;
mod jobs;
mod lists;
mod nodes;
mod print;
mod restores;
mod status;
mod switches;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod world;

pub use built_in::BUILT_IN_INSTANCE;
use errors::ApiError;
use serde_json::{Value, json};
pub use switches::*;
pub use world::*;

use crate::service::{Backend, CatalogueRow, Lookup, Operation, Planned, Platform, Request, Response};
use jiff::Timestamp;

impl Backend for World {
    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }

    fn takes_ids_in_any_case(&self) -> bool {
        self.switches.ids_in_any_case
    }

    fn operations(&self, now: Timestamp) -> Vec<Operation> {
        operations(self, now)
    }

    /// Two rows, one with and one without the project; clients look for either.
    fn catalogue(&self) -> Vec<CatalogueRow> {
        vec![
            CatalogueRow::new("Distributed Cache Service", "dcs", "/v1.0/"),
            CatalogueRow::new("dcsv1", "dcsv1", "/v1.0/{project}"),
        ]
    }

    fn set_platform(&mut self, platform: Platform) {
        self.platform = platform;
    }

    fn ensure(&mut self, planned: &[Planned], lookups: &[Lookup]) {
        ensure::ensure(self, planned, lookups);
    }

    /// A few paths have no project, but a plain word in its place.
    fn project_in<'path>(&self, path: &'path [String]) -> Option<&'path str> {
        let second = path.get(1)?.as_str();
        let plain_word = matches!(second, "instances" | "availableZones" | "products" | "available-zones" | "flavors");
        (!plain_word).then_some(second)
    }

    fn project_mismatch(&self, path: &[String]) -> Option<Response> {
        let version = if path.first().is_some_and(|version| version == "v1.0") { Version::V1 } else { Version::V2 };
        Some(ApiError::project_mismatch().response(version, &self.switches))
    }

    /// A restore record names its backup too, so that its own id comes first.
    fn record_ids(&self) -> &'static [&'static str] {
        &["restore_id", "backup_id", "id"]
    }
}

/// Answers a request. Paths that DCS does not have are 404 with code 4001, as in the real cloud.
fn handle(world: &mut World, request: &Request) -> Response {
    let (method, path) = request.route();
    let (version, rest) = match path.as_slice() {
        [] => return versions(method),
        ["v1.0" | "v2", "instances", "maintain-windows"] if method == "GET" => return catalogue::maintain_windows(),
        ["v1.0", "availableZones"] if method == "GET" => return catalogue::available_zones("regionId"),
        ["v2", "available-zones"] if method == "GET" => return catalogue::available_zones("region_id"),
        ["v1.0", "products"] if method == "GET" => return catalogue::products(world),
        ["v2", "flavors"] if method == "GET" => return catalogue::flavors(world, request),
        ["v1.0", _project, rest @ ..] => (Version::V1, rest.to_vec()),
        ["v2", _project, rest @ ..] => (Version::V2, rest.to_vec()),
        _ => (Version::V2, Vec::new()),
    };
    match route(world, request, version, method, &rest) {
        Ok(response) => response,
        Err(error) => error.response(version, &world.switches),
    }
}

/// Every operation known at `now`, for the timeline.
fn operations(world: &World, now: Timestamp) -> Vec<Operation> {
    let ended = |instant: Timestamp| (instant <= now).then_some(instant);
    let backups = world.backups.iter().filter(|backup| backup.created_at <= now).map(|backup| Operation {
        service: "dcs".into(),
        kind: "backup".into(),
        id: backup.id.clone(),
        target: backup.instance_id.clone(),
        started: backup.created_at,
        ended: ended(backup.ended_at()),
        status: backup.status(now).to_owned(),
    });
    let restores = world.restores.iter().filter(|restore| restore.created_at <= now).map(|restore| Operation {
        service: "dcs".into(),
        kind: "restore".into(),
        id: restore.id.clone(),
        target: restore.instance_id.clone(),
        started: restore.created_at,
        ended: ended(restore.settled_at().max(restore.ended_at())),
        status: restore.status(now).to_owned(),
    });
    backups.chain(restores).collect()
}

fn route(
    world: &mut World,
    request: &Request,
    version: Version,
    method: &str,
    path: &[&str],
) -> Result<Response, ApiError> {
    match (version, method, path) {
        (_, "GET", ["instances"]) => instances::list(world, request, version),
        (_, "GET", ["instances", "status"]) => Ok(instances::counts(world, request)),
        (_, "GET", ["instances", "statistic"]) => Ok(instances::statistics(world, request)),
        (_, "GET", ["quota"]) => Ok(catalogue::quota(world, request)),
        (Version::V2, "GET", ["flavors"]) => Ok(catalogue::flavors(world, request)),
        (Version::V2, "GET", ["instances-logical-nodes"]) => nodes::of_all(world, request),
        (Version::V2, "GET", ["instance", id, "groups"]) => nodes::shards(world, request, id),
        (Version::V2, "GET", ["instances", id, "ssl"]) => nodes::ssl(world, request, id),
        (Version::V2, "POST", ["instances", id, "ssl-certs", "download"]) => nodes::certificate(world, request, id),
        (Version::V2, "GET", ["instances", id, "tags"]) => nodes::tags(world, request, id),
        (Version::V2, "GET", ["dcs", "tags"]) => Ok(nodes::tags_of_all(world, request)),
        (_, "GET", ["instances", id]) => instances::show(world, request, version, id),
        (_, "DELETE", ["instances", id]) => instances::delete(world, request, id),
        (_, "GET", ["instances", id, "backups"]) => backups::list(world, request, version, id),
        (_, "POST", ["instances", id, "backups"]) => backups::create(world, request, version, id),
        (_, "DELETE", ["instances", id, "backups", backup]) => backups::delete(world, request, version, id, backup),
        (_, "POST", ["instances", id, "backups", backup, "links"]) => backups::links(world, request, id, backup),
        (_, "GET", ["instances", id, "restores"]) => restores::list(world, request, version, id),
        (_, "POST", ["instances", id, "restores"]) => restores::create(world, request, id),
        (Version::V2, "GET", ["instances", id, "tasks"]) => jobs::tasks_of_instance(world, request, id),
        (Version::V2, "GET", ["tasks"]) => jobs::no_tasks(request),
        (Version::V2, "GET", ["jobs", id]) => jobs::show(world, request, id),
        (_, _, ["instances"] | ["instances", _] | ["instances", _, "backups" | "restores"]) => {
            Err(ApiError::no_method())
        }
        _ => Err(ApiError::no_url()),
    }
}

fn versions(method: &str) -> Response {
    if method != "GET" {
        return ApiError::no_method().response(Version::V2, &Switches::default());
    }
    let version = |id: &str, status: &str| {
        json!({"id": id, "status": status, "version": "", "min_version": "", "updated": "2018-01-30T14:44:00Z",
               "links": [{"rel": "self", "href": format!("/{id}")}]})
    };
    Response::json(200, json!({"versions": [version("v1.0", "DEPRECATED"), version("v2", "CURRENT")]}))
}

/// Reads a JSON object from a body; both an empty body and one that is no JSON object have codes of their own.
fn object_body(request: &Request) -> Result<serde_json::Map<String, Value>, ApiError> {
    if request.body.is_empty() {
        return Err(ApiError::bad(4004, "The request body is empty."));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(ApiError::bad(4005, "The request body is not in JSON format.")),
    }
}

/// An optional text of a body, at most 128 characters when it is a remark.
fn optional_text(fields: &serde_json::Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if name == "remark" && text.chars().count() > 128 => {
            Err(ApiError::bad(4098, "The remark is longer than 128 characters."))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::bad(4063, format!("Invalid parameter {name}."))),
    }
}
