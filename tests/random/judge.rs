//! What really happened, by the records of the rehearsal cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rehearsal::{Entry, Running, TimelineEntry};

use crate::resource::Resource;

/// What a run comes to.
#[derive(Default)]
pub(crate) struct Figures {
    /// Operations that users asked for.
    pub(crate) asked: usize,
    /// Operations that the clouds ran.
    pub(crate) operations: usize,
    /// Of these, ended badly because a fault said so.
    pub(crate) failed: usize,
    pub(crate) requests: usize,
    pub(crate) faults: usize,
    pub(crate) walks: usize,
    pub(crate) stops: usize,
    pub(crate) kills: usize,
    /// Applies of one resource that ended with an error.
    pub(crate) red: usize,
    /// Of these, stopped by the core because the second plan could not repeat the first.
    pub(crate) stopped_by_core: usize,
    /// Plans that were applied a second time, after the state of the first time was lost.
    pub(crate) plans_again: usize,
    /// Times that tasks were hidden for two walks.
    pub(crate) hidden: usize,
    pub(crate) duplicates: usize,
    pub(crate) lost: usize,
    pub(crate) hangs: usize,
    pub(crate) panics: usize,
    /// Backups whose provider was killed before it could answer.
    pub(crate) orphans: usize,
    /// Restores that ran again after a kill, because their record was not listed when the next plan looked: nobody can know.
    pub(crate) repeated: usize,
    /// Everything that must not be, in words.
    pub(crate) findings: Vec<String>,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Figures) {
        self.asked += other.asked;
        self.operations += other.operations;
        self.failed += other.failed;
        self.requests += other.requests;
        self.faults += other.faults;
        self.walks += other.walks;
        self.stops += other.stops;
        self.kills += other.kills;
        self.red += other.red;
        self.stopped_by_core += other.stopped_by_core;
        self.plans_again += other.plans_again;
        self.hidden += other.hidden;
        self.duplicates += other.duplicates;
        self.lost += other.lost;
        self.hangs += other.hangs;
        self.panics += other.panics;
        self.orphans += other.orphans;
        self.repeated += other.repeated;
        self.findings.extend(other.findings);
    }

    pub(crate) fn take(&mut self, fleet: usize, verdicts: Verdicts) {
        self.failed += verdicts.failed;
        self.orphans += verdicts.orphans;
        self.repeated += verdicts.repeated.len();
        self.duplicates += verdicts.duplicates.len();
        self.lost += verdicts.lost.len();
        let all = verdicts.repeated.into_iter().chain(verdicts.duplicates).chain(verdicts.lost);
        self.findings.extend(all.map(|finding| format!("fleet {fleet}: {finding}")));
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, figure) in [
            ("operations asked", self.asked),
            ("operations run", self.operations),
            ("of them failed", self.failed),
            ("requests", self.requests),
            ("faults drawn", self.faults),
            ("walks", self.walks),
            ("Ctrl-C", self.stops),
            ("kill -9", self.kills),
            ("red applies", self.red),
            ("stopped by core", self.stopped_by_core),
            ("plans used twice", self.plans_again),
            ("tasks hidden", self.hidden),
            ("orphaned by kill", self.orphans),
            ("again after kill", self.repeated),
            ("duplicates", self.duplicates),
            ("lost IDs", self.lost),
            ("hangs", self.hangs),
            ("panics", self.panics),
        ] {
            writeln!(formatter, "  {name:<16} {figure}")?;
        }
        Ok(())
    }
}

/// How many requests a fault struck.
pub(crate) fn faults(cloud: &Running) -> usize {
    cloud.journal().iter().filter(|entry| !entry.faults.is_empty()).count()
}

/// One line about a request that was to start something.
pub(crate) fn in_words(entry: &Entry) -> String {
    let Entry { number, time, path, body, status, service_status, started, faults, .. } = entry;
    let body = body.as_ref().map(ToString::to_string).unwrap_or_default();
    format!(
        "{number} {time} {path} {body} -> {status:?}, of the service {service_status:?}, started {started:?} {faults:?}"
    )
}

/// What is left to say when all is over.
#[derive(Default)]
pub(crate) struct Verdicts {
    failed: usize,
    orphans: usize,
    repeated: Vec<String>,
    duplicates: Vec<String>,
    lost: Vec<String>,
}

/// Looks at everything that the cloud ran, resource by resource and question by question.
pub(crate) fn judge(cloud: &Running, resources: &[Resource]) -> Verdicts {
    let timeline: Vec<TimelineEntry> =
        cloud.operations().into_iter().filter(|entry| entry.operation.kind != "delete").collect();
    let failures = failures(cloud);
    let mut verdicts = Verdicts::default();
    let mut owned = 0;
    for resource in resources {
        let own: Vec<&TimelineEntry> = timeline.iter().filter(|entry| resource.owns(entry)).collect();
        owned += own.len();
        verdicts.failed += own.iter().filter(|entry| failures.contains(&entry.operation.id)).count();
        verdicts.orphans += resource.orphans.len();
        one(resource, &own, &failures, &mut verdicts);
    }
    if owned != timeline.len() {
        verdicts.lost.push(format!("{} operations belong to nobody", timeline.len() - owned));
    }
    verdicts
}

fn one(resource: &Resource, own: &[&TimelineEntry], failures: &BTreeSet<String>, verdicts: &mut Verdicts) {
    let mut by_ask: BTreeMap<usize, Vec<&TimelineEntry>> = BTreeMap::new();
    for entry in own {
        let ask = resource.boundaries.iter().filter(|boundary| entry.request.number > **boundary).count();
        by_ask.entry(ask).or_default().push(entry);
    }
    for (ask, entries) in &by_ask {
        // Only what failed, or what a kill took away without a trace, may be followed by another one.
        let lasting: Vec<&str> =
            entries.iter().map(|entry| entry.operation.id.as_str()).filter(|id| !failures.contains(*id)).collect();
        let excused = lasting.iter().filter(|id| resource.orphans.contains(**id)).count();
        let unseen = lasting.iter().filter(|id| resource.killed.contains(**id)).count();
        if lasting.len() > 1 + excused && lasting.len() <= 1 + excused + unseen {
            verdicts.repeated.push(format!(
                "{}: ran again after a kill (the {ask}. time), as {lasting:?}, {:#?}",
                resource.name, resource.history
            ));
        } else if lasting.len() > 1 + excused {
            verdicts.duplicates.push(format!(
                "{}: asked for once (the {ask}. time), ran as {lasting:?}, {:#?}",
                resource.name, resource.history
            ));
        }
    }
    for entry in own {
        let id = &entry.operation.id;
        if !resource.ids.contains(id) && !resource.orphans.contains(id) && !resource.killed.contains(id) {
            verdicts.lost.push(format!("{}: {id} ({}) was never in the state", resource.name, entry.operation.status));
        }
    }
    let last = own.last().map(|entry| entry.operation.id.as_str());
    let stated = resource.object.as_ref().and_then(|object| resource.operation(&object.state));
    if stated != last {
        verdicts.lost.push(format!("{}: the state has {stated:?}, the cloud ran {last:?} last", resource.name));
    }
    if by_ask.len() < resource.boundaries.len() && resource.is_green() {
        let ran = by_ask.len();
        verdicts.lost.push(format!(
            "{}: asked for {} times, ran for {ran} of them",
            resource.name,
            resource.boundaries.len()
        ));
    }
}

/// Operations of this walk whose ID went into no state although there is none that says "unknown". What a kill took away
/// may come back: a running restore is joined, an ended one imported; a backup cannot.
pub(crate) fn lost_in_walk(cloud: &Running, resources: &mut [Resource], after: u64, killed: bool) -> Vec<String> {
    let mut lost = Vec::new();
    let timeline = cloud.operations();
    let failures = failures(cloud);
    for resource in resources {
        let in_doubt = resource.object.as_ref().is_some_and(|object| object.state["status"] == "unknown");
        let new = timeline.iter().filter(|entry| entry.request.number > after && resource.owns(entry));
        let unstated: Vec<&TimelineEntry> = new
            .filter(|entry| entry.operation.kind != "delete" && !resource.ids.contains(&entry.operation.id))
            .collect();
        // A backup that was being taken up when the provider was killed is in no state any more.
        if killed && !resource.happens_once() && resource.object.is_none() {
            let since = resource.boundaries.last().copied().unwrap_or_default();
            let own = timeline.iter().filter(|entry| entry.request.number > since && resource.owns(entry));
            let own: Vec<String> = own.map(|entry| entry.operation.id.clone()).collect();
            resource.orphans.extend(own);
        }
        for entry in unstated {
            let id = entry.operation.id.clone();
            if killed {
                if !resource.happens_once() || failures.contains(&id) {
                    resource.orphans.insert(id);
                } else {
                    resource.killed.insert(id);
                }
            } else if !in_doubt {
                lost.push(format!("{}: {id} was accepted and is not in the state", resource.name));
            }
        }
    }
    lost
}

/// IDs of all that ended or will end badly. The world tells: a deleted backup's record only says that it is deleted.
fn failures(cloud: &Running) -> BTreeSet<String> {
    let world = cloud.world();
    let backups = world.dcs.backups.iter().filter(|backup| backup.failure.is_some()).map(|backup| &backup.id);
    let restores = world.dcs.restores.iter().filter(|restore| restore.failure.is_some()).map(|restore| &restore.id);
    let logs = world.cbr.logs.iter().filter(|log| log.end_status != "success").map(|log| &log.id);
    let jobs = world.ddm.jobs.iter().filter(|job| job.failure.is_some()).map(|job| &job.id);
    let copies = world.rds.backups.iter().filter(|backup| backup.failure.is_some()).map(|backup| &backup.id);
    let tasks = world.rds.jobs.iter().filter(|job| job.failure.is_some()).map(|job| &job.id);
    let made = world.rds.instances.iter().filter(|instance| instance.failure.is_some()).map(|instance| &instance.id);
    let dumps = world.dds.backups.iter().filter(|backup| backup.failure.is_some()).map(|backup| &backup.id);
    backups
        .chain(restores)
        .chain(logs)
        .chain(jobs)
        .chain(copies)
        .chain(tasks)
        .chain(dumps)
        .chain(made)
        .cloned()
        .collect()
}
