//! The status words that hold at an instant, told from the instants that the records store.

use super::world::{Backup, Checkpoint, Log, Member, World};
use crate::formats;
use jiff::Timestamp;

/// The words of a log's status that mean success.
pub(super) const SUCCESS: &str = "success";

impl Log {
    /// Whether the log has come to its end.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.ended_at.is_some_and(|ended| ended <= now)
    }

    /// Whether the operation was accepted and has not ended, be the log visible or not.
    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        self.created_at <= now && !self.has_ended(now)
    }

    /// Whether the operation went well; true for one that has not ended and will.
    pub(super) fn succeeds(&self) -> bool {
        self.end_status == SUCCESS
    }

    /// `waiting`, `running` or the word at the end.
    pub(super) fn status(&self, now: Timestamp) -> &str {
        match self.running_at {
            _ if self.has_ended(now) => &self.end_status,
            Some(running) if now < running => "waiting",
            _ => "running",
        }
    }

    /// Percent; a failed operation stays where half of the work was done.
    pub(super) fn progress(&self, now: Timestamp) -> u8 {
        let start = self.running_at.unwrap_or(self.created_at);
        let progress = match self.ended_at {
            Some(ended) if ended <= now && self.succeeds() => return 100,
            Some(ended) => formats::percent(start, ended, now).min(if self.succeeds() { 99 } else { 50 }),
            None => formats::percent(start, formats::later(start, 3600.0, 1.0), now).min(99),
        };
        progress.min(self.progress_stuck.unwrap_or(100))
    }

    /// When the record last changed.
    pub(super) fn updated_at(&self, now: Timestamp) -> Timestamp {
        match self.ended_at {
            Some(ended) if ended <= now => ended,
            _ => now.max(self.created_at),
        }
    }

    /// What the backup's status becomes by this restore, if the restore touches it at this instant or before.
    fn backup_status(&self, now: Timestamp) -> Option<&str> {
        if self.flips_at.is_some_and(|flips| flips <= now) {
            let released = self.released_at.or(self.ended_at);
            if released.is_none_or(|released| now < released) {
                let runs = self.running_at.is_none_or(|running| running <= now);
                return Some(if runs { "restoring" } else { "waiting_restore" });
            }
        }
        if self.has_ended(now) { self.backup_after.as_deref() } else { None }
    }
}

impl Backup {
    /// Whether the record exists at this instant.
    pub(super) fn exists(&self, now: Timestamp) -> bool {
        self.created_at <= now && self.deletion.is_none_or(|deletion| now < deletion.gone_at)
    }

    /// The status that follows from making and deleting alone.
    fn own_status(&self, now: Timestamp) -> Option<&'static str> {
        if let Some(deletion) = self.deletion.filter(|deletion| deletion.asked_at <= now) {
            let share = formats::percent(deletion.asked_at, deletion.gone_at, now);
            return Some(if share < 50 { "waiting_delete" } else { "deleting" });
        }
        let ready = self.ready_at.filter(|ready| now < *ready)?;
        Some(if formats::percent(self.created_at, ready, now) < 10 { "waiting_protect" } else { "protecting" })
    }
}

impl World {
    /// The status of a backup as a caller sees it.
    pub(super) fn backup_status(&self, backup: &Backup, now: Timestamp) -> String {
        if let Some(status) = backup.own_status(now) {
            return status.to_owned();
        }
        let restores = self.restores_of(&backup.id, now);
        let shown = restores.filter_map(|log| log.backup_status(now)).last();
        shown.unwrap_or(&backup.status).to_owned()
    }

    /// The status of a child, given the server backup that it belongs to.
    pub(super) fn child_status(&self, child: &Backup, parent: &Backup, now: Timestamp) -> String {
        let of_parent = self.backup_status(parent, now);
        let follows = matches!(of_parent.as_str(), "waiting_delete" | "deleting" | "waiting_protect" | "protecting")
            || self.switches.children_flip && matches!(of_parent.as_str(), "waiting_restore" | "restoring");
        if follows { of_parent } else { self.backup_status(child, now) }
    }

    /// Restores of this backup accepted by now, oldest first.
    pub(super) fn restores_of(&self, backup_id: &str, now: Timestamp) -> impl Iterator<Item = &Log> {
        let of_backup = move |log: &&Log| log.operation_type == "restore" && log.backup.id == backup_id;
        self.logs.iter().filter(of_backup).filter(move |log| log.created_at <= now)
    }

    /// Whether an operation of this type runs on the resource.
    pub(super) fn runs_on(&self, operation_type: &str, resource_id: &str, now: Timestamp) -> bool {
        let resource =
            |log: &Log| if operation_type == "restore" { log.target.id.clone() } else { log.source.id.clone() };
        let mut logs = self.logs.iter().filter(|log| log.operation_type == operation_type && log.is_active(now));
        logs.any(|log| resource(log) == resource_id)
    }

    /// The protection status of a vault's member.
    pub(super) fn protect_status(&self, member: &Member, now: Timestamp) -> String {
        if let Some(fixed) = &member.protect_status {
            return fixed.clone();
        }
        let made = |log: &&Log| log.operation_type == "backup" && log.source.id == member.id && log.has_ended(now);
        let last_failed = self.logs.iter().rfind(made).is_some_and(|log| !log.succeeds());
        let status = match () {
            () if self.runs_on("restore", &member.id, now) => "restoring",
            () if self.runs_on("backup", &member.id, now) => "protecting",
            () if last_failed => "error",
            () => "available",
        };
        status.to_owned()
    }

    /// The status of a restore point; none when it does not exist (any more).
    pub(super) fn checkpoint_status(&self, checkpoint: &Checkpoint, now: Timestamp) -> Option<String> {
        let mut backups = self.backups.iter().filter(|backup| backup.checkpoint_id == checkpoint.id).peekable();
        let all_gone = backups.peek().is_some() && backups.all(|backup| !backup.exists(now));
        if checkpoint.created_at > now || all_gone {
            return None;
        }
        let making = checkpoint.ready_at.is_some_and(|ready| now < ready);
        Some(if making { "protecting".to_owned() } else { checkpoint.status.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbr::world::{Deletion, Named};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + second).unwrap()
    }

    fn restore() -> Log {
        Log {
            backup: Named::new("b", "", ""),
            created_at: at(0),
            running_at: Some(at(2)),
            ended_at: Some(at(52)),
            flips_at: Some(at(1)),
            released_at: Some(at(53)),
            ..Log::default()
        }
    }

    #[test]
    fn a_log_walks_to_its_end() {
        let log = restore();
        for (second, status, progress) in
            [(0, "waiting", 0), (2, "running", 0), (27, "running", 50), (51, "running", 98), (52, "success", 100)]
        {
            assert_eq!((log.status(at(second)), log.progress(at(second))), (status, progress), "{second}");
        }
        let failed = Log { end_status: "failed".to_owned(), ..restore() };
        assert_eq!((failed.status(at(60)), failed.progress(at(60))), ("failed", 50));
        let stuck = Log { progress_stuck: Some(30), ended_at: None, ..restore() };
        assert_eq!((stuck.status(at(9000)), stuck.progress(at(9000))), ("running", 30));
    }

    #[test]
    fn a_backup_shows_its_restore_and_its_deletion() {
        let backup = Backup { id: "b".to_owned(), created_at: at(-100), ..Backup::default() };
        let world = World { logs: vec![restore()], ..World::default() };
        for (second, expected) in
            [(0, "available"), (1, "waiting_restore"), (2, "restoring"), (52, "restoring"), (53, "available")]
        {
            assert_eq!(world.backup_status(&backup, at(second)), expected, "{second}");
        }
        let never = World { logs: vec![Log { flips_at: None, ..restore() }], ..World::default() };
        assert_eq!(never.backup_status(&backup, at(20)), "available");
        let broken = Log { backup_after: Some("error".to_owned()), ..restore() };
        let broken = World { logs: vec![broken], ..World::default() };
        assert_eq!(broken.backup_status(&backup, at(60)), "error");

        let deletion = Some(Deletion { asked_at: at(0), gone_at: at(10) });
        let deleted = Backup { deletion, ..backup };
        let quiet = World::default();
        for (second, expected) in [(-1, "available"), (1, "waiting_delete"), (6, "deleting")] {
            assert_eq!(quiet.backup_status(&deleted, at(second)), expected, "{second}");
        }
        assert!(deleted.exists(at(9)));
        assert!(!deleted.exists(at(10)));
    }

    #[test]
    fn a_backup_is_made_in_steps() {
        let backup = Backup { created_at: at(0), ready_at: Some(at(60)), ..Backup::default() };
        for (second, expected) in [(1, "waiting_protect"), (10, "protecting"), (60, "available")] {
            assert_eq!(World::default().backup_status(&backup, at(second)), expected, "{second}");
        }
        assert!(!backup.exists(at(-1)));
    }
}
