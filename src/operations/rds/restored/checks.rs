//! Whether a new instance can be made of a backup or a moment, and what it means to make it.

use cloud::Platform;
use jiff::Timestamp;
use tf::Diagnostic;

use super::{Rds, Wanted};
use crate::operations::checks::{Finding, Place};
use crate::operations::databases::checks::{Facts, check_origin, point, words};

/// What stands against it: the same in plan and apply (facts/rds.md 5.1).
pub(super) fn check(facts: &Facts, wanted: &Wanted, place: &Place) -> Vec<Finding> {
    let mut findings = check_origin::<Rds>(facts, &wanted.asked, place);
    findings.extend(check_size(facts, wanted, place));
    if place.platform == Platform::Otc && !wanted.has_password {
        findings.push(Finding::broken(
            "password",
            "The new instance has no password",
            "Open Telekom Cloud makes no instance without one. The password of the source is not taken over.",
        ));
    }
    findings
}

fn check_size(facts: &Facts, wanted: &Wanted, place: &Place) -> Option<Finding> {
    let size = wanted.new.volume_size;
    if size == 0 {
        // Not known yet.
        return None;
    }
    let source = Facts::known(&facts.source).and_then(|source| source.volume.size).map(|size| size as i64);
    if let Some(least) = source.filter(|least| size < *least) {
        return Some(Finding::broken(
            "volume_size",
            format!("The new instance has too little storage: {size} GB"),
            format!("The source has {least} GB. A new instance needs at least as much."),
        ));
    }
    let fits = size % 10 == 0 && (40..=4000).contains(&size);
    (place.platform == Platform::Otc && !fits).then(|| {
        Finding::broken(
            "volume_size",
            format!("No instance has {size} GB of storage"),
            "Open Telekom Cloud takes 40 to 4000 GB, in steps of 10.",
        )
    })
}

/// The warning that each plan of a new instance carries.
pub(super) fn cost_warning(facts: &Facts, wanted: &Wanted, place: &Place, now: Timestamp) -> Diagnostic {
    let source = words::<Rds>(facts.source.as_ref(), wanted.asked.source.as_deref());
    let (what, _) = point(facts, &wanted.asked, now);
    let new = &wanted.new;
    let known = |text: &str| if text.is_empty() { "(not known yet)".to_owned() } else { text.to_owned() };
    let size = if new.volume_size == 0 { known("") } else { format!("{} GB", new.volume_size) };
    let kind = if new.ha.is_some() { "primary and standby" } else { "single instance" };
    let end = match wanted.is_deleted {
        true => {
            "Destroying this resource deletes the instance with all that was written to it (delete_with_resource = true)."
        }
        false => {
            "Destroying this resource does not delete the instance: it goes on, and costs, until somebody deletes it. For a drill, set \
             delete_with_resource = true."
        }
    };
    Diagnostic::warning(
        format!("A new RDS instance {} will be made of {source}: {what}", known(&new.name)),
        format!(
            "Nothing is overwritten, and the source is not touched. The new instance costs what any instance of its kind costs, from the moment \
             that it is made.\n\n  Where:  {place}\n  New:    {}, {kind}, {}, {size} of {}\n  Source: {source}\n  To:     {what}\n\n{end} The \
             service restores some 30 to 40 MB a second.",
            known(&new.name),
            known(&new.flavor),
            known(&new.volume_type),
        ),
    )
    .at("source_instance_id")
}
