//! What holds at an instant, told from the instants that the records store: statuses, data nodes, eligibility.

use super::switches::RestoreShownOn;
use super::world::{DataNode, Instance, Interval, Job, World};
use crate::formats;
use jiff::Timestamp;
use std::cmp::Ordering;

/// The earliest version of a source instance that can be restored.
pub(super) const SOURCE_VERSION: &str = "2.3.2.11";
/// The earliest version of a target instance.
const TARGET_VERSION: &str = "3.0.8";

impl Job {
    /// Whether it has come to its end.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.ended.is_some_and(|ended| ended <= now)
    }

    /// Whether it was accepted and has not ended.
    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        self.created <= now && !self.has_ended(now)
    }

    /// `Running`, `Completed`, `Failed` or the word that a scenario wants.
    pub(super) fn status(&self, now: Timestamp) -> &str {
        match &self.failure {
            _ if !self.has_ended(now) => "Running",
            None => "Completed",
            Some(failure) => failure.status.as_deref().unwrap_or("Failed"),
        }
    }

    /// Percent while it runs.
    pub(super) fn progress(&self, now: Timestamp) -> u8 {
        let end = self.ended.unwrap_or_else(|| formats::later(self.created, 3600.0, 1.0));
        formats::percent(self.created, end, now).min(99).min(self.progress_stuck.unwrap_or(99))
    }

    /// Whether the instances show it at this instant.
    fn is_shown_on_instances(&self, now: Timestamp) -> bool {
        let from = self.busy_from.unwrap_or(self.created);
        let until = self.target_ready.or(self.ended);
        from <= now && until.is_none_or(|until| now < until)
    }

    /// Whether it ended well, so that the target has the data nodes.
    fn has_moved_nodes(&self, now: Timestamp) -> bool {
        self.failure.is_none() && self.has_ended(now)
    }
}

impl World {
    /// The status of an instance as a caller sees it.
    pub(super) fn instance_status(&self, instance: &Instance, now: Timestamp) -> String {
        let jobs = || self.jobs.iter().filter(|job| job.created <= now);
        let shown = self.switches.restore_shown_on;
        let restores = |job: &&Job| job.target_id == instance.id && job.is_shown_on_instances(now);
        if shown != RestoreShownOn::None && jobs().any(|job| restores(&job)) {
            return "RESTORE".to_owned();
        }
        let gives =
            |job: &&Job| job.source_id == instance.id && !job.target_id.is_empty() && job.is_shown_on_instances(now);
        if shown == RestoreShownOn::Both && jobs().any(|job| gives(&job)) {
            return self.switches.source_status.clone();
        }
        let mut ended = jobs().filter(|job| job.target_id == instance.id && job.has_ended(now));
        match ended.next_back() {
            Some(job) if job.failure.is_some() => self.switches.target_after_failed_restore.clone(),
            _ => instance.status.clone(),
        }
    }

    /// The data nodes that an instance had at `time`, as known at `now`.
    pub(super) fn nodes_of<'a>(&'a self, instance: &'a Instance, time: Timestamp, now: Timestamp) -> Vec<&'a DataNode> {
        let mut nodes: Vec<&DataNode> = Vec::new();
        for node in self.member_ids(instance, time, now).filter_map(|id| self.data_node(id)) {
            if !nodes.iter().any(|known| known.id == node.id) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// Data nodes associated by hand and by restores that ended well; the same one may come twice.
    fn member_ids<'a>(
        &'a self,
        instance: &'a Instance,
        time: Timestamp,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a str> {
        let held = instance.members.iter().filter(move |member| {
            member.since.is_none_or(|since| since <= time) && member.until.is_none_or(|until| time < until)
        });
        let moved = move |job: &Job| job.has_moved_nodes(now) && job.ended.is_some_and(|ended| ended <= time);
        let restores = self.jobs.iter().filter(move |job| job.target_id == instance.id && moved(job));
        let restored = restores.flat_map(|job| &job.relations).map(|relation| relation.target_instance_id.as_str());
        held.map(|member| member.data_node_id.as_str()).chain(restored)
    }

    /// Whether some instance has the data node.
    fn is_associated(&self, node: &DataNode, now: Timestamp) -> bool {
        self.instances.iter().any(|instance| self.member_ids(instance, now, now).any(|id| id == node.id))
    }

    /// Whether a running restore overwrites the data node.
    fn is_being_restored(&self, node: &DataNode, now: Timestamp) -> bool {
        let overwrites = |job: &Job| job.relations.iter().any(|relation| relation.target_instance_id == node.id);
        self.jobs.iter().any(|job| job.is_active(now) && overwrites(job))
    }

    /// Whether something runs on the instance, or a restore of it has not settled.
    pub(super) fn is_busy(&self, instance: &Instance, now: Timestamp) -> bool {
        let active = |job: &Job| job.target_id == instance.id && job.is_active(now);
        let status = self.instance_status(instance, now);
        self.jobs.iter().any(active)
            || !matches!(status.as_str(), "RUNNING" | "ERROR" | "CREATEFAILED" | "FREEZING" | "FROZEN" | "UNFREEZING")
    }

    /// Why an instance cannot be restored to; none when it can.
    pub(super) fn target_reason(&self, instance: &Instance, now: Timestamp) -> Option<&'static str> {
        let status = self.instance_status(instance, now);
        match status.as_str() {
            "FREEZING" | "FROZEN" | "UNFREEZING" => Some("The instance is frozen."),
            "ERROR" | "CREATEFAILED" => Some("The instance is abnormal."),
            _ if self.is_busy(instance, now) => Some("Another operation is being performed on the instance."),
            _ if !self.nodes_of(instance, now, now).is_empty() => Some("The instance is associated with a data node."),
            _ if instance.accounts > 0 => Some("The instance has a common account."),
            _ if instance.schemas > 0 => Some("The instance has schemas."),
            _ if is_older(&instance.engine_version, TARGET_VERSION) => {
                Some("The version of the instance is too early.")
            }
            _ => None,
        }
    }

    /// Why a data node cannot take the data of `source` for an instance; none when it can. Says nothing of its size.
    pub(super) fn node_reason(
        &self,
        node: &DataNode,
        source: &DataNode,
        target: &Instance,
        now: Timestamp,
    ) -> Option<&'static str> {
        if node.id == source.id && self.switches.source_node_as_target {
            return None;
        }
        match () {
            () if node.vpc_id != target.vpc_id => Some("The data node is not in the VPC of the target instance."),
            () if self.is_associated(node, now) => Some("The data node is associated with another instance."),
            () if self.is_being_restored(node, now) => Some("The data node is being restored."),
            () if !node.status.eq_ignore_ascii_case("normal") => Some("The data node is abnormal."),
            () if node.engine_name != source.engine_name => Some("The data node has a different engine."),
            () if is_older(&node.version, &source.version) => {
                Some("The version of the data node is earlier than that of the source data node.")
            }
            () if node.read_only => Some("The data node is read-only."),
            () => None,
        }
    }

    /// The stretches of time that an instance can be restored to, with their ends.
    pub(super) fn intervals(&self, instance: &Instance, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let ends = |interval: &Interval| {
            let start = interval.start.unwrap_or_else(|| formats::earlier(now, self.durations.restorable_window));
            let end = interval.end.unwrap_or_else(|| formats::earlier(now, self.durations.restorable_lag));
            (start, end)
        };
        instance.intervals.iter().map(ends).filter(|(start, end)| start <= end).collect()
    }

    /// Whether an instance can be restored to this time.
    pub(super) fn is_restorable(&self, instance: &Instance, time: Timestamp, now: Timestamp) -> bool {
        let contains = |(start, end): &(Timestamp, Timestamp)| match self.switches.exact_intervals {
            true => *start < time && time < *end,
            false => start.as_second() <= time.as_second() && time.as_second() <= end.as_second(),
        };
        self.intervals(instance, now).iter().any(contains)
    }
}

/// Whether a version comes before another.
pub(super) fn is_older(version: &str, than: &str) -> bool {
    formats::compare_versions(version, than) == Ordering::Less
}
