//! One configuration of many resources, run again and again as Terraform runs it: a plan walk and an apply walk, each
//! in a provider process of its own, with calls in parallel.

use std::time::Duration;

use plugin_client::{Client, Process, Start};
use rehearsal::{Options, Running, Scenario};
use serde_json::json;
use tokio::time::timeout;

use crate::faults;
use crate::judge::{self, Figures};
use crate::resource::{Kind, Resource};
use crate::walk::{self, Applied, Step};

/// What the cloud of a fleet is like: operations of a second or two, records and statuses that lag behind.
/// Restores of RDS last longer, because only their target tells of some: it has to be seen busy.
const SCENARIO: &str = "
durations:
  dcs: { waiting_seconds: 0.3, backup_seconds: 1.2, restore_seconds: 1.6, settle_seconds: 0.3 }
  cbr: { waiting: 0.3, restore_server: 1.6, restore_disk: 1.2, log_listed: 0.4, log_shown: 0.3, backup_flip: 0.2, backup_release: 0.3 }
  ddm: { restore: 1.6, job_listed: 0.4, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }
  rds: { backup: 1.2, restore: 3.0, create: 1.4, create_release: 0.2, instance_listed: 0.4, own_backup: 0.3, delete: 0.3, backup_listed: 0.4, task_listed: 0.4, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }
  dds: { backup: 1.2, restore: 1.6, delete: 0.3, backup_listed: 0.4, task_listed: 0.4, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }
switches:
  dcs: { kept_backups: 10000, ids_in_any_case: true }
  cbr: { ids_in_any_case: true }
  ddm: { ids_in_any_case: true }
  rds: { ids_in_any_case: true, target_after_failed_restore: ACTIVE }
  dds: { ids_in_any_case: true }
";
/// How long the engine waits for lost records here; longer than any fault hides one.
const PATIENCE: &str = "3500ms";
/// No walk takes longer, whatever goes wrong: every wait in it ends within its own timeout.
const WALK: Duration = Duration::from_secs(75);
/// When the services list everything that was started.
const LISTED: Duration = Duration::from_millis(800);
/// The usual time for an operation, and one that ends in the middle of it.
const TIMEOUTS: [&str; 2] = ["40s", "1s"];
/// After so many walks without new work everything is green, or never will be.
const MOST_WALKS_TO_GREEN: usize = 16;

/// No fleet takes so many walks for its operations.
const MOST_WALKS: usize = 200;

pub(crate) struct Fleet {
    index: usize,
    cloud: Running,
    random: fastrand::Rng,
    resources: Vec<Resource>,
    figures: Figures,
    /// A provider was killed, and what it was working on is not in the state again.
    killed: bool,
    /// This round plans and applies with checks, and no read fails in it: a second plan has to repeat what the first one
    /// has read.
    checked: bool,
    /// In how many walks more the tasks of the last seconds are hidden: what the first of them saw, the next one has to know.
    hidden: u8,
    /// The number of the last request.
    number: u64,
    /// Every request that was to start something, in words, for findings: the journal is emptied before each walk.
    sent: Vec<String>,
}

/// How a walk is disturbed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Disturbance {
    None,
    Stop(Duration),
    Kill(Duration),
}

/// How a plan is applied.
#[derive(Clone, Copy)]
struct Applying {
    /// Something may come in between.
    disturbed: bool,
    /// The same plan was applied before.
    again: bool,
}

impl Fleet {
    pub(crate) async fn new(index: usize, seed: u64) -> Fleet {
        let scenario = Scenario::parse(SCENARIO, "random").unwrap();
        let cloud = rehearsal::start(Options { scenario: Some(scenario), ..Options::default() }).await.unwrap();
        let kinds = [
            (Kind::DcsRestore("v2"), 1),
            (Kind::DcsBackup("v2"), 1),
            (Kind::DcsBackup("v2"), 1),
            (Kind::DcsRestore("v1.0"), 2),
            (Kind::DcsBackup("v1.0"), 2),
            (Kind::DcsRestore("v2"), 3),
            (Kind::CbrServer, 1),
            (Kind::CbrServer, 2),
            (Kind::CbrDisk, 3),
            (Kind::CbrDisk, 4),
            (Kind::Ddm, 1),
            (Kind::Ddm, 2),
            (Kind::Ddm, 3),
            (Kind::RdsRestore, 1),
            (Kind::RdsRestore, 2),
            (Kind::RdsBackup, 11),
            (Kind::RdsBackup, 12),
            (Kind::DdsBackup, 1),
            (Kind::RdsNew, 21),
        ];
        let named =
            |(number, (kind, place)): (usize, (Kind, u32))| Resource::new(kind, place, format!("{kind:?}-{number}"));
        let resources = kinds.into_iter().enumerate().map(named).collect();
        let random = fastrand::Rng::with_seed(seed);
        Fleet {
            index,
            cloud,
            random,
            resources,
            figures: Figures::default(),
            killed: false,
            checked: false,
            hidden: 0,
            number: 0,
            sent: Vec::new(),
        }
    }

    /// Runs until so many operations were asked for, then until everything is green.
    pub(crate) async fn run(mut self, operations: usize) -> Figures {
        let mut walks_to_green = 0;
        loop {
            let more = self.figures.asked < operations;
            walks_to_green += usize::from(!more);
            if self.figures.walks > MOST_WALKS || !self.figures.findings.is_empty() && self.figures.walks > 60 {
                self.finding("too many walks".into());
                break;
            }
            if !more && self.resources.iter().all(Resource::is_green) {
                break;
            }
            if walks_to_green > MOST_WALKS_TO_GREEN {
                let red = self.resources.iter().filter(|resource| !resource.is_green());
                let red: Vec<String> = red
                    .map(|resource| format!("{}: due {} {:#?}", resource.name, resource.due, resource.history))
                    .collect();
                self.finding(format!("never green: {}", red.join("; ")));
                break;
            }
            self.ask(more);
            self.hide(more);
            self.arm();
            let Some(steps) = self.plan_walk().await else { continue };
            // A plan file can be applied once more only while the state is as it was when it was made.
            let before = self.checked.then(|| (steps.clone(), self.resources.clone(), self.last_number()));
            let killed = self.apply_walk(steps, Applying { disturbed: more && self.hidden == 0, again: false }).await;
            if let (true, Some((steps, resources, number))) = (killed && self.random.bool(), before) {
                self.lose_the_state(resources, number);
                self.figures.plans_again += 1;
                self.apply_walk(steps, Applying { disturbed: false, again: true }).await;
            }
        }
        self.read_journal();
        let verdicts = judge::judge(&self.cloud, &self.resources);
        self.figures.operations = self.cloud.operations().len();
        self.figures.take(self.index, verdicts);
        if !self.figures.findings.is_empty() {
            let sent = std::mem::take(&mut self.sent).join("\n  ");
            self.finding(format!("what was sent:\n  {sent}"));
        }
        self.figures
    }

    fn finding(&mut self, what: String) {
        self.figures.findings.push(format!("fleet {}: {what}", self.index));
    }

    /// Users ask for what is green to be run again, in one of the ways there are, or leave it alone.
    fn ask(&mut self, more: bool) {
        let journal = self.last_number();
        for resource in &mut self.resources {
            // Whose time was too short gives more of it: that is no other restore.
            if resource.tainted && self.random.bool() {
                resource.config["timeouts"] = json!({"create": TIMEOUTS[0], "update": TIMEOUTS[0]});
            }
            let first = resource.asks == 0;
            if !first && self.random.u8(..) < 60 {
                resource.write_nothing_otherwise();
            }
            if !more || !first && (!resource.is_green() || self.random.u8(..) < 30) {
                continue;
            }
            let patience = TIMEOUTS[usize::from(self.random.u8(..) < 50)];
            let config = resource.config.clone();
            let needs = resource.ask(journal, patience);
            self.figures.asked += 1;
            if self.random.u8(..) < 60 {
                resource.write_in_capitals();
            }
            // `-replace` is for what did not change.
            if !first && resource.kind != Kind::Ddm && self.random.u8(..) < 60 {
                resource.config = config;
                resource.replace = true;
            }
            self.cloud.ensure(&needs);
        }
    }

    /// Hides tasks now and then, if no restore of their service is in doubt before: one that is hidden began while its target was
    /// looked at, and the time for it is not over before that was seen.
    fn hide(&mut self, more: bool) {
        self.hidden = self.hidden.saturating_sub(1);
        let mut restores: Vec<&mut Resource> =
            self.resources.iter_mut().filter(|resource| resource.kind == Kind::RdsRestore).collect();
        let in_doubt = self.killed || restores.iter().any(|resource| resource.is_pending());
        if self.hidden == 0 && more && !in_doubt && self.random.u8(..) < 100 {
            self.hidden = 2;
            self.figures.hidden += 1;
        }
        if self.hidden > 0 {
            for resource in restores.iter_mut().filter(|resource| !resource.is_green()) {
                resource.config["timeouts"] = json!({"create": TIMEOUTS[0], "update": TIMEOUTS[0]});
            }
        }
    }

    /// Faults for the walk to come. After a kill the next plan has to see the records: what was lost with the process
    /// can be learnt from nowhere else.
    fn arm(&mut self) {
        let seed = self.random.u64(..);
        self.checked = self.killed || self.random.u8(..) < 60;
        self.read_journal();
        self.cloud.clear_journal();
        let faults = match self.hidden {
            0 if self.checked => faults::of_starts(seed),
            0 => faults::all(seed),
            _ => faults::of_starts_with_hidden_tasks(seed),
        };
        self.cloud.set_faults(faults).unwrap();
    }

    /// Takes from the journal what is counted and what findings may need.
    fn read_journal(&mut self) {
        self.figures.faults += judge::faults(&self.cloud);
        let journal = self.cloud.journal();
        self.figures.requests += journal.len();
        self.sent.extend(journal.iter().filter(|entry| entry.method == "POST").map(judge::in_words));
    }

    async fn process(&self) -> (Process, Client) {
        let process = Start::new(env!("CARGO_BIN_EXE_terraform-provider-recovery"))
            .unwrap()
            .env("RECOVERY_REHEARSAL", &self.cloud.connection.url)
            .env("RECOVERY_REHEARSAL_PATIENCE", PATIENCE)
            .spawn()
            .await
            .unwrap();
        let mut client = process.connect().await.unwrap();
        client.configure(json!({"request_timeout": "2s", "max_retries": 2, "preflight": self.checked})).await.unwrap();
        (process, client)
    }

    /// Refresh and plan of everything. `None`: it had errors, which a user would answer by running it again.
    async fn plan_walk(&mut self) -> Option<Vec<Step>> {
        let (mut process, client) = self.process().await;
        let refresh = self.random.u8(..) > 30;
        self.figures.walks += 1;
        self.resources.iter_mut().for_each(Resource::take_a_free_name);
        let planning = self.resources.iter_mut().map(|resource| walk::plan(client.clone(), resource, refresh));
        let planned = timeout(WALK, futures::future::join_all(planning)).await;
        self.end(&mut process, Some(client)).await;
        let Ok(planned) = planned else {
            self.figures.hangs += 1;
            self.finding("a plan walk hung".into());
            return None;
        };
        let mut steps = Vec::new();
        let mut failed = false;
        for (name, planned) in
            self.resources.iter().map(|resource| resource.name.clone()).zip(planned).collect::<Vec<_>>()
        {
            match planned {
                Ok(step) => steps.push(step),
                Err(problem) => {
                    failed = true;
                    // Reads fail in this run by intention; whatever else stops a plan is a finding.
                    if !problem.contains("HTTP") && !problem.contains("Call:") {
                        self.finding(format!("{name}: plan: {problem}"));
                    }
                }
            }
        }
        if !failed {
            // A plan that could not look says so; its user looks again before anything is applied.
            self.killed &= self.resources.iter().any(|resource| resource.object.is_none());
        }
        (!failed).then_some(steps)
    }

    /// The runner died with the provider, before any of this walk was written into the state.
    fn lose_the_state(&mut self, before: Vec<Resource>, number: u64) {
        for (resource, before) in self.resources.iter_mut().zip(before) {
            let (orphans, killed) = (std::mem::take(&mut resource.orphans), std::mem::take(&mut resource.killed));
            *resource = before;
            resource.orphans.extend(orphans);
            resource.killed.extend(killed);
        }
        judge::lost_in_walk(&self.cloud, &mut self.resources, number, true);
    }

    /// Returns whether the provider was killed in it.
    async fn apply_walk(&mut self, steps: Vec<Step>, Applying { disturbed, again }: Applying) -> bool {
        // Only a checked plan can tell that it was applied before: those meet more sudden ends.
        let kills = if self.checked { 50..130 } else { 50..75 };
        let disturbance = match self.random.u8(..) {
            0..50 if disturbed => Disturbance::Stop(self.moment()),
            drawn if disturbed && kills.contains(&drawn) => Disturbance::Kill(self.moment()),
            _ => Disturbance::None,
        };
        let (mut process, client) = self.process().await;
        self.figures.walks += 1;
        let first = self.last_number();
        let applying = self
            .resources
            .iter_mut()
            .zip(steps)
            .map(|(resource, step)| walk::apply(client.clone(), resource, step, again));
        let applying = timeout(WALK, futures::future::join_all(applying));
        let disturbing = async {
            match disturbance {
                Disturbance::None => {}
                Disturbance::Stop(after) => {
                    tokio::time::sleep(after).await;
                    let _ = client.clone().stop().await;
                }
                Disturbance::Kill(after) => {
                    tokio::time::sleep(after).await;
                    let _ = process.signal("KILL").await;
                    // Who plans again before the service lists what was started, and applies when it has ended, is told
                    // too late: no plan can know what no record shows.
                    tokio::time::sleep(LISTED).await;
                }
            }
        };
        let (applied, ()) = tokio::join!(applying, disturbing);
        let killed = matches!(disturbance, Disturbance::Kill(_));
        self.end(&mut process, (!killed).then_some(client)).await;
        match disturbance {
            Disturbance::None => {}
            Disturbance::Stop(_) => self.figures.stops += 1,
            Disturbance::Kill(_) => self.figures.kills += 1,
        }
        self.killed |= killed;
        let Ok(applied) = applied else {
            self.figures.hangs += 1;
            self.finding("an apply walk hung".into());
            return killed;
        };
        self.count(applied, killed);
        for lost in judge::lost_in_walk(&self.cloud, &mut self.resources, first, killed) {
            self.figures.lost += 1;
            self.finding(lost);
        }
        killed
    }

    /// What came of each resource, in the order of the resources.
    fn count(&mut self, applied: Vec<Applied>, killed: bool) {
        let names: Vec<String> = self.resources.iter().map(|resource| resource.name.clone()).collect();
        for (name, outcome) in names.iter().zip(applied) {
            self.figures.red += usize::from(outcome.red);
            self.figures.stopped_by_core += usize::from(outcome.stopped);
            if !outcome.breaches.is_empty() {
                self.finding(format!("{name}: said {:?}", outcome.said));
            }
            for breach in outcome.breaches {
                self.finding(format!("{name}: {breach}"));
            }
            if outcome.broken && !killed {
                self.finding(format!("{name}: the provider did not answer"));
            }
        }
    }

    /// The journal is emptied now and then, but its numbers go on.
    fn last_number(&mut self) -> u64 {
        self.number = self.cloud.journal().last().map_or(self.number, |entry| entry.number);
        self.number
    }

    fn moment(&mut self) -> Duration {
        Duration::from_millis(self.random.u64(100..3000))
    }

    /// Ends a process as Terraform does, and looks for panics in what it wrote.
    async fn end(&mut self, process: &mut Process, client: Option<Client>) {
        if let Some(client) = client
            && let Err(problem) = process.close(client).await
        {
            self.finding(format!("the process did not end well: {problem}"));
        }
        let words = process.stderr();
        if words.contains("panic") {
            self.figures.panics += 1;
            self.finding(format!("a panic: {words}"));
        }
    }
}
