//! The provider at a size that no core would drive it to: a process of the provider, a plugin client and a rehearsal cloud,
//! without Terraform. Prints a table of time, the provider's CPU and peak memory, and requests.
//!
//! ```text
//! cargo build --release
//! cargo bench --bench scale -- target/release/terraform-provider-recovery [latency] [refresh] [follow] [creates]
//! ```
//!
//! Does nothing unless the path of a provider is given. CPU and memory are read from `/proc` (Linux).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)] // A measurement may fail loudly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::Timestamp;
use plugin_client::{Applied, Client, Object, Planned, Process, Start};
use rehearsal::{Entry, Fault, Options, Running, Scenario, cbr, dcs};
use serde_json::{Value, json};

/// Calls in flight at once while objects are only looked at.
const TOGETHER: usize = 256;

/// Backups that are refreshed and planned: no instance keeps more than 24.
const MANY: Fleet = Fleet { backups: 10_000, instances: 420 };
/// As many as a core may still have, once without and once with a delay of every answer.
const SOME: Fleet = Fleet { backups: 1_000, instances: 42 };
const DELAY_MS: u64 = 50;

/// Restores that are followed, and how long each takes: as long as it would, because pauses between looks are real time.
const RESTORES: usize = 500;
const RESTORE_SECONDS: f64 = 60.0;

/// Creates in flight at once, each of an instance of its own: an instance makes one backup at a time.
const CREATES: usize = 1_000;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    // `cargo test --benches` runs it as well.
    let Some((provider, parts)) = words.split_first().filter(|(path, _)| Path::new(path).is_file()) else { return };
    let provider = fs::canonicalize(provider).unwrap();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    println!("| What | seconds | provider's CPU s | peak MB | requests |\n| --- | --- | --- | --- | --- |");
    if asked("latency") {
        for delay in [0, DELAY_MS] {
            refresh(&provider, SOME, delay).await;
        }
    }
    if asked("refresh") {
        refresh(&provider, MANY, 0).await;
    }
    if asked("follow") {
        follow(&provider).await;
    }
    if asked("creates") {
        creates(&provider).await;
    }
}

// ---- looking at what exists ------------------------------------------------------------------------------------------

/// Refresh and plan of many backups: each is brought to the schema, read and planned, as a core does it.
async fn refresh(provider: &Path, fleet: Fleet, delay_ms: u64) {
    let mut scene = Scene::new(provider, "{}").await;
    scene.cloud.change_world(|world| {
        world.dcs.instances = (0..fleet.instances).map(instance).collect();
        world.dcs.backups = (0..fleet.backups).map(|number| fleet.backup(number)).collect();
    });
    let first = scene.client.import(BACKUP, &fleet.id_of(0), Value::Null).await.unwrap().object().unwrap();
    // A process of its own, as for a run that finds them in the state.
    let mut scene = scene.anew(provider).await;
    let objects: Vec<Object> = (0..fleet.backups).map(|number| fleet.alike(&first, number)).collect();
    let delay = Fault { delay_ms: Some(delay_ms), ..Fault::default() };
    scene.cloud.set_faults(vec![delay]).unwrap();
    let part = scene.begin();
    let client = &scene.client;
    let looks = objects.into_iter().map(|object| look_at(client.clone(), object));
    let changed: Vec<bool> = futures::stream::iter(looks).buffer_unordered(TOGETHER).collect().await;
    assert!(!changed.contains(&true), "nothing is to be done");
    let Fleet { backups, instances } = fleet;
    scene.tell(
        &part,
        &format!("refresh and plan of {backups} backups of {instances} instances, {delay_ms} ms for each answer"),
    );
    scene.tell_requests();
}

const BACKUP: &str = "recovery_dcs_backup";

fn instance(number: usize) -> dcs::Instance {
    dcs::Instance { id: instance_id(number), name: format!("cache-{number}"), ..Default::default() }
}

/// Backups that exist, of so many instances.
#[derive(Clone, Copy)]
struct Fleet {
    backups: usize,
    instances: usize,
}

impl Fleet {
    fn backup(self, number: usize) -> dcs::Backup {
        let of = number * self.instances / self.backups;
        dcs::Backup { id: uuid(0xb, number), instance_id: instance_id(of), ..Default::default() }
    }

    /// The `id` of a backup in the state.
    fn id_of(self, number: usize) -> String {
        let backup = self.backup(number);
        format!("{}/{}", backup.instance_id, backup.id)
    }

    /// The object of another backup. What its record tells else, the refresh puts in.
    fn alike(self, first: &Object, number: usize) -> Object {
        let (mut object, backup) = (first.clone(), self.backup(number));
        object.state["id"] = self.id_of(number).into();
        object.state["instance_id"] = backup.instance_id.clone().into();
        object.state["backup_id"] = backup.id.clone().into();
        object.identity = Value::Null;
        object
    }
}

fn instance_id(number: usize) -> String {
    uuid(0xa, number)
}

fn uuid(kind: usize, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012}")
}

/// Whether anything is planned for the object.
async fn look_at(mut client: Client, mut object: Object) -> bool {
    object.state = client.upgrade(BACKUP, 0, &object.state).await.unwrap().0;
    let read = client.read(BACKUP, &object).await.unwrap().object().unwrap();
    let config = json!({ "instance_id": read.state["instance_id"] });
    let planned = client.plan(BACKUP, Some(&read), config).await.unwrap();
    assert!(planned.problems.is_empty(), "{:?}", planned.problems);
    planned.state != read.state
}

// ---- following -------------------------------------------------------------------------------------------------------

/// Restores of many disks of one vault, begun at once and followed to their ends.
async fn follow(provider: &Path) {
    let mut scene = Scene::new(provider, &format!("durations: {{ cbr: {{ restore_disk: {RESTORE_SECONDS} }} }}")).await;
    scene.cloud.change_world(|world| {
        let template = world.cbr.backups.iter().find(|backup| backup.id == cbr::DISK_BACKUP_ID).unwrap().clone();
        let disk = |number| cbr::Disk { id: uuid(0xd, number), size_gb: 40, ..Default::default() };
        world.cbr.disks.extend((0..RESTORES).map(disk));
        let backup = |number| cbr::Backup { id: uuid(0xe, number), resource_id: uuid(0xd, number), ..template.clone() };
        world.cbr.backups.extend((0..RESTORES).map(backup));
    });
    let arguments = |number| json!({ "backup_id": uuid(0xe, number), "volume_id": uuid(0xd, number) });
    let part = scene.begin();
    let made = scene.create("recovery_cbr_restore", (0..RESTORES).map(arguments).collect()).await;
    scene.tell(&part, &format!("{RESTORES} CBR restores of {RESTORE_SECONDS} s each, begun and followed together"));
    scene.tell_requests();
    let world = scene.cloud.world();
    let late: Vec<f64> = made.iter().map(|(applied, at)| overshoot(&world.cbr.logs, applied, *at)).collect();
    tell_overshoot(late);
}

/// Seconds from the moment at which work was over and its backup free again to the answer of its create.
fn overshoot(logs: &[cbr::Log], applied: &Applied, answered: Timestamp) -> f64 {
    let operation = applied.object.state["operation_id"].as_str().expect("an operation");
    let log = logs.iter().find(|log| log.id == operation).expect("a log");
    let over = log.ended_at.max(log.released_at).expect("it has ended");
    answered.duration_since(over).as_secs_f64()
}

fn tell_overshoot(mut late: Vec<f64>) {
    late.sort_by(f64::total_cmp);
    let (median, most) = (late[late.len() / 2], late[late.len() - 1]);
    let bound = (RESTORE_SECONDS / 10.0).max(1.0);
    let over = late.iter().filter(|late| **late > bound).count();
    println!("\novershoot: median {median:.2} s, most {most:.2} s; {over} of {} above {bound:.1} s\n", late.len());
}

// ---- creates ---------------------------------------------------------------------------------------------------------

/// Creates of many backups at once: none is lost, and none made twice.
async fn creates(provider: &Path) {
    let durations = "durations: { dcs: { waiting_seconds: 1, backup_seconds: 10 } }";
    let mut scene = Scene::new(provider, durations).await;
    scene.cloud.change_world(|world| world.dcs.instances = (0..CREATES).map(instance).collect());
    let part = scene.begin();
    let arguments = |number| json!({ "instance_id": instance_id(number) });
    let made = scene.create(BACKUP, (0..CREATES).map(arguments).collect()).await;
    scene.tell(&part, &format!("{CREATES} creates of backups in flight at once"));
    scene.tell_requests();
    let id = |applied: &Applied| applied.object.state["backup_id"].as_str().expect("an id").to_owned();
    let known: BTreeSet<String> = made.iter().map(|(applied, _)| id(applied)).collect();
    let ran: BTreeSet<String> = scene.cloud.operations().into_iter().map(|entry| entry.operation.id).collect();
    println!("\n{} creates, {} IDs in the answers, {} backups in the cloud\n", made.len(), known.len(), ran.len());
    assert!(known == ran && ran.len() == CREATES, "none lost, none double");
}

// ---- the scene -------------------------------------------------------------------------------------------------------

/// A cloud, and a provider that is connected to it.
struct Scene {
    cloud: Running,
    process: Process,
    client: Client,
}

/// Where a measurement began.
struct Part {
    at: Instant,
    cpu: f64,
}

impl Scene {
    async fn new(provider: &Path, scenario: &str) -> Scene {
        let scenario = Scenario::parse(scenario, "the bench").unwrap();
        let options = Options { scenario: Some(scenario), ..Options::default() };
        let cloud = rehearsal::start(options).await.unwrap();
        let (process, client) = connected(provider, &cloud).await;
        Scene { cloud, process, client }
    }

    /// The same cloud with a new provider.
    async fn anew(self, provider: &Path) -> Scene {
        let Scene { cloud, mut process, client } = self;
        process.close(client).await.unwrap();
        let (process, client) = connected(provider, &cloud).await;
        Scene { cloud, process, client }
    }

    /// Begins a measurement with an empty journal.
    fn begin(&mut self) -> Part {
        self.cloud.clear_journal();
        Part { at: Instant::now(), cpu: self.cpu() }
    }

    /// Plans all objects, then makes all of them at once; when each was answered.
    async fn create(&self, kind: &'static str, arguments: Vec<Value>) -> Vec<(Applied, Timestamp)> {
        let client = &self.client;
        let plans = arguments.into_iter().map(|config| {
            let mut client = client.clone();
            async move { client.plan(kind, None, config).await.unwrap() }
        });
        let planned: Vec<Planned> = futures::stream::iter(plans).buffer_unordered(TOGETHER).collect().await;
        let applies = planned.into_iter().map(|planned| {
            let mut client = client.clone();
            async move {
                assert!(!planned.problems.iter().any(|problem| problem.is_error), "{:?}", planned.problems);
                let applied = client.apply(kind, None, planned).await.unwrap();
                assert!(!applied.problems.iter().any(|problem| problem.is_error), "{:?}", applied.problems);
                (applied, Timestamp::now())
            }
        });
        futures::future::join_all(applies).await
    }

    /// A row of the table.
    fn tell(&self, part: &Part, what: &str) {
        let (took, cpu) = (part.at.elapsed(), self.cpu() - part.cpu);
        let requests = self.cloud.journal().len();
        println!("| {what} | {} | {cpu:.2} | {:.1} | {requests} |", seconds(took), self.peak());
    }

    /// The requests by what they ask for.
    fn tell_requests(&self) {
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.cloud.journal() {
            *counted.entry(shape(&entry)).or_default() += 1;
        }
        println!();
        for (shape, number) in counted {
            println!("    {number:>6}  {shape}");
        }
        println!();
    }

    /// Seconds of CPU that the provider has used so far.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        // In hundredths of a second, as Linux tells every program.
        (ticks(11) + ticks(12)) / 100.0
    }

    /// The largest resident set of the provider so far, in MB.
    fn peak(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
        kilobytes / 1024.0
    }

    fn pid(&self) -> u32 {
        self.process.pid().expect("it runs")
    }
}

async fn connected(provider: &Path, cloud: &Running) -> (Process, Client) {
    let start = Start::new(provider).unwrap().env("RECOVERY_REHEARSAL", &cloud.connection.url);
    let process = start.spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    (process, client)
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

/// Service, method and path without the ids.
fn shape(entry: &Entry) -> String {
    let parts = entry.path.split('/').map(|part| if part.len() > 20 { "…" } else { part });
    let service = serde_json::to_value(entry.service).unwrap();
    format!("{} {} {}", service.as_str().unwrap_or_default(), entry.method, parts.collect::<Vec<_>>().join("/"))
}
