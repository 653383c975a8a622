//! The service catalogue, as recorded tokens of the real cloud show it, with the rehearsal's own origins.

use serde_json::{Value, json};

use super::context::links;
use super::errors::ApiError;
use super::regions::{region_names, region_of};
use super::signature::sha256_hex;
use super::verify::Caller;
use super::world::{Identity, Scope, World};
use crate::service::{CatalogueRow, Unverified};
use crate::wire::Answer;

pub(super) fn versions(context: &Unverified<'_>) -> Answer {
    Answer::json(300, &json!({"versions": {"values": [describe(context)]}}))
}

pub(super) fn version(context: &Unverified<'_>) -> Answer {
    Answer::json(200, &json!({"version": describe(context)}))
}

pub(super) fn show(world: &World, context: &Unverified<'_>, caller: &Caller) -> Answer {
    let by_header = context.call.header("x-project-id").map(|id| Scope::Project(id.to_owned()));
    let scope = caller.scope.clone().or(by_header).unwrap_or(Scope::None);
    let catalog = of_scope(world, context, &scope, &caller.identity);
    let links = links(format!("{}/v3/auth/catalog", context.origin));
    Answer::json(200, &json!({"catalog": catalog, "links": links}))
}

/// The catalogue that belongs to a scope: a project sees its own region; without one each region of the account is
/// listed with the project named like it.
pub(super) fn of_scope(world: &World, context: &Unverified<'_>, scope: &Scope, identity: &Identity) -> Value {
    let places = places(world, scope, identity);
    let mut catalog = vec![keystone(context.origin, &places)];
    for row in &context.catalogue {
        let endpoints: Vec<Value> = places
            .iter()
            .map(|(region, project)| endpoint(row, region, &row.url.replace("{project}", project)))
            .collect();
        catalog.push(json!({"id": id(row.kind), "name": row.name, "type": row.kind, "endpoints": endpoints}));
    }
    Value::Array(catalog)
}

pub(super) fn services(context: &Unverified<'_>) -> Answer {
    let links = links(format!("{}/v3/services", context.origin));
    Answer::json(200, &json!({"services": all_services(context), "links": links}))
}

pub(super) fn service(context: &Unverified<'_>, id: &str) -> Result<Answer, ApiError> {
    let mut fitting = all_services(context).into_iter().filter(|service| service["id"] == id);
    let service = fitting.next().ok_or_else(|| ApiError::not_found("service"))?;
    Ok(Answer::json(200, &json!({"service": service})))
}

fn all_services(context: &Unverified<'_>) -> Vec<Value> {
    let row = |name: &str, kind: &str| {
        let url = format!("{}/v3/services/{}", context.origin, id(kind));
        json!({"id": id(kind), "name": name, "type": kind, "enabled": true, "description": "", "links": links(url)})
    };
    let mut services = vec![row("keystone", "identity")];
    services.extend(context.catalogue.iter().map(|own| row(own.name, own.kind)));
    services
}

/// Unlike the catalogue, this list keeps the placeholder of the project as it stands.
pub(super) fn endpoints(world: &World, context: &Unverified<'_>) -> Answer {
    let mut endpoints = Vec::new();
    for region in region_names(world) {
        for row in &context.catalogue {
            let mut endpoint = endpoint(row, &region, &row.url.replace("{project}", "$(tenant_id)s"));
            if let Value::Object(fields) = &mut endpoint {
                fields.insert("service_id".into(), json!(id(row.kind)));
                fields.insert("enabled".into(), json!(true));
                let own = fields.get("id").and_then(Value::as_str).unwrap_or_default();
                let url = format!("{}/v3/endpoints/{own}", context.origin);
                fields.insert("links".into(), links(url));
            }
            endpoints.push(endpoint);
        }
    }
    let links = links(format!("{}/v3/endpoints", context.origin));
    Answer::json(200, &json!({"endpoints": endpoints, "links": links}))
}

fn places(world: &World, scope: &Scope, identity: &Identity) -> Vec<(String, String)> {
    let place = |name: &str, id: &str| (region_of(name).to_owned(), id.to_owned());
    if let Scope::Project(id) = scope {
        return world.project(id).map(|project| place(&project.name, &project.id)).into_iter().collect();
    }
    let own = world.acting_domain(identity);
    let named_like_a_region = world.projects.iter().filter(|project| {
        project.domain_id == own && project.enabled && !project.name.contains('_') && project.name != "MOS"
    });
    named_like_a_region.map(|project| place(&project.name, &project.id)).collect()
}

fn keystone(origin: &str, places: &[(String, String)]) -> Value {
    let row = CatalogueRow::new("keystone", "identity", &format!("{origin}/v3"));
    let regions = places.iter().map(|(region, _)| region.as_str()).chain(["*"]);
    let endpoints: Vec<Value> = regions.map(|region| endpoint(&row, region, &row.url)).collect();
    json!({"id": id("identity"), "name": "keystone", "type": "identity", "endpoints": endpoints})
}

fn endpoint(row: &CatalogueRow, region: &str, url: &str) -> Value {
    let id = id(&format!("{}/{region}", row.kind));
    json!({"id": id, "interface": "public", "region": region, "region_id": region, "url": url})
}

fn id(name: &str) -> String {
    sha256_hex(name.as_bytes()).chars().take(32).collect()
}

fn describe(context: &Unverified<'_>) -> Value {
    json!({
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{}/v3/", context.origin)}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}
