//! Tags of vaults: E11, and reading and changing them.

use super::vaults::{body, find, tags, visible, write};
use super::wire::{ApiError, Page, array, required, string};
use super::world::{Tag, Vault, World};
use crate::formats;
use crate::service::{Request, Response};
use serde_json::{Map, Value, json};

/// `GET /vault/tags`: each key with its values, over all vaults.
pub(super) fn of_all(world: &World, request: &Request) -> Response {
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for tag in visible(world, request).flat_map(|vault| &vault.tags) {
        match keys.iter_mut().find(|(key, _)| *key == tag.key) {
            Some((_, values)) if values.contains(&tag.value) => {}
            Some((_, values)) => values.push(tag.value.clone()),
            None => keys.push((tag.key.clone(), vec![tag.value.clone()])),
        }
    }
    let keys: Vec<Value> = keys.into_iter().map(|(key, values)| json!({ "key": key, "values": values })).collect();
    Response::json(200, json!({ "tags": keys }))
}

/// `GET /vault/{id}/tags`.
pub(super) fn of_vault(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    Ok(Response::json(200, json!({ "tags": tags(find(world, request, id)?) })))
}

/// `POST /vault/{id}/tags`: one tag, in place of the one with its key.
pub(super) fn add(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let tag = body(request)?.get("tag").map(read).ok_or_else(|| ApiError::parameter("tag is missing."))??;
    change(world, request, id, |tags| set(tags, tag))
}

/// `POST /vault/{id}/tags/action`: several, created or deleted.
pub(super) fn act(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let body = body(request)?;
    let entries = array(&body, "tags")?.map_or(&[][..], Vec::as_slice);
    let named: Vec<Tag> = entries.iter().map(read).collect::<Result<_, _>>()?;
    match string(&body, "action")?.as_deref() {
        Some("create") => change(world, request, id, |tags| named.into_iter().for_each(|tag| set(tags, tag))),
        Some("delete") => {
            change(world, request, id, |tags| tags.retain(|tag| !named.iter().any(|gone| gone.key == tag.key)))
        }
        _ => Err(ApiError::parameter("action must be create or delete.")),
    }
}

/// `DELETE /vault/{id}/tags/{key}`.
pub(super) fn remove(world: &mut World, request: &Request, id: &str, key: &str) -> Result<Response, ApiError> {
    change(world, request, id, |tags| tags.retain(|tag| tag.key != key))
}

fn change(
    world: &mut World,
    request: &Request,
    id: &str,
    change: impl FnOnce(&mut Vec<Tag>),
) -> Result<Response, ApiError> {
    world.check_id(id)?;
    find(world, request, id)?;
    if let Some(vault) = world.vaults.iter_mut().find(|vault| vault.id == id) {
        change(&mut vault.tags);
    }
    Ok(Response::empty(204))
}

fn set(tags: &mut Vec<Tag>, tag: Tag) {
    tags.retain(|known| known.key != tag.key);
    tags.push(tag);
}

/// A tag of a request's body.
pub(super) fn read(entry: &Value) -> Result<Tag, ApiError> {
    let object = entry.as_object().ok_or_else(|| ApiError::parameter("tags must hold objects."))?;
    Ok(Tag { key: required(object, "key")?, value: string(object, "value")?.unwrap_or_default() })
}

/// `POST /vault/resource_instances/action`.
pub(super) fn filter(world: &World, request: &Request) -> Result<Response, ApiError> {
    let query = TagQuery::read(request)?;
    let found: Vec<&Vault> = visible(world, request).filter(|vault| query.accepts(vault)).collect();
    let total = found.len();
    if query.count_only {
        return Ok(Response::json(200, json!({ "total_count": total })));
    }
    let resource = |vault: &Vault| {
        json!({
            "resource_id": vault.id,
            "resource_name": vault.name,
            "resource_detail": { "vault": write(world, vault, request) },
            "tags": tags(vault),
            "sys_tags": [],
        })
    };
    let page: Vec<Value> =
        formats::window(found, query.page.offset, query.page.limit).into_iter().map(resource).collect();
    Ok(Response::json(200, json!({ "resources": page, "total_count": total })))
}

/// The body of the tag query.
struct TagQuery {
    count_only: bool,
    page: Page,
    all: Vec<TagKey>,
    any: Vec<TagKey>,
    not_all: Vec<TagKey>,
    not_any: Vec<TagKey>,
    without_any_tag: bool,
    object_type: Option<String>,
    name: Option<String>,
}

/// A key with the values that fit; no values fit all.
type TagKey = (String, Vec<String>);

impl TagQuery {
    fn read(request: &Request) -> Result<TagQuery, ApiError> {
        let body = body(request)?;
        let count_only = match string(&body, "action")?.as_deref() {
            Some("filter") => false,
            Some("count") => true,
            _ => return Err(ApiError::parameter("action must be filter or count.")),
        };
        let matches = array(&body, "matches")?.map_or(&[][..], Vec::as_slice);
        let name = matches.iter().find(|entry| entry.get("key").and_then(Value::as_str) == Some("resource_name"));
        Ok(TagQuery {
            count_only,
            page: tag_page(&body)?,
            all: tag_keys(&body, "tags")?,
            any: tag_keys(&body, "tags_any")?,
            not_all: tag_keys(&body, "not_tags")?,
            not_any: tag_keys(&body, "not_tags_any")?,
            without_any_tag: super::wire::boolean(&body, "without_any_tag")?.unwrap_or(false),
            object_type: string(&body, "object_type")?,
            name: name.and_then(|entry| entry.get("value")).and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn accepts(&self, vault: &Vault) -> bool {
        let has = |(key, values): &TagKey| {
            vault.tags.iter().any(|tag| tag.key == *key && (values.is_empty() || values.contains(&tag.value)))
        };
        let has_all = |keys: &[TagKey]| keys.iter().all(has);
        let has_any = |keys: &[TagKey]| keys.iter().any(has);
        has_all(&self.all)
            && (self.any.is_empty() || has_any(&self.any))
            && (self.not_all.is_empty() || !has_all(&self.not_all))
            && !has_any(&self.not_any)
            && (!self.without_any_tag || vault.tags.is_empty())
            && self.object_type.as_ref().is_none_or(|object_type| *object_type == vault.object_type)
            && self.name.as_ref().is_none_or(|name| vault.name.contains(name.as_str()))
    }
}

/// Here `limit` and `offset` are strings.
fn tag_page(body: &Map<String, Value>) -> Result<Page, ApiError> {
    let number = |key: &str, usual: u64| match string(body, key)? {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|_| ApiError::parameter(format!("{key} must be a number."))),
    };
    let page = Page { limit: number("limit", 1000)?, offset: number("offset", 0)? };
    match page.limit {
        1..=1000 => Ok(page),
        _ => Err(ApiError::parameter("limit must be between 1 and 1000.")),
    }
}

fn tag_keys(body: &Map<String, Value>, key: &str) -> Result<Vec<TagKey>, ApiError> {
    let entries = array(body, key)?.map_or(&[][..], Vec::as_slice);
    if entries.len() > 20 {
        return Err(ApiError::parameter(format!("{key} must not have more than 20 keys.")));
    }
    let tag_key = |entry: &Value| {
        let name = entry.get("key").and_then(Value::as_str);
        let values = entry.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        name.map(|name| (name.to_owned(), values)).ok_or_else(|| ApiError::parameter(format!("{key} must hold keys.")))
    };
    entries.iter().map(tag_key).collect()
}

#[cfg(test)]
mod tests;
