//! The randomised run: many resources, real provider processes, faults drawn at every request, and what Terraform would
//! do next replayed until everything is green. What happened is judged by the rehearsal cloud's own records, never by
//! the provider's words.
//!
//! `RECOVERY_RANDOM_OPERATIONS` asks for more operations than the usual 500, `RECOVERY_RANDOM_SEED` makes other
//! draws. The same seed repeats the draws, not the timing. A machine that is busy otherwise meets timeouts that no fault
//! drew: `RECOVERY_RANDOM_FLEETS` asks for fewer configurations at the same time than the usual 20.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

mod core;
mod faults;
mod fleet;
mod judge;
mod resource;
mod walk;

use std::io::Write;
use std::time::Instant;

use crate::fleet::Fleet;
use crate::judge::Figures;

/// How many configurations are run at the same time, each against a cloud of its own, unless the environment asks for fewer.
const FLEETS: usize = 20;
/// The draws of a run that nobody asked to be another one.
const SEED: u64 = 41;
/// Operations that users ask for, unless the environment asks for more.
const OPERATIONS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_runs_twice_and_no_id_is_lost_whatever_goes_wrong() {
    let operations = number("RECOVERY_RANDOM_OPERATIONS").unwrap_or(OPERATIONS as u64) as usize;
    let seed = number("RECOVERY_RANDOM_SEED").unwrap_or(SEED);
    let began = Instant::now();
    let fleets = number("RECOVERY_RANDOM_FLEETS").unwrap_or(FLEETS as u64) as usize;
    let share = operations.div_ceil(fleets);
    let fleets = (0..fleets).map(|index| {
        let seed = seed.wrapping_mul(1000).wrapping_add(index as u64);
        tokio::spawn(async move { Fleet::new(index, seed).await.run(share).await })
    });
    let mut figures = Figures::default();
    for fleet in fleets.collect::<Vec<_>>() {
        figures.add(fleet.await.unwrap());
    }
    let took = began.elapsed().as_secs_f64();
    // Straight to standard error: what passing tests print is not shown, and the figures are what this run is for.
    let _ = writeln!(std::io::stderr(), "\nrandomised run, seed {seed}:\n{figures}  time             {took:.0} s");
    assert!(figures.asked >= operations, "only {} operations were asked for", figures.asked);
    assert!(figures.faults > operations / 2, "only {} faults were drawn", figures.faults);
    // A provider that is killed before its work is listed leaves nothing to find; the walks after a kill wait for that, so that
    // a restore which ran again is a finding.
    assert!(figures.findings.is_empty(), "seed {seed}:\n{}", figures.findings.join("\n"));
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}
