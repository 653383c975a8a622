//! The guard: what the provider asks for, allocates and sends for a number of objects. It fails when a figure is a tenth away
//! from what stands here, either way: what became cheaper is written down, so that it stays so.
//!
//! To renew the figures, run this and copy what it prints, with the reason into the message of the commit:
//!
//! ```text
//! cargo test --test costs figures -- --nocapture
//! ```

use allocation_counter::AllocationInfo;
use tf::codec;

use crate::stage::{Credentials, Stage, Stored, config_of, create, instance_id, plan_again, refresh_all, written};

/// What a step costs.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Requests, all in all.
    requests: usize,
    /// Allocations for each object.
    allocations: u64,
    /// Bytes allocated for each object, those given back included.
    bytes: u64,
    /// Bytes that are still held for each object after the step.
    held: u64,
}

/// Seen on Linux with Rust 1.95.
const BACKUPS: [(&str, Figures); 3] = [
    ("create", Figures { requests: 720, allocations: 2619, bytes: 380_050, held: 9_434 }),
    ("refresh", Figures { requests: 121, allocations: 536, bytes: 76_999, held: 4_631 }),
    ("plan", Figures { requests: 0, allocations: 307, bytes: 35_684, held: 0 }),
];
const RESTORES: [(&str, Figures); 3] = [
    ("create", Figures { requests: 1080, allocations: 3834, bytes: 555_650, held: 14_080 }),
    ("refresh", Figures { requests: 0, allocations: 270, bytes: 30_913, held: 7_172 }),
    ("plan", Figures { requests: 0, allocations: 377, bytes: 42_635, held: 0 }),
];

/// Bytes of an object at rest, as it goes over the wire.
const BACKUP_SIZE: usize = 522;
const RESTORE_SIZE: usize = 714;

/// Objects of each step: as many as make what comes once small beside them.
const OBJECTS: usize = 120;

#[test]
fn backups_cost_what_they_did() {
    let stage = Stage::new(OBJECTS + 1);
    let arguments = |number: usize| vec![("instance_id", instance_id(number))];
    let made = Walk { stage: &stage, kind: "recovery_dcs_backup" }.walk(&arguments, BACKUPS);
    assert_rests(&made, BACKUP_SIZE);
}

#[test]
fn restores_cost_what_they_did() {
    let stage = Stage::new(OBJECTS + 1);
    stage.existing(OBJECTS + 1, 1);
    let arguments =
        |number: usize| vec![("instance_id", instance_id(number)), ("backup_id", crate::stage::uuid(0xb, number))];
    let made = Walk { stage: &stage, kind: "recovery_dcs_restore" }.walk(&arguments, RESTORES);
    assert_rests(&made, RESTORE_SIZE);
}

/// What is at rest has nothing to say beside its state, and no state that grows.
fn assert_rests(objects: &[Stored], size: usize) {
    let sizes: usize = objects.iter().map(|object| object.state.len()).sum();
    eprintln!("    {} bytes of state each", sizes / objects.len());
    assert!(objects.iter().all(|object| object.private.is_empty()), "an object at rest has no private data");
    assert!(is_near(sizes / objects.len(), size), "bytes of state: {} instead of {size}", sizes / objects.len());
}

/// The steps of an object's life, for many at once.
struct Walk<'a> {
    stage: &'a Stage,
    kind: &'static str,
}

impl Walk<'_> {
    fn walk(
        &self,
        arguments: &dyn Fn(usize) -> Vec<(&'static str, String)>,
        expected: [(&str, Figures); 3],
    ) -> Vec<Stored> {
        let stage = self.stage;
        stage.configure(Credentials::Password, None);
        let resource = stage.resource(self.kind);
        let resource = resource.as_ref();
        let config = |number: usize| {
            let arguments = arguments(number);
            let arguments: Vec<(&str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
            codec::encode_msgpack(&resource.schema().block, &written(resource, &arguments)).unwrap()
        };
        // What comes once (token, connections, tables of the TLS library) comes with one more object.
        stage.here.block_on(create(resource, &config(OBJECTS)));
        stage.requests();
        let configs: Vec<Vec<u8>> = (0..OBJECTS).map(config).collect();

        let (made, created) =
            self.measured(|| futures::future::join_all(configs.iter().map(|config| create(resource, config))));
        // A new configuration begins with nothing remembered, as every run does.
        stage.configure(Credentials::Password, None);
        let names: Vec<&str> = arguments(0).into_iter().map(|(name, _)| name).collect();
        let configs: Vec<Vec<u8>> = made.iter().map(|object| config_of(resource, object, &names)).collect();
        let (read, refreshed) = self.measured(|| refresh_all(resource, &made));
        let plans = || {
            let pairs = read.iter().zip(&configs);
            futures::future::join_all(pairs.map(|(object, config)| plan_again(resource, object, config)))
        };
        let (_, planned) = self.measured(plans);
        judge(self.kind, expected, [created, refreshed, planned]);
        read
    }

    /// Runs a step on this thread, where nothing but the provider is.
    fn measured<F: Future>(&self, step: impl FnOnce() -> F) -> (F::Output, Figures) {
        self.stage.requests();
        let mut output = None;
        let counted = allocation_counter::measure(|| output = Some(self.stage.here.block_on(step())));
        (output.unwrap(), Figures::of(self.stage.requests().len(), counted))
    }
}

impl Figures {
    fn of(requests: usize, counted: AllocationInfo) -> Figures {
        let each = |whole: u64| whole / OBJECTS as u64;
        Figures {
            requests,
            allocations: each(counted.count_total),
            bytes: each(counted.bytes_total),
            held: each(u64::try_from(counted.bytes_current).unwrap_or_default()),
        }
    }
}

/// Tells what was seen, and fails on everything that is too far away at once.
fn judge(kind: &str, expected: [(&str, Figures); 3], seen: [Figures; 3]) {
    let mut wrong = Vec::new();
    for ((step, expected), seen) in expected.into_iter().zip(seen) {
        let Figures { requests, allocations, bytes, held } = seen;
        eprintln!(
            "{kind}\n    (\"{step}\", Figures {{ requests: {requests}, allocations: {allocations}, bytes: {bytes}, held: {held} }}),"
        );
        if requests != expected.requests {
            wrong.push(format!("{step}: {requests} requests instead of {}", expected.requests));
        }
        for (name, seen, expected) in [
            ("allocations", allocations, expected.allocations),
            ("bytes", bytes, expected.bytes),
            ("bytes held", held, expected.held),
        ] {
            if !is_near(usize::try_from(seen).unwrap(), usize::try_from(expected).unwrap()) {
                wrong.push(format!("{step}: {seen} {name} for each object instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
}

/// Whether a figure is within a tenth of another one. A few bytes where there were none are no figure.
fn is_near(seen: usize, expected: usize) -> bool {
    seen.abs_diff(expected) * 10 <= expected.max(100)
}
