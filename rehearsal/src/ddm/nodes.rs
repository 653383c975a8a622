//! Middleware nodes, engines and node classes: read by clients before they come to an instance.

use super::instances::{self, FLAVOR, MOST_NODES, ZONE, find, node};
use super::wire::{ApiError, Page};
use super::world::{Instance, World};
use crate::service::{Request, Response};
use serde_json::{Value, json};

/// The one engine there is.
const ENGINE_ID: &str = "e1000000-0000-4000-8000-000000000001";
/// The one node class there is.
const FLAVOR_ID: &str = "f1000000-0000-4000-8000-000000000001";
/// The version of the engine.
const ENGINE_VERSION: &str = "3.1.6.1";

/// `GET /v1/{project_id}/instances/{instance_id}/nodes`; a page holds all of them unless less is asked for.
pub(super) fn list(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let page = Page::usually(world, request, u64::from(MOST_NODES))?;
    let nodes = (1..=instance.node_count.min(MOST_NODES)).map(|number| node(instance, number)).collect();
    Ok(page.answer("nodes", nodes))
}

/// `GET /v3/{project_id}/instances/{instance_id}/nodes/{node_id}`.
pub(super) fn show(world: &World, request: &Request, id: &str, node_id: &str) -> Result<Response, ApiError> {
    let (instance, number) = find_node(world, request, id, node_id)?;
    let body = json!({
        "id": node_id,
        "name": node_name(instance, number),
        "status": "normal",
        "private_ip": instance.access_ip,
        "group_id": instances::group_id(instance),
        "az_code": ZONE,
        "subnet_id": instance.subnet_id,
    });
    Ok(Response::json(200, body))
}

/// `GET /v1/{project_id}/instances/{instance_id}/nodes/{node_id}`, which names the same things differently.
pub(super) fn show_v1(world: &World, request: &Request, id: &str, node_id: &str) -> Result<Response, ApiError> {
    let (instance, number) = find_node(world, request, id, node_id)?;
    let body = json!({
        "node_id": node_id,
        "name": node_name(instance, number),
        "status": "normal",
        "private_ip": instance.access_ip,
        "floating_ip": "",
        "server_id": "",
        "subnet_name": "",
        "datavolume_id": "",
        "res_subnet_ip": "",
        "systemvolume_id": "",
    });
    Ok(Response::json(200, body))
}

fn find_node<'a>(
    world: &'a World,
    request: &Request,
    id: &str,
    node_id: &str,
) -> Result<(&'a Instance, u32), ApiError> {
    let instance = find(world, request, id)?;
    let mut numbers = 1..=instance.node_count.min(MOST_NODES);
    let found = numbers.find(|number| instances::node_id(instance, *number) == node_id);
    found.map(|number| (instance, number)).ok_or_else(|| ApiError::parameter("node_id names no node of the instance."))
}

fn node_name(instance: &Instance, number: u32) -> String {
    format!("{}-node-{number}", instance.name)
}

/// `GET /v3/{project_id}/engines`.
pub(super) fn engines(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let engine = json!({ "id": ENGINE_ID, "name": "ddm", "version": ENGINE_VERSION });
    Ok(page.answer("engine_groups", vec![engine]))
}

/// `GET /v2/{project_id}/engines`.
pub(super) fn engines_v2(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let zone = json!({ "code": ZONE, "name": ZONE, "favored": true });
    let engine = json!({ "id": ENGINE_ID, "name": "ddm", "version": ENGINE_VERSION, "supportAzs": [zone] });
    Ok(page.answer("engineGroups", vec![engine]))
}

/// `GET /v3/{project_id}/flavors` of an engine.
pub(super) fn flavors(world: &World, request: &Request) -> Result<Response, ApiError> {
    let flavor = json!({
        "id": FLAVOR_ID,
        "spec_code": FLAVOR,
        "vcpus": "32",
        "ram": "64",
        "az_infos": [{ "code": ZONE, "description": ZONE, "status": "normal" }],
    });
    let mut group = Page::read(world, request)?.body("flavors", of_engine(request, flavor));
    group.insert("group_type".to_owned(), json!("X86"));
    Ok(Response::json(200, json!({ "flavor_groups": [group] })))
}

/// `GET /v2/{project_id}/flavors` of an engine.
pub(super) fn flavors_v2(world: &World, request: &Request) -> Result<Response, ApiError> {
    let flavor = json!({
        "id": FLAVOR_ID,
        "typeCode": "hws.resource.type.ddm",
        "code": FLAVOR,
        "iaasCode": "s2.8xlarge.2",
        "cpu": "32",
        "mem": "64",
        "maxConnections": null,
        "serverType": "KVM",
        "architecture": "X86",
        "azStatus": { ZONE: "normal" },
        "regionStatus": "normal",
        "groupType": null,
        "dbType": "DDM",
        "extendFields": {},
    });
    let mut group = Page::read(world, request)?.body("computeFlavors", of_engine(request, flavor));
    group.insert("groupType".to_owned(), json!("X86"));
    Ok(Response::json(200, json!({ "computeFlavorGroups": [group] })))
}

/// The node class, unless it is asked for that of another engine.
fn of_engine(request: &Request, flavor: Value) -> Vec<Value> {
    let known = request.query("engine_id").is_none_or(|engine| engine == ENGINE_ID);
    if known { vec![flavor] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Cloud, list_of, text};
    use super::super::{BACKUP_ID, EXPIRED_BACKUP_ID, SOURCE_ID, World};
    use super::*;
    use crate::service::Platform;

    #[test]
    fn nodes_engines_and_classes_are_read() {
        let mut cloud = Cloud::new();
        let nodes = cloud.get_ok(&format!("v1/instances/{SOURCE_ID}/nodes"));
        assert_eq!((list_of(&nodes, "nodes").len(), &nodes["limit"], &nodes["total"]), (2, &json!(128), &json!(2)));
        assert_eq!(list_of(&cloud.get_ok(&format!("v1/instances/{SOURCE_ID}/nodes?limit=1")), "nodes").len(), 1);
        let id = text(&nodes, "/nodes/1/node_id");
        let shown = cloud.get_ok(&format!("v3/instances/{SOURCE_ID}/nodes/{id}"));
        assert_eq!((text(&shown, "/id"), text(&shown, "/name")), (id, "orders-node-2".to_owned()));
        cloud.get_refused(&format!("v3/instances/{SOURCE_ID}/nodes/none"), 400, "DBS.280001");
        let engine = text(&cloud.get_ok("v3/engines"), "/engine_groups/0/id");
        let flavors = cloud.get_ok(&format!("v3/flavors?engine_id={engine}"));
        assert_eq!(text(&flavors, "/flavor_groups/0/flavors/0/spec_code"), FLAVOR);
        assert_eq!(cloud.get_ok("v3/flavors?engine_id=x")["flavor_groups"][0]["total"], 0);
        let older = cloud.get_ok(&format!("v1/instances/{SOURCE_ID}/nodes/{}", text(&shown, "/id")));
        assert_eq!(text(&older, "/name"), "orders-node-2");
        assert_eq!(text(&cloud.get_ok("v2/engines"), "/engineGroups/0/id"), engine);
        let older = cloud.get_ok("v2/flavors?limit=1");
        assert_eq!(text(&older, "/computeFlavorGroups/0/computeFlavors/0/code"), FLAVOR);
    }

    #[test]
    fn lists_have_an_order_on_one_cloud_only() {
        let mut cloud = Cloud::new();
        for (platform, has_order) in [(Platform::Otc, false), (Platform::Huaweicloud, true)] {
            cloud.world.platform = platform;
            for list in ["v1/instances", "v3/instances"] {
                let found = cloud.get_ok(list)["instances"][0].get("order_id").is_some();
                assert_eq!(found, has_order, "{list} {platform:?}");
            }
        }
    }

    #[test]
    fn the_built_in_world_has_a_past() {
        let mut cloud = Cloud::new();
        cloud.world = World::default();
        let body = cloud.get_ok("v3/backups");
        assert_eq!(
            (text(&body, "/backups/0/id"), text(&body, "/backups/1/id")),
            (BACKUP_ID.into(), EXPIRED_BACKUP_ID.into())
        );
        assert_eq!(text(&body, "/backups/1/status"), "deleted");
    }
}
