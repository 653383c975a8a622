use std::time::Duration;

use super::*;
use crate::testing::{FakeWork, Told, bounds, identity, run_as};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn two_runs_of_one_identity_share_one_operation() {
    let engine = Engine::default();
    let told = Told::default();
    let mut work = FakeWork::lasting(Duration::from_secs(20));
    for _ in 0..2 {
        let finished = run_as(&engine, &mut work, From::Nothing, "a", &told, HOUR).await;
        assert!(matches!(finished.ended, Ended::Over(ref operation, _) if operation == "op-1"), "{finished:?}");
    }
    assert_eq!(work.started(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_ended_before_it_was_asked_for_does_not_stand_in_for_what_runs_each_time() {
    let engine = Engine::default();
    let told = Told::default();
    let mut work = FakeWork::lasting(Duration::from_secs(20));
    let run = async |work: &mut FakeWork, ended_before: Option<Pending>| {
        let identity = identity("a");
        let request =
            Request { kind: "t", identity: &identity, wait: true, ended_before, shown: Results::new(), watch: &told };
        engine.run(work, From::Nothing, &request, &bounds(HOUR)).await.ended
    };
    let first = Pending::Started("op-1".into());
    assert!(matches!(run(&mut work, None).await, Ended::Over(ref operation, _) if operation == "op-1"));
    // Another one than the one that had ended is shared all the same: it ran since.
    assert!(
        matches!(run(&mut work, Some(Pending::Started("op-0".into()))).await, Ended::Over(ref id, _) if id == "op-1")
    );
    assert_eq!(work.started(), 1);
    assert!(matches!(run(&mut work, Some(first)).await, Ended::Over(ref operation, _) if operation == "op-2"));
    assert_eq!(work.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_id_is_told_before_any_waiting_and_each_look_after_it() {
    let told = Told::default();
    let mut work = FakeWork::lasting(Duration::from_secs(60));
    run_as(&Engine::default(), &mut work, From::Nothing, "a", &told, HOUR).await;
    assert_eq!(*told.accepted.lock().unwrap(), [("op-1".to_owned(), Origin::Answered)]);
    assert!(told.seen.load(std::sync::atomic::Ordering::SeqCst) > 5 && work.looks() < 60);
    assert_eq!(told.doubts.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_does_not_wait_gets_one_look() {
    let (engine, told) = (Engine::default(), Told::default());
    let mut work = FakeWork::lasting(Duration::from_secs(60));
    let identity = identity("a");
    let request = Request {
        kind: "t",
        identity: &identity,
        wait: false,
        ended_before: None,
        shown: Results::new(),
        watch: &told,
    };
    let finished = engine.run(&mut work, From::Nothing, &request, &bounds(HOUR)).await;
    assert!(matches!(finished.ended, Ended::UnderWay(ref operation, Some(_)) if operation == "op-1"), "{finished:?}");
    assert_eq!(work.looks(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_shares_a_target_waits_for_the_turn_within_the_bounds() {
    let engine = Engine::default();
    let _turn = engine.locks.lock("i-1").await;
    let minute = Duration::from_secs(60);
    for (from, kept) in [
        (From::Nothing, "nothing"),
        (From::Operation("op-7".into()), "operation"),
        (From::Attempt(Attempt { attempt: "a".into(), ..Attempt::default() }), "attempt"),
    ] {
        let began = tokio::time::Instant::now();
        let mut work = FakeWork::lasting(Duration::from_secs(1));
        let ended = run_as(&engine, &mut work, from, "a", &Told::default(), minute).await.ended;
        let told = match ended {
            Ended::NotStarted(NotStarted::NoTurn(End::TimedOut)) => "nothing",
            Ended::Left(operation, None, Interruption::TimedOut(_)) if operation == "op-7" => "operation",
            Ended::InDoubt(attempt, _) if attempt.attempt == "a" => "attempt",
            other => panic!("{kept}: {other:?}"),
        };
        assert_eq!((told, began.elapsed(), work.started()), (kept, minute, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_an_earlier_run_is_followed_and_nothing_is_sent() {
    for from in [From::Operation("op-1".into()), From::Twin("op-1".into())] {
        let mut work = FakeWork::lasting(Duration::from_secs(30)).started_elsewhere();
        let ended = run_as(&Engine::default(), &mut work, from, "a", &Told::default(), HOUR).await.ended;
        assert!(matches!(ended, Ended::Over(ref operation, _) if operation == "op-1"), "{ended:?}");
        assert_eq!(work.started(), 1);
    }
}
