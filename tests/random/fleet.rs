//! One configuration of many resources, run again and again as Terraform runs it: a plan walk and an apply walk, each
//! in a provider process of its own, with calls in parallel.

use std::time::Duration;

use plugin_client::{Client, Object, Planned, Problem, Process, Start};
use rehearsal::{Options, Running, Scenario};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::core::{contradictions, has_unknowns};
use crate::faults;
use crate::judge::{self, Figures};
use crate::resource::{Kind, Resource};

/// What the cloud of a fleet is like: operations of a second or two, records and statuses that lag behind.
const SCENARIO: &str = "
durations:
  dcs: { waiting_seconds: 0.3, backup_seconds: 1.2, restore_seconds: 1.6, settle_seconds: 0.3 }
  cbr: { waiting: 0.3, restore_server: 1.6, restore_disk: 1.2, log_listed: 0.4, log_shown: 0.3, backup_flip: 0.2, backup_release: 0.3 }
  ddm: { restore: 1.6, job_listed: 0.4, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }
  rds: { backup: 1.2, restore: 1.6, own_backup: 0.3, delete: 0.3, backup_listed: 0.4, task_listed: 0.4, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }
switches:
  dcs: { kept_backups: 10000, ids_in_any_case: true }
  cbr: { ids_in_any_case: true }
  ddm: { ids_in_any_case: true }
  rds: { ids_in_any_case: true, target_after_failed_restore: ACTIVE }
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
const MOST_WALKS_TO_GREEN: usize = 12;

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
    /// The number of the last request.
    number: u64,
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

/// What a plan walk found for one resource.
#[derive(Clone)]
enum Step {
    Nothing,
    Update(Planned),
    /// A create, after a delete if there is an object.
    Create(Planned),
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
        ];
        let named =
            |(number, (kind, place)): (usize, (Kind, u32))| Resource::new(kind, place, format!("{kind:?}-{number}"));
        let resources = kinds.into_iter().enumerate().map(named).collect();
        let random = fastrand::Rng::with_seed(seed);
        Fleet { index, cloud, random, resources, figures: Figures::default(), killed: false, checked: false, number: 0 }
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
            self.arm();
            let Some(steps) = self.plan_walk().await else { continue };
            // A plan file can be applied once more only while the state is as it was when it was made.
            let before = self.checked.then(|| (steps.clone(), self.resources.clone(), self.last_number()));
            let killed = self.apply_walk(steps, Applying { disturbed: more, again: false }).await;
            if let (true, Some((steps, resources, number))) = (killed && self.random.bool(), before) {
                self.lose_the_state(resources, number);
                self.figures.plans_again += 1;
                self.apply_walk(steps, Applying { disturbed: false, again: true }).await;
            }
        }
        self.figures.faults += judge::faults(&self.cloud);
        self.figures.requests += self.cloud.journal().len();
        let verdicts = judge::judge(&self.cloud, &self.resources);
        self.figures.operations = self.cloud.operations().len();
        self.figures.take(self.index, verdicts);
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

    /// Faults for the walk to come. After a kill the next plan has to see the records: what was lost with the process
    /// can be learnt from nowhere else.
    fn arm(&mut self) {
        let seed = self.random.u64(..);
        self.checked = self.killed || self.random.u8(..) < 60;
        self.figures.faults += judge::faults(&self.cloud);
        self.figures.requests += self.cloud.journal().len();
        self.cloud.clear_journal();
        let faults = if self.checked { faults::of_starts(seed) } else { faults::all(seed) };
        self.cloud.set_faults(faults).unwrap();
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
        let planning = self.resources.iter_mut().map(|resource| plan(client.clone(), resource, refresh));
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
        let applying =
            self.resources.iter_mut().zip(steps).map(|(resource, step)| apply(client.clone(), resource, step, again));
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
        for lost in judge::lost_in_walk(&self.cloud, &mut self.resources, first, killed) {
            self.figures.lost += 1;
            self.finding(lost);
        }
        killed
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

/// What came of one resource in an apply walk.
#[derive(Default)]
struct Applied {
    /// The plan was applied before: what it started then is no fault of the core if it stops now.
    again: bool,
    /// It ended with an error.
    red: bool,
    /// The core stopped it for want of a way to hand a joined restore over.
    stopped: bool,
    /// The connection broke.
    broken: bool,
    /// Rules of the core that were broken.
    breaches: Vec<String>,
    /// What the provider told meanwhile.
    said: Vec<String>,
}

async fn plan(mut client: Client, resource: &mut Resource, refresh: bool) -> Result<Step, String> {
    let type_name = resource.type_name();
    if resource.object.is_some() {
        see(&mut client, resource).await?;
    }
    if refresh && let Some(object) = &resource.object {
        let read = client.read(type_name, object).await.map_err(|error| error.to_string())?;
        no_error(&read.problems)?;
        let tainted = resource.tainted;
        resource.keep(read.object, tainted);
    }
    let config = resource.config.clone();
    let known = resource.object.clone().filter(|_| !resource.tainted);
    let first = client.plan(type_name, known.as_ref(), config.clone()).await.map_err(|error| error.to_string())?;
    let Some(known) = known else {
        // A target that was restored to may not pass the checks any more: the advice stands beside that.
        if resource.object.is_none()
            && let Some(id) = advised_import(&first.problems)
            // What the user has seen before is not the one that was asked for.
            && !resource.answered.contains(id.split('/').next_back().unwrap_or_default())
        {
            return import(client, resource, &id).await;
        }
        no_error(&first.problems)?;
        return Ok(Step::Create(first));
    };
    no_error(&first.problems)?;
    if !first.requires_replace.is_empty() || resource.replace {
        let gone = Object { state: Value::Null, private: first.private, identity: Value::Null };
        let second = client.plan(type_name, Some(&gone), config).await.map_err(|error| error.to_string())?;
        no_error(&second.problems)?;
        return Ok(Step::Create(second));
    }
    Ok(if first.state == known.state { Step::Nothing } else { Step::Update(first) })
}

/// As the core reads a state: by UpgradeResourceState.
async fn see(client: &mut Client, resource: &mut Resource) -> Result<(), String> {
    let type_name = resource.type_name();
    let Some(object) = &resource.object else { return Ok(()) };
    let (state, problems) = client.upgrade(type_name, 0, &object.state).await.map_err(|error| error.to_string())?;
    no_error(&problems)?;
    if state == object.state { Ok(()) } else { Err(format!("the upgrade changed {} into {state}", object.state)) }
}

/// The ID in the advice of a plan that found a restore which the state does not have.
fn advised_import(problems: &[Problem]) -> Option<String> {
    let line = problems.iter().find(|problem| problem.summary.starts_with("The same restore ended lately"))?;
    let command = line.detail.lines().find(|line| line.contains("terraform import "))?;
    command.split_whitespace().last().map(str::to_owned)
}

async fn import(mut client: Client, resource: &mut Resource, id: &str) -> Result<Step, String> {
    let type_name = resource.type_name();
    let imported = client.import(type_name, id, Value::Null).await.map_err(|error| error.to_string())?;
    no_error(&imported.problems)?;
    let read = client.read(type_name, &imported.object).await.map_err(|error| error.to_string())?;
    no_error(&read.problems)?;
    resource.keep(read.object, false);
    resource.due = false;
    resource.imported = true;
    Ok(Step::Nothing)
}

fn no_error(problems: &[Problem]) -> Result<(), String> {
    let error = problems.iter().find(|problem| problem.is_error);
    error.map_or(Ok(()), |error| Err(format!("{}: {}", error.summary, error.detail)))
}

async fn apply(client: Client, resource: &mut Resource, step: Step, again: bool) -> Applied {
    let mut outcome = Applied { again, ..Applied::default() };
    let result = match step {
        Step::Nothing => Ok(()),
        Step::Update(planned) => update(client, resource, planned, &mut outcome).await,
        Step::Create(planned) => replace(client, resource, planned, &mut outcome).await,
    };
    outcome.broken = result.is_err();
    let state = resource.object.as_ref().map(|object| format!("{}", object.state));
    resource.history.push(format!(
        "{} broken {} -> {state:?} tainted {}",
        outcome.said.join("; "),
        outcome.broken,
        resource.tainted
    ));
    outcome
}

async fn update(
    mut client: Client,
    resource: &mut Resource,
    first: Planned,
    outcome: &mut Applied,
) -> Result<(), plugin_client::Error> {
    let type_name = resource.type_name();
    see(&mut client, resource).await?;
    let Some(prior) = resource.object.clone() else { return Ok(()) };
    let planned = client.plan(type_name, Some(&prior), resource.config.clone()).await?;
    if !outcome.judge_second_plan(&first, &planned) {
        return Ok(());
    }
    if !planned.requires_replace.is_empty() {
        outcome.breaches.push("the second plan replaces".into());
    }
    let promised = planned.state.clone();
    let applied = client.apply(type_name, Some(&prior), planned).await?;
    resource.imported = false;
    outcome.judge_result(&promised, &applied.object.state, &applied.problems);
    if !applied.object.state.is_null() {
        resource.keep(applied.object, false);
    }
    Ok(())
}

async fn replace(
    mut client: Client,
    resource: &mut Resource,
    first: Planned,
    outcome: &mut Applied,
) -> Result<(), plugin_client::Error> {
    let type_name = resource.type_name();
    if let Some(old) = resource.object.clone() {
        see(&mut client, resource).await?;
        let going = Planned {
            config: Value::Null,
            state: Value::Null,
            requires_replace: Vec::new(),
            private: first.private.clone(),
            problems: Vec::new(),
            identity: Value::Null,
        };
        let gone = client.apply(type_name, Some(&old), going).await?;
        if gone.problems.iter().any(|problem| problem.is_error) {
            outcome.red = true;
            return Ok(());
        }
        resource.object = None;
        resource.tainted = false;
        resource.imported = false;
    }
    resource.due = false;
    resource.replace = false;
    let planned = client.plan(type_name, None, resource.config.clone()).await?;
    if !outcome.judge_second_plan(&first, &planned) {
        return Ok(());
    }
    let promised = planned.state.clone();
    let applied = client.apply(type_name, None, planned).await?;
    let red = outcome.judge_result(&promised, &applied.object.state, &applied.problems);
    if !applied.object.state.is_null() {
        resource.keep(applied.object, red);
    }
    Ok(())
}

fn will_join(first: &Planned) -> bool {
    first.problems.iter().any(|problem| problem.summary.starts_with("Apply will join"))
}

impl Applied {
    /// Whether the core goes on to apply.
    fn judge_second_plan(&mut self, first: &Planned, second: &Planned) -> bool {
        let private = |planned: &Planned| String::from_utf8_lossy(&planned.private).into_owned();
        self.said.push(format!("first plan: {} {:?}", private(first), first.problems));
        self.said.push(format!("second plan: {} {:?}", private(second), second.problems));
        if let Err(error) = no_error(&second.problems) {
            self.red = true;
            // A plan that was given up on Ctrl-C has sent nothing; whoever hears that runs it again. A target that has got the
            // restore which the first plan saw running takes no second one.
            let expected = error.starts_with("Stopped") || self.again || will_join(first);
            if !expected {
                self.breaches.push(format!("the second plan failed: {error}"));
            }
            return false;
        }
        let found = contradictions(&first.state, &second.state);
        self.red |= !found.is_empty();
        // A restore that only the service's records know may end between plan and apply. Nothing can tell the second plan
        // that the first one was to join it: the core stops, and the next plan tells how to import it.
        // A plan that is applied again meets what its first apply has run: the core stops there, too.
        if self.again || will_join(first) {
            self.stopped = !found.is_empty();
        } else {
            self.breaches.extend(found.iter().map(|contradiction| format!("inconsistent final plan: {contradiction}")));
        }
        found.is_empty()
    }

    /// Returns whether it ended with an error.
    fn judge_result(&mut self, promised: &Value, state: &Value, problems: &[Problem]) -> bool {
        self.said.push(format!("apply: {problems:?}"));
        self.red = problems.iter().any(|problem| problem.is_error);
        if has_unknowns(state) {
            self.breaches.push(format!("unknown values after apply: {state}"));
        }
        if self.red {
            return true;
        }
        if state.is_null() {
            self.breaches.push("no error, and no object".into());
        }
        for contradiction in contradictions(promised, state) {
            self.breaches.push(format!("inconsistent result after apply: {contradiction}"));
        }
        false
    }
}
