//! The query of the list of backups: filters, order, marker and page.

use super::super::wire::{ApiError, Page, query_allows, query_instant};
use super::super::world::World;
use super::Row;
use crate::service::Request;
use jiff::Timestamp;
use std::cmp::Ordering;

/// The keys by which the list can be sorted.
const SORT_KEYS: [&str; 6] = ["created_at", "updated_at", "name", "status", "protected_at", "id"];
/// The longest `sort`, in characters.
const LONGEST_SORT: usize = 255;

/// What the caller asks for.
pub(super) struct Query<'a> {
    request: &'a Request,
    pub(super) page: Page,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    used_percent: Option<u64>,
    order: Vec<(String, bool)>,
}

impl<'a> Query<'a> {
    pub(super) fn read(request: &'a Request) -> Result<Query<'a>, ApiError> {
        one_of(request, "own_type", &["private", "shared", "all_granted"])?;
        one_of(request, "member_status", &["pending", "accepted", "rejected"])?;
        Ok(Query {
            request,
            page: Page::read(request, 0)?,
            start: query_instant(request, "start_time")?,
            end: query_instant(request, "end_time")?,
            used_percent: used_percent(request)?,
            order: order(request.query("sort").unwrap_or("created_at:desc"))?,
        })
    }

    /// Whether the record passes all filters.
    pub(super) fn accepts(&self, world: &World, row: &Row) -> bool {
        let backup = row.backup;
        let parent = row.parent.map_or("", |parent| parent.id.as_str());
        let pairs = [
            ("checkpoint_id", backup.checkpoint_id.as_str()),
            ("vault_id", &backup.vault_id),
            ("name", &backup.name),
            ("status", &row.status),
            ("resource_id", &backup.resource_id),
            ("resource_name", &backup.resource_name),
            ("resource_type", &backup.resource_type),
            ("resource_az", &backup.resource_az),
            ("parent_id", parent),
            ("image_type", &backup.image_type),
        ];
        let second = backup.created_at.as_second();
        pairs.iter().all(|(name, value)| query_allows(self.request, name, value))
            && self.start.is_none_or(|start| start.as_second() <= second)
            && self.end.is_none_or(|end| second <= end.as_second())
            && self.used_percent.is_none_or(|percent| self.vault_is_used(world, &backup.vault_id, percent))
            && self.own_kind(backup.incremental)
    }

    /// Backups of other owners, other enterprise projects and dedicated clouds do not exist here.
    fn own_kind(&self, incremental: bool) -> bool {
        let query = |name: &str| self.request.query(name);
        query("own_type") != Some("shared")
            && query("dec") != Some("true")
            && matches!(query("enterprise_project_id"), None | Some("0" | "all_granted_eps"))
            && (query("incremental") != Some("true") || incremental)
    }

    fn vault_is_used(&self, world: &World, vault_id: &str, percent: u64) -> bool {
        world
            .vault(vault_id)
            .is_some_and(|vault| vault.used_mb.saturating_mul(100) >= vault.size_gb.saturating_mul(1024 * percent))
    }

    /// Puts the records into the order asked for.
    pub(super) fn sort(&self, rows: &mut [Row]) {
        rows.sort_by(|left, right| {
            let by_keys = self.order.iter().map(|(key, ascending)| {
                let ordering = compare(key, left, right);
                if *ascending { ordering } else { ordering.reverse() }
            });
            by_keys.fold(Ordering::Equal, Ordering::then)
        });
    }

    /// The records after the one that `marker` names; all of them when there is no such record.
    pub(super) fn after_marker<'b>(&self, rows: Vec<Row<'b>>) -> Vec<Row<'b>> {
        let position =
            self.request.query("marker").and_then(|marker| rows.iter().position(|row| row.backup.id == marker));
        rows.into_iter().skip(position.map_or(0, |position| position + 1)).collect()
    }
}

fn one_of(request: &Request, name: &str, allowed: &[&str]) -> Result<(), ApiError> {
    match request.query(name) {
        Some(value) if !allowed.contains(&value) => {
            Err(ApiError::parameter(format!("{name} must be one of {}.", allowed.join(", "))))
        }
        _ => Ok(()),
    }
}

fn used_percent(request: &Request) -> Result<Option<u64>, ApiError> {
    let Some(text) = request.query("used_percent") else { return Ok(None) };
    let percent = text.parse().ok().filter(|percent| (1..=100).contains(percent));
    percent.map(Some).ok_or_else(|| ApiError::parameter("used_percent must be between 1 and 100."))
}

/// Keys with whether they ascend.
fn order(text: &str) -> Result<Vec<(String, bool)>, ApiError> {
    if text.chars().count() > LONGEST_SORT {
        return Err(ApiError::parameter(format!("sort must not be longer than {LONGEST_SORT} characters.")));
    }
    text.split(',').map(sort_key).collect()
}

fn sort_key(part: &str) -> Result<(String, bool), ApiError> {
    let (key, direction) = part.trim().split_once(':').unwrap_or((part.trim(), "desc"));
    if !SORT_KEYS.contains(&key) || !matches!(direction, "asc" | "desc") {
        return Err(ApiError::parameter(format!("sort does not know {part:?}.")));
    }
    Ok((key.to_owned(), direction == "asc"))
}

fn compare(key: &str, left: &Row, right: &Row) -> Ordering {
    let (a, b) = (left.backup, right.backup);
    match key {
        "name" => a.name.cmp(&b.name),
        "status" => left.status.cmp(&right.status),
        "id" => a.id.cmp(&b.id),
        "created_at" => a.created_at.cmp(&b.created_at),
        _ => a.ready_at.unwrap_or(a.created_at).cmp(&b.ready_at.unwrap_or(b.created_at)),
    }
}
