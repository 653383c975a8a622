//! The service catalogue, as recorded tokens of the real cloud show it, with the rehearsal's own origins.

use serde_json::{Value, json};

use super::lookups::{region_names, region_of};
use super::world::{Identity, Scope, World};
use super::{Context, Refusal};
use crate::access::Caller;
use crate::connection::Endpoints;
use crate::signature::sha256_hex;
use crate::wire::Answer;

/// One row: name, type, URL with `{project}` where the project goes.
struct Row {
    name: &'static str,
    kind: &'static str,
    url: String,
}

/// DCS has two rows, one with and one without the project; clients look for either.
fn rows(world: &World, endpoints: &Endpoints) -> Vec<Row> {
    let mut rows = vec![
        Row { name: "Distributed Cache Service", kind: "dcs", url: format!("{}/v1.0/", endpoints.dcs) },
        Row { name: "dcsv1", kind: "dcsv1", url: format!("{}/v1.0/{{project}}", endpoints.dcs) },
        Row { name: "cbr", kind: "cbr", url: format!("{}/v3/{{project}}", endpoints.cbr) },
    ];
    if world.switches.ddm_in_catalog {
        for (kind, version) in [("ddm", "v1"), ("ddmv1", "v1"), ("ddmv2", "v2"), ("ddmv3", "v3")] {
            rows.push(Row { name: kind, kind, url: format!("{}/{version}/{{project}}", endpoints.ddm) });
        }
    }
    rows
}

pub(super) fn versions(context: &Context<'_>) -> Answer {
    Answer::json(300, &json!({"versions": {"values": [describe(context)]}}))
}

pub(super) fn version(context: &Context<'_>) -> Answer {
    Answer::json(200, &json!({"version": describe(context)}))
}

pub(super) fn show(world: &World, context: &Context<'_>, caller: &Caller) -> Answer {
    let by_header = context.call.header("x-project-id").map(|id| Scope::Project(id.to_owned()));
    let scope = caller.scope.clone().or(by_header).unwrap_or(Scope::None);
    let catalog = of_scope(world, context, &scope, &caller.identity);
    let links = json!({"self": format!("{}/v3/auth/catalog", context.endpoints.iam), "previous": null, "next": null});
    Answer::json(200, &json!({"catalog": catalog, "links": links}))
}

/// The catalogue that belongs to a scope: a project sees its own region; without one each region of the account is
/// listed with the project named like it.
pub(super) fn of_scope(world: &World, context: &Context<'_>, scope: &Scope, identity: &Identity) -> Value {
    let places = places(world, scope, identity);
    let mut catalog = vec![keystone(context.endpoints, &places)];
    for row in rows(world, context.endpoints) {
        let endpoints: Vec<Value> = places
            .iter()
            .map(|(region, project)| endpoint(&row, region, &row.url.replace("{project}", project)))
            .collect();
        catalog.push(json!({"id": id(row.kind), "name": row.name, "type": row.kind, "endpoints": endpoints}));
    }
    Value::Array(catalog)
}

pub(super) fn services(world: &World, context: &Context<'_>) -> Answer {
    let links = json!({"self": format!("{}/v3/services", context.endpoints.iam), "previous": null, "next": null});
    Answer::json(200, &json!({"services": all_services(world, context), "links": links}))
}

pub(super) fn service(world: &World, context: &Context<'_>, id: &str) -> Result<Answer, Refusal> {
    let mut fitting = all_services(world, context).into_iter().filter(|service| service["id"] == id);
    let service = fitting.next().ok_or_else(|| Refusal::not_found("service"))?;
    Ok(Answer::json(200, &json!({"service": service})))
}

fn all_services(world: &World, context: &Context<'_>) -> Vec<Value> {
    let row = |name: &str, kind: &str| {
        let url = format!("{}/v3/services/{}", context.endpoints.iam, id(kind));
        json!({"id": id(kind), "name": name, "type": kind, "enabled": true, "description": "", "links": {"self": url}})
    };
    let mut services = vec![row("keystone", "identity")];
    services.extend(rows(world, context.endpoints).iter().map(|own| row(own.name, own.kind)));
    services
}

/// Unlike the catalogue, this list keeps the placeholder of the project as it stands.
pub(super) fn endpoints(world: &World, context: &Context<'_>) -> Answer {
    let mut endpoints = Vec::new();
    for region in region_names(world) {
        for row in rows(world, context.endpoints) {
            let mut endpoint = endpoint(&row, &region, &row.url.replace("{project}", "$(tenant_id)s"));
            if let Value::Object(fields) = &mut endpoint {
                fields.insert("service_id".into(), json!(id(row.kind)));
                fields.insert("enabled".into(), json!(true));
                let own = fields.get("id").and_then(Value::as_str).unwrap_or_default();
                let url = format!("{}/v3/endpoints/{own}", context.endpoints.iam);
                fields.insert("links".into(), json!({"self": url}));
            }
            endpoints.push(endpoint);
        }
    }
    let links = json!({"self": format!("{}/v3/endpoints", context.endpoints.iam), "previous": null, "next": null});
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

fn keystone(endpoints: &Endpoints, places: &[(String, String)]) -> Value {
    let row = Row { name: "keystone", kind: "identity", url: format!("{}/v3", endpoints.iam) };
    let regions = places.iter().map(|(region, _)| region.as_str()).chain(["*"]);
    let endpoints: Vec<Value> = regions.map(|region| endpoint(&row, region, &row.url)).collect();
    json!({"id": id("identity"), "name": "keystone", "type": "identity", "endpoints": endpoints})
}

fn endpoint(row: &Row, region: &str, url: &str) -> Value {
    let id = id(&format!("{}/{region}", row.kind));
    json!({"id": id, "interface": "public", "region": region, "region_id": region, "url": url})
}

fn id(name: &str) -> String {
    sha256_hex(name.as_bytes()).chars().take(32).collect()
}

fn describe(context: &Context<'_>) -> Value {
    json!({
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{}/v3/", context.endpoints.iam)}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}
