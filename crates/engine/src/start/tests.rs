use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::outcome::Ended;
use crate::pending::Pending;
use crate::request::From;
use crate::testing::{Answer, FakeWork, Told, run_as};

const HOUR: Duration = Duration::from_secs(3600);

fn attempt() -> Attempt {
    Attempt { attempt: "a".into(), sent_at: jiff::Timestamp::now().to_string(), ..Attempt::default() }
}

/// An object of another identity with this work.
fn object(operation: &str) -> crate::memory::Object {
    crate::memory::Object {
        kind: "t",
        identity: crate::testing::identity("before"),
        key: operation.into(),
        operation: Some(operation.into()),
        pending: Some(Pending::Started(operation.into())),
        failed: false,
        awaited: true,
        body: tf::Value::Null,
    }
}

async fn run(work: &mut FakeWork, from: From) -> Ended {
    run_as(&Engine::default(), work, from, "a", &Told::default(), HOUR).await.ended
}

fn operation(ended: &Ended) -> &str {
    match ended {
        Ended::Over(operation, _) => operation,
        other => panic!("not over: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_starts_nothing_unless_an_earlier_answer_was_lost() {
    let mut work = FakeWork::lasting(Duration::from_secs(10));
    work.refuses = true;
    assert!(matches!(run(&mut work, From::Nothing).await, Ended::NotStarted(NotStarted::Refused(_))));

    let mut work = FakeWork::lasting(Duration::from_secs(10));
    work.refuses = true;
    let lost = Attempt { sent_at: "2026-01-01T00:00:00Z".into(), ..attempt() };
    let ended = run(&mut work, From::Attempt(lost.clone())).await;
    let Ended::InDoubt(kept, Doubt { seen: Unclear::TriedAgain(_), .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(kept, lost);
    assert_eq!(work.started(), 0);
}

/// What one request does, against how often the cloud really starts something: the heart of the matter.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_never_starts_a_second_restore() {
    let minute = Duration::from_secs(60);
    for duration in [3, 14, 25, 60, 900] {
        for listed_after in [0, 1, 30, 61, 300, 590] {
            for (answer, shows) in [
                (Answer::LostAfter, true),
                (Answer::LostAfter, false),
                (Answer::Accepted, true),
                (Answer::Accepted, false),
            ] {
                let mut work = FakeWork::lasting(Duration::from_secs(duration));
                work.answers = vec![answer, Answer::Id];
                work.listed_after = Duration::from_secs(listed_after);
                work.shows = shows;
                let engine = Engine::default();
                let first = run_as(&engine, &mut work, From::Nothing, "a", &Told::default(), minute).await.ended;
                // What the first run left goes on in a second and a third one, each a process of its own.
                let mut left = first;
                for _ in 0..2 {
                    let from = match left {
                        Ended::InDoubt(attempt, _) => From::Attempt(reread(attempt)),
                        Ended::Left(operation, ..) => From::Operation(operation),
                        ended => {
                            assert_eq!(operation(&ended), "op-1");
                            left = ended;
                            break;
                        }
                    };
                    left = run_as(&Engine::default(), &mut work, from, "a", &Told::default(), HOUR).await.ended;
                }
                let case = format!("{answer:?}, runs {duration} s, listed after {listed_after} s, shows {shows}");
                assert_eq!(work.started(), 1, "{case}: {left:?}");
            }
        }
    }
}

/// As the state keeps it.
fn reread(attempt: Attempt) -> Attempt {
    match Pending::parse(&Pending::Unknown(attempt).to_text()) {
        Pending::Unknown(attempt) => attempt,
        Pending::Started(operation) => panic!("{operation}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_arrived_is_sent_again_only_after_ten_minutes() {
    let mut work = FakeWork::lasting(Duration::from_secs(20));
    work.answers = vec![Answer::LostBefore, Answer::Id];
    let began = Instant::now();
    let ended = run(&mut work, From::Nothing).await;
    assert_eq!((operation(&ended), work.started()), ("op-1", 1));
    assert!(began.elapsed() >= Duration::from_secs(600), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn other_work_on_record_is_no_sign_of_this_one() {
    let minute = Duration::from_secs(60);
    let mut work = FakeWork::lasting(Duration::from_secs(20));
    work.answers = vec![Answer::LostBefore, Answer::Id];
    work.occupied_until = Some(Instant::now() + 2 * minute);
    let engine = Engine::default();
    let ended = run_as(&engine, &mut work, From::Nothing, "a", &Told::default(), minute).await.ended;
    let Ended::InDoubt(attempt, _) = ended else { panic!("{ended:?}") };
    assert!(!attempt.has_signs(), "{attempt:?}");
    // Once the other work is over, silence counts as ever.
    let ended = run(&mut work, From::Attempt(reread(attempt))).await;
    assert_eq!((operation(&ended), work.started()), ("op-1", 1));
}

/// The same restore, asked for with other triggers while an earlier run's goes on: the target is busy with that one.
#[tokio::test(start_paused = true)]
async fn an_earlier_one_of_the_same_is_no_sign_of_this_one() {
    let second = Duration::from_secs(1);
    let mut work = FakeWork::lasting(60 * second);
    work.answers = vec![Answer::Id, Answer::LostBefore, Answer::Id];
    let engine = Engine::default();
    let ended = run_as(&engine, &mut work, From::Nothing, "a", &Told::default(), 5 * second).await.ended;
    assert!(matches!(ended, Ended::Left(..)), "{ended:?}");
    let ended = run_as(&engine, &mut work, From::Nothing, "b", &Told::default(), 30 * second).await.ended;
    let Ended::InDoubt(attempt, _) = ended else { panic!("{ended:?}") };
    assert!(!attempt.has_signs(), "{attempt:?}");
    let ended =
        run_as(&engine, &mut work, From::Attempt(reread(attempt)), "b", &Told::default(), 3600 * second).await.ended;
    assert_eq!((operation(&ended), work.started()), ("op-2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_made_anew_sooner() {
    let mut work = FakeWork::lasting(Duration::from_secs(20));
    work.effect = super::super::work::Effect::Makes;
    work.answers = vec![Answer::LostBefore, Answer::Id];
    let began = Instant::now();
    let ended = run(&mut work, From::Nothing).await;
    assert_eq!((operation(&ended), work.started()), ("op-1", 1));
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
}

/// A name that was taken before the lost request and is taken still: it was taken all the while.
#[tokio::test(start_paused = true)]
async fn a_name_that_was_never_free_closes_a_lost_attempt() {
    for (before, replaced, closed) in [(true, false, true), (false, false, false), (true, true, false)] {
        let engine = Engine::default();
        if replaced {
            engine.memory.replace(&object("op-1"));
        }
        let mut work = FakeWork::lasting(Duration::ZERO);
        work.effect = super::super::work::Effect::Makes;
        work.answers = vec![Answer::Taken];
        // Who has the name may be on no list of ours: then the lost request may be who has it.
        let mut work = if before { work.started_elsewhere() } else { work };
        let lost = Attempt { before: BTreeSet::from(["op-1".to_owned()]), ..attempt() };
        let ended = run_as(&engine, &mut work, From::Attempt(lost), "a", &Told::default(), HOUR).await.ended;
        match closed {
            true => assert!(matches!(ended, Ended::NotStarted(NotStarted::Rejected(..))), "{ended:?}"),
            false => assert!(matches!(ended, Ended::InDoubt(..)), "{before} {replaced}: {ended:?}"),
        }
        assert_eq!(work.started(), usize::from(before));
    }
}

#[tokio::test(start_paused = true)]
async fn signs_of_an_earlier_run_forbid_a_request_for_ever() {
    for sign in [
        Attempt { busy: Some("RESTORING".into()), ..attempt() },
        Attempt { similar: BTreeSet::from(["x".to_owned()]), ..attempt() },
        Attempt { accepted: true, ..attempt() },
        Attempt { damaged: true, ..Attempt::default() },
    ] {
        let mut work = FakeWork::lasting(Duration::from_secs(10));
        let ended = run(&mut work, From::Attempt(sign.clone())).await;
        assert!(matches!(ended, Ended::InDoubt(..)), "{sign:?}: {ended:?}");
        assert_eq!(work.started(), 0, "{sign:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_late_record_of_an_earlier_attempt_counts_before_anything_is_sent() {
    // The work is over and on record: no running twin, yet new since the attempt.
    let mut work = FakeWork::lasting(Duration::ZERO).started_elsewhere();
    let told = Told::default();
    let ended = run_as(&Engine::default(), &mut work, From::Attempt(attempt()), "a", &told, HOUR).await.ended;
    assert_eq!((operation(&ended), work.started()), ("op-1", 1));
    assert_eq!(*told.accepted.lock().unwrap(), [("op-1".to_owned(), Origin::Found)]);
}

#[tokio::test(start_paused = true)]
async fn a_record_about_the_same_is_kept_in_mind() {
    let mut work = FakeWork::lasting(Duration::from_secs(5));
    work.answers = vec![Answer::LostAfter, Answer::Id];
    work.remark = "r, trimmed by the service";
    let ended = run(&mut work, From::Nothing).await;
    let Ended::InDoubt(attempt, doubt) = ended else { panic!("{ended:?}") };
    assert!(matches!(doubt.seen, Unclear::Similar(ref ids) if ids == &["op-1"]), "{doubt:?}");
    assert_eq!((attempt.similar, work.started()), (BTreeSet::from(["op-1".to_owned()]), 1));
}

#[tokio::test(start_paused = true)]
async fn two_accepted_requests_are_told_with_both_ids() {
    let mut work = FakeWork::lasting(Duration::from_secs(30));
    work.shows = false;
    // No record for longer than anybody waits: the one case in which a request runs twice, and it must not go unsaid.
    work.listed_after = Duration::from_secs(620);
    work.answers = vec![Answer::LostAfter, Answer::Id];
    let finished =
        run_as(&Engine::default(), &mut work, From::Nothing, "a", &Told::default(), Duration::from_secs(7200)).await;
    assert!(matches!(finished.ended, Ended::Left(ref operation, ..) if operation == "op-2"), "{finished:?}");
    assert_eq!(work.started(), 2);
    assert_eq!(finished.doubles, ["op-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_running_twin_is_joined_and_one_of_another_identity_is_not() {
    let mut work = FakeWork::lasting(Duration::from_secs(10)).started_elsewhere();
    let told = Told::default();
    run_as(&Engine::default(), &mut work, From::Nothing, "a", &told, HOUR).await;
    assert_eq!((told.accepted.lock().unwrap()[0].1, work.started()), (Origin::Joined, 1));

    let engine = Arc::new(Engine::default());
    let mut work = FakeWork::lasting(Duration::from_secs(10));
    run_as(&engine, &mut work, From::Nothing, "a", &told, HOUR).await;
    run_as(&engine, &mut work, From::Nothing, "b", &told, HOUR).await;
    assert_eq!(work.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_objects_that_share_an_attempt_send_it_again_once() {
    let engine = Engine::default();
    let old = Attempt { sent_at: "2026-01-01T00:00:00Z".into(), ..attempt() };
    let mut work = FakeWork::lasting(Duration::from_secs(5));
    work.answers = vec![Answer::Accepted];
    work.listed_after = Duration::from_secs(100_000);
    work.shows = false;
    for _ in 0..2 {
        let from = From::Attempt(old.clone());
        let ended = run_as(&engine, &mut work, from, "a", &Told::default(), HOUR).await.ended;
        let Ended::InDoubt(left, _) = ended else { panic!("{ended:?}") };
        assert!(left.accepted, "{left:?}");
    }
    assert_eq!(work.started(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_replaced_is_never_taken_for_the_record_of_its_successor() {
    let engine = Engine::default();
    engine.memory.replace(&object("op-0"));
    let mut work = FakeWork::lasting(Duration::from_secs(5));
    work.answers = vec![Answer::LostBefore];
    let ended = run_as(&engine, &mut work, From::Nothing, "a", &Told::default(), Duration::from_secs(60)).await.ended;
    let Ended::InDoubt(left, _) = ended else { panic!("{ended:?}") };
    assert!(left.before.contains("op-0"), "{left:?}");
}
