//! What many restores of one apply ask of the service: whatever many need is read once.
//!
//! The requests are counted as the core makes them: all plans of one process, then all second plans and applies of another
//! one. A tenth more than what was measured fails. With
//! `RECOVERY_TEST_CALLS=500` and `--nocapture` the first two tests run as many and print what they counted, with the peak
//! memory of the provider where the system tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_client::{Client, Planned};
use rehearsal::cbr::{Backup, Disk, Member, Vault};
use rehearsal::{Entry, Options, Scenario};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::stage::Stage;

const VAULT: &str = "00000000-0000-4000-8000-00000000000f";
const DISK: &str = "OS::Cinder::Volume";

fn id(kind: u32, number: usize) -> String {
    format!("0000000{kind}-0000-4000-8000-{number:012}")
}

/// A cloud with so many disks in one vault, each with one backup, whose restores take half a minute at this speed.
async fn stage(number: usize, speed: f64) -> Stage {
    let mut scenario = Scenario::parse(
        "durations:\n  cbr: { waiting: 0.5, restore_disk: 30, log_listed: 1, backup_flip: 1, backup_release: 1 }\n",
        "the stage",
    )
    .unwrap();
    let world = &mut scenario.world.cbr;
    let member =
        |disk: usize| Member { id: id(1, disk), name: format!("disk-{disk}"), kind: DISK.into(), ..Member::default() };
    world.vaults = vec![Vault {
        id: VAULT.into(),
        name: "vault".into(),
        object_type: "disk".into(),
        members: (0..number).map(member).collect(),
        ..Vault::default()
    }];
    world.disks =
        (0..number).map(|disk| Disk { id: id(1, disk), name: format!("disk-{disk}"), ..Disk::default() }).collect();
    let backup = |disk: usize| Backup {
        id: id(2, disk),
        name: format!("backup-{disk}"),
        vault_id: VAULT.into(),
        resource_type: DISK.into(),
        resource_id: id(1, disk),
        resource_name: format!("disk-{disk}"),
        resource_size: 40,
        ..Backup::default()
    };
    world.backups = (0..number).map(backup).collect();
    let options = Options { scenario: Some(scenario), speed, ..Options::default() };
    Stage { cloud: rehearsal::start(options).await.unwrap() }
}

fn restore(disk: usize) -> Value {
    json!({ "backup_id": id(2, disk), "volume_id": id(1, disk) })
}

const TYPE: &str = "recovery_cbr_restore";

async fn planned(mut client: Client, config: Value) -> Planned {
    let planned = client.plan(TYPE, None, config).await.unwrap();
    assert!(planned.problems.iter().all(|problem| !problem.is_error), "{:#?}", planned.problems);
    planned
}

async fn applied(mut client: Client, config: Value) {
    let second = planned(client.clone(), config).await;
    let applied = client.apply(TYPE, None, second).await.unwrap();
    assert!(applied.problems.iter().all(|problem| !problem.is_error), "{:#?}", applied.problems);
    assert_eq!(applied.object.state["status"], "success");
}

/// Does the same for each restore, so many at a time, as a walk of the core does.
async fn walk<F: Future<Output = ()> + Send + 'static>(number: usize, at_once: usize, step: impl Fn(Value) -> F) {
    let turns = Arc::new(Semaphore::new(at_once));
    let steps = (0..number).map(|disk| {
        let (turns, step) = (Arc::clone(&turns), step(restore(disk)));
        tokio::spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            step.await;
        })
    });
    for step in steps.collect::<Vec<_>>() {
        step.await.unwrap();
    }
}

/// What a request asks for.
fn kind(entry: &Entry) -> &'static str {
    let of = |what: &str| entry.path.split('/').any(|part| part == what);
    let is_list = |what: &str| entry.path.ends_with(what);
    match entry.method.as_str() {
        "GET" if is_list("/operation-logs") => "operation log",
        "GET" if of("operation-logs") => "one log",
        "GET" if is_list("/backups") && entry.query.contains("resource_id=") => "backups of one disk",
        "GET" if is_list("/backups") => "all backups",
        "GET" if of("backups") => "one backup",
        "GET" if of("vaults") => "vault",
        "POST" if of("backups") => "restore",
        _ => "access",
    }
}

type Counts = BTreeMap<&'static str, usize>;

/// The requests of a plan and an apply of so many restores, so many at once: all of them, and those after the first restore
/// without the restores.
struct Asked {
    all: Counts,
    after: Counts,
}

impl Asked {
    fn total(counts: &Counts) -> usize {
        counts.values().sum()
    }
}

async fn plan_and_apply(number: usize, at_once: usize, speed: f64) -> Asked {
    let stage = stage(number, speed).await;
    let (process, client) = stage.provider_of("1.11.4").await;
    walk(number, at_once, |config| {
        let client = client.clone();
        async move { drop(planned(client, config).await) }
    })
    .await;
    drop((process, client));
    let (process, client) = stage.provider_of("1.11.4").await;
    walk(number, at_once, |config| applied(client.clone(), config)).await;
    let status = process.pid().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
    let peak =
        status.as_deref().and_then(|text| text.lines().find(|line| line.starts_with("VmHWM"))).unwrap_or_default();
    let journal = stage.cloud.journal();
    let count = |entries: &[Entry]| {
        let mut counts = Counts::new();
        entries.iter().for_each(|entry| *counts.entry(kind(entry)).or_default() += 1);
        counts
    };
    let first = journal.iter().position(|entry| kind(entry) == "restore").unwrap();
    let mut asked = Asked { all: count(&journal), after: count(&journal[first..]) };
    assert_eq!(asked.after.remove("restore"), Some(number));
    assert_eq!(stage.ran().len(), number, "each is restored once");
    eprintln!(
        "{number} restores, {at_once} at once: {} requests {:?}, after the first restore {} {:?}; {peak}",
        Asked::total(&asked.all),
        asked.all,
        Asked::total(&asked.after),
        asked.after
    );
    asked
}

/// Holds what was asked to what was measured, with a tenth of room.
fn holds(what: &str, asked: &Counts, without: &[&str], measured: usize) {
    let counted = asked.iter().filter(|(kind, _)| !without.contains(*kind)).map(|(_, number)| number).sum::<usize>();
    assert!(counted * 10 <= measured * 11, "{what}: {counted} requests, {measured} were measured: {asked:?}");
}

/// As many as the variable says, for whoever measures.
fn asked_for() -> Option<usize> {
    std::env::var("RECOVERY_TEST_CALLS").ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_restores_at_once_read_once_what_many_need() {
    let number = asked_for().unwrap_or(60);
    let asked = plan_and_apply(number, number, 10.0).await;
    if number == 60 {
        holds("in all", &asked.all, &["restore"], 53);
        holds("after the first restore", &asked.after, &[], 33);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_a_few_at_a_time_read_no_more_than_each_alone() {
    let number = asked_for().unwrap_or(20);
    let asked = plan_and_apply(number, 10, 100.0).await;
    // Alone, a restore reads its backup in each plan, before it is sent and after it ended, and its vault before it is sent.
    let count = |kind: &str| asked.all.get(kind).copied().unwrap_or_default();
    let backups = ["one backup", "all backups", "backups of one disk"].map(count).iter().sum::<usize>();
    assert!(backups <= 4 * number && count("vault") <= number + 2, "{:?}", asked.all);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_restore_asks_no_more_than_it_needs() {
    let asked = plan_and_apply(1, 1, 10.0).await;
    // Two plans, one look before it is sent, one after it ended, and perhaps one more until the backup is free.
    assert!(matches!(asked.all.get("one backup"), Some(4 | 5)), "{:?}", asked.all);
    holds("beside the log and the backup", &asked.all, &["restore", "operation log", "one backup", "access"], 5);
}
