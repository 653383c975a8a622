//! Reading projects, accounts, users and regions.

use serde_json::{Value, json};

use super::context::links;
use super::errors::ApiError;
use super::regions::region_names;
use super::tokens::print_domain;
use super::verify::Caller;
use super::world::{Project, User, World};
use crate::service::Unverified;
use crate::wire::Answer;

/// The filters of `GET /v3/projects`; paging aside.
pub(super) const PROJECT_FILTERS: &[&str] = &["domain_id", "name", "parent_id", "enabled", "is_domain"];

pub(super) fn projects(world: &World, context: &Unverified<'_>, caller: &Caller, filters: &[&str]) -> Answer {
    let own = world.acting_domain(&caller.identity);
    let visible = world.projects.iter().filter(|project| project.domain_id == own);
    let fitting: Vec<&Project> =
        visible.filter(|project| filters.iter().all(|filter| fits(context, project, filter))).collect();
    list(context, fitting)
}

pub(super) fn project(world: &World, context: &Unverified<'_>, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
    let own = world.acting_domain(&caller.identity);
    let project = world.project(id).filter(|project| project.domain_id == own);
    let project = project.ok_or_else(|| ApiError::not_found("project"))?;
    Ok(Answer::json(200, &json!({"project": print(context, project)})))
}

pub(super) fn projects_of_user(
    world: &World,
    context: &Unverified<'_>,
    caller: &Caller,
    user_id: &str,
) -> Result<Answer, ApiError> {
    let own = world.acting_domain(&caller.identity);
    let user = world.user(user_id).filter(|user| user.domain_id == own || user.id == caller.identity.user_id);
    let user = user.ok_or_else(|| ApiError::not_found("user"))?;
    let visible = world.projects.iter().filter(|project| project.domain_id == user.domain_id);
    Ok(list(context, visible.collect()))
}

/// The users of the caller's account. Clients that are given a user's name look here for the id.
pub(super) fn users(world: &World, context: &Unverified<'_>, caller: &Caller) -> Answer {
    let own = world.acting_domain(&caller.identity);
    let named = |user: &&User| context.filter("name").is_none_or(|name| user.name == name);
    let fitting = world.users.iter().filter(|user| user.domain_id == own).filter(named);
    let users: Vec<Value> = fitting.map(|user| print_user(context, user)).collect();
    let links = links(format!("{}/v3/users", context.origin));
    Answer::json(200, &json!({"users": users, "links": links}))
}

pub(super) fn user(world: &World, context: &Unverified<'_>, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
    let own = world.acting_domain(&caller.identity);
    let user = world.user(id).filter(|user| user.domain_id == own).ok_or_else(|| ApiError::not_found("user"))?;
    Ok(Answer::json(200, &json!({"user": print_user(context, user)})))
}

pub(super) fn domains(world: &World, context: &Unverified<'_>, caller: &Caller) -> Answer {
    let domain = print_own_domain(world, context, caller);
    let links = links(format!("{}/v3/auth/domains", context.origin));
    Answer::json(200, &json!({"domains": [domain], "links": links}))
}

/// An account by id: nobody sees any but the own one.
pub(super) fn domain(world: &World, context: &Unverified<'_>, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
    if id != world.acting_domain(&caller.identity) {
        return Err(ApiError::not_found("domain"));
    }
    Ok(Answer::json(200, &json!({"domain": print_own_domain(world, context, caller)})))
}

pub(super) fn regions(world: &World, context: &Unverified<'_>) -> Answer {
    let regions: Vec<Value> = region_names(world).iter().map(|id| print_region(context, id)).collect();
    let links = links(format!("{}/v3/regions", context.origin));
    Answer::json(200, &json!({"regions": regions, "links": links}))
}

pub(super) fn region(world: &World, context: &Unverified<'_>, id: &str) -> Result<Answer, ApiError> {
    let names = region_names(world);
    let known = names.iter().find(|name| *name == id).ok_or_else(|| ApiError::not_found("region"))?;
    Ok(Answer::json(200, &json!({"region": print_region(context, known)})))
}

fn fits(context: &Unverified<'_>, project: &Project, filter: &str) -> bool {
    let Some(wanted) = context.filter(filter) else { return true };
    match filter {
        "name" => project.name == wanted,
        "domain_id" | "parent_id" => project.domain_id == wanted,
        "enabled" => project.enabled != wanted.eq_ignore_ascii_case("false"),
        // No project is an account.
        "is_domain" => wanted.eq_ignore_ascii_case("false"),
        _ => true,
    }
}

fn list(context: &Unverified<'_>, projects: Vec<&Project>) -> Answer {
    let number = |name: &str| context.filter(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(5000).max(1);
    let skip = number("page").unwrap_or(1).saturating_sub(1).saturating_mul(size);
    let page: Vec<Value> = projects.into_iter().skip(skip).take(size).map(|project| print(context, project)).collect();
    let own = format!("{}{}", context.origin, context.call.path);
    Answer::json(200, &json!({"projects": page, "links": links(own)}))
}

fn print(context: &Unverified<'_>, project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "parent_id": project.domain_id,
        "enabled": project.enabled,
        "is_domain": false,
        "description": "",
        "links": links(format!("{}/v3/projects/{}", context.origin, project.id)),
    })
}

fn print_user(context: &Unverified<'_>, user: &User) -> Value {
    json!({
        "id": user.id, "name": user.name, "domain_id": user.domain_id, "enabled": user.enabled, "description": "",
        "password_expires_at": null,
        "links": links(format!("{}/v3/users/{}", context.origin, user.id)),
    })
}

fn print_own_domain(world: &World, context: &Unverified<'_>, caller: &Caller) -> Value {
    let own = world.acting_domain(&caller.identity);
    let mut domain = print_domain(world, &own);
    if let Value::Object(fields) = &mut domain {
        fields.insert("enabled".into(), json!(true));
        fields.insert("description".into(), json!(""));
        fields.insert("links".into(), links(format!("{}/v3/domains/{own}", context.origin)));
    }
    domain
}

fn print_region(context: &Unverified<'_>, id: &str) -> Value {
    let url = format!("{}/v3/regions/{id}", context.origin);
    json!({"id": id, "type": "public", "description": "", "parent_region_id": null,
           "locales": {"en-us": id}, "links": links(url)})
}
