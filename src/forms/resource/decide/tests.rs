use engine::identity::Identity;
use engine::work::Failure;
use tf::Value;

use super::*;

const RESTORE: Effect = Effect::Overwrites;
const BACKUP: Effect = Effect::Makes;
const INSTANCE: Effect = Effect::Builds;

fn object(pending: Option<&str>) -> Object {
    Object {
        kind: "t",
        identity: Identity::default(),
        key: "i/r-1".into(),
        operation: Some("r-1".into()),
        pending: pending.map(Pending::parse),
        failed: false,
        awaited: true,
        body: Value::Null,
    }
}

fn attempt() -> Object {
    Object { operation: None, key: "unknown:{}".into(), ..object(Some("unknown:{}")) }
}

fn resume(operation: Option<&str>) -> Intent {
    Intent::Resume { operation: operation.map(str::to_owned) }
}

#[test]
fn what_is_worth_taking_up() {
    let failed = Object { failed: true, ..object(None) };
    let not_awaited = Object { awaited: false, ..object(Some("r-1")) };
    for (what, object, restore, backup) in [
        ("running", object(Some("r-1")), true, true),
        ("running, not awaited", not_awaited, true, false),
        ("an attempt", attempt(), true, true),
        ("an attempt, not awaited", Object { awaited: false, ..attempt() }, true, true),
        ("ended well", object(None), true, false),
        ("failed", failed, false, false),
        ("nothing at all", Object { operation: None, ..object(None) }, false, false),
    ] {
        assert_eq!(may_be_taken_up(&object, RESTORE), restore, "restore: {what}");
        // A finished one costs already: it is kept like a restore.
        assert_eq!(may_be_taken_up(&object, INSTANCE), restore, "instance: {what}");
        assert_eq!(may_be_taken_up(&object, BACKUP), backup, "backup: {what}");
    }
}

#[test]
fn what_a_planned_create_is() {
    let call = |stored| CreateCall { stored, placed: true, identity_known: true, configured: true };
    let again = Intent::Replace { perhaps_same: true };
    for (what, call, kind) in [
        ("new or tainted", call(None), CreateKind::NewOrTainted),
        ("-replace", call(Some(Intent::Stored)), CreateKind::Replacement(Intent::Replace { perhaps_same: false })),
        ("second half of a change", call(Some(again.clone())), CreateKind::Replacement(again)),
        ("unknown region", CreateCall { placed: false, ..call(None) }, CreateKind::Undecided),
        ("unknown argument", CreateCall { identity_known: false, ..call(None) }, CreateKind::Undecided),
        ("not configured", CreateCall { configured: false, ..call(None) }, CreateKind::Undecided),
    ] {
        assert_eq!(kind_of_create(call), kind, "{what}");
    }
}

#[test]
fn what_this_process_knows_of_earlier_work() {
    let one = || vec![Arc::new(object(Some("r-1")))];
    let two = || vec![Arc::new(object(Some("r-1"))), Arc::new(object(Some("r-2")))];
    let running = || Running {
        identity: Identity::default(),
        lane: "l".into(),
        work: Pending::Started("r-9".into()),
        ended: false,
        results: Default::default(),
    };
    let remembered = |handed: bool, seen: Vec<Arc<Object>>, runs: bool| Remembered {
        handed: handed.then(|| Arc::new(object(Some("r-0")))),
        seen,
        running: runs.then(running),
    };
    let name = |earlier: Earlier| match earlier {
        Earlier::Handed(_) => "handed",
        Earlier::One(_) => "one",
        Earlier::Several => "several",
        Earlier::Shared(_) => "shared",
        Earlier::Nothing => "nothing",
    };
    for (what, handed, seen, runs, claimed, restore, backup) in [
        ("handed over outranks all", true, two(), true, false, "handed", "handed"),
        ("one seen", false, one(), true, true, "one", "one"),
        ("one seen that another create means", false, one(), false, false, "one", "several"),
        ("two seen", false, two(), false, true, "several", "several"),
        ("runs in this process", false, Vec::new(), true, true, "shared", "nothing"),
        ("nothing", false, Vec::new(), false, true, "nothing", "nothing"),
    ] {
        let decide = |effect, seen| name(earlier(remembered(handed, seen, runs), effect, |_| claimed));
        assert_eq!(decide(RESTORE, seen.clone()), restore, "restore: {what}");
        assert_eq!(decide(BACKUP, seen), backup, "backup: {what}");
    }
}

#[test]
fn what_the_records_say() {
    let record = |operation: &str, progress: Progress, created: i64| Record {
        operation: operation.into(),
        progress,
        created_at: jiff::Timestamp::from_second(created).ok(),
        ..Record::default()
    };
    let running = record("r-1", Progress::Running, 5);
    let (older, newer) = (record("r-2", Progress::Succeeded, 1), record("r-3", Progress::Succeeded, 2));
    let failed = record("r-4", Progress::Failed(Failure::default()), 9);
    for (what, same, recent, decision) in [
        ("running outranks ended", vec![&newer, &running], true, OnRecord::Twin(&running)),
        ("the newest that ended", vec![&newer, &older], true, OnRecord::EndedLately(&newer)),
        ("ended long ago", vec![&newer, &older], false, OnRecord::Nothing),
        ("a failure is no reason", vec![&failed], true, OnRecord::Nothing),
        ("nothing", Vec::new(), true, OnRecord::Nothing),
    ] {
        assert_eq!(on_record(&same, |_| recent), decision, "{what}");
    }
}

#[test]
fn what_a_plan_has_to_repeat_about_the_records() {
    let record = |operation: &str, progress: Progress, created: i64| Record {
        operation: operation.into(),
        progress,
        created_at: jiff::Timestamp::from_second(created).ok(),
        ..Record::default()
    };
    let (older, newer) = (record("r-1", Progress::Succeeded, 1), record("r-2", Progress::Succeeded, 2));
    let (running, failed) =
        (record("r-3", Progress::Running, 8), record("r-4", Progress::Failed(Failure::default()), 9));
    let known = record("r-5", Progress::Running, 7);
    for (what, same, started, shown) in [
        ("nothing", vec![], "", None),
        ("the newest", vec![&older, &newer], "", Some("r-2")),
        ("whatever the order", vec![&newer, &older], "", Some("r-2")),
        ("what runs is joined, what failed may run again", vec![&older, &running, &failed], "", Some("r-1")),
        ("this run's own is no news", vec![&older, &newer], "r-2", Some("r-1")),
        ("what runs and is known to be another one", vec![&older, &known], "", Some("r-5")),
    ] {
        let is_known = |record: &Record| record.operation == "r-5";
        let found = previous(same.into_iter(), is_known, |record| record.operation == started);
        assert_eq!(found.map(|record| record.operation.as_str()), shown, "{what}");
    }
}

#[test]
fn what_a_proposed_replacement_comes_to() {
    for (only_learns, same, unknown, decision) in [
        (true, false, false, Replacement::InPlace),
        (false, true, true, Replacement::InPlace),
        (false, false, true, Replacement::Again { perhaps_same: true }),
        (false, false, false, Replacement::Again { perhaps_same: false }),
    ] {
        assert_eq!(replacement(only_learns, same, unknown), decision, "{only_learns} {same} {unknown}");
    }
}

#[test]
fn what_a_create_does() {
    let ended = Arc::new(object(None));
    let running = Arc::new(object(Some("r-1")));
    let lost = Arc::new(attempt());
    let Some(Pending::Unknown(unknown)) = lost.pending.clone() else { panic!() };
    let from = |from| Create::Run(from);
    for (what, intent, taken, restore, backup) in [
        ("fresh", Intent::Fresh, None, from(From::Nothing), from(From::Nothing)),
        ("fresh, whatever was seen", Intent::Fresh, Some(&ended), from(From::Nothing), from(From::Nothing)),
        (
            "asked to run again",
            Intent::Replace { perhaps_same: false },
            Some(&running),
            from(From::Nothing),
            from(From::Nothing),
        ),
        ("ended", resume(Some("r-1")), Some(&ended), Create::Keep(ended.clone()), Create::Keep(ended.clone())),
        (
            "running",
            resume(Some("r-1")),
            Some(&running),
            from(From::Operation("r-1".into())),
            from(From::Operation("r-1".into())),
        ),
        ("an attempt", resume(None), Some(&lost), from(From::Attempt(unknown.clone())), from(From::Attempt(unknown))),
        ("found on record", resume(Some("r-1")), None, from(From::Twin("r-1".into())), Create::Gone("r-1".into())),
        ("nothing handed over", resume(None), None, from(From::Nothing), from(From::Nothing)),
    ] {
        assert_eq!(create(intent.clone(), taken, RESTORE), restore, "restore: {what}");
        assert_eq!(create(intent, taken, BACKUP), backup, "backup: {what}");
    }
}

#[test]
fn what_a_delete_does() {
    let surely = Delete::HandOver { surely: true };
    let perhaps = Delete::HandOver { surely: false };
    let (go, replaced) = (Delete::LetGo { replaced: false }, Delete::LetGo { replaced: true });
    for (what, intent, worth, decision) in [
        ("its own create follows", resume(Some("r-1")), true, &surely),
        ("whichever create follows", resume(None), true, &surely),
        ("another one is resumed", resume(Some("r-2")), true, &replaced),
        ("not worth it", resume(Some("r-1")), false, &replaced),
        ("perhaps the same", Intent::Replace { perhaps_same: true }, true, &perhaps),
        ("undecided", Intent::Undecided, true, &perhaps),
        ("asked to run again", Intent::Replace { perhaps_same: false }, true, &replaced),
        ("fresh", Intent::Fresh, true, &replaced),
        ("a plain destroy", Intent::Destroy, true, &go),
        ("an object at rest", Intent::Stored, true, &go),
    ] {
        assert_eq!(delete(&intent, Some("r-1"), worth), *decision, "{what}");
    }
    // An attempt has no id that could differ.
    assert_eq!(delete(&resume(Some("r-2")), None, true), surely);
}

#[test]
fn what_a_refresh_looks_at() {
    let started = || Some(Pending::Started("r-1".to_owned()));
    assert_eq!(refresh(None, RESTORE), Refresh::History);
    assert_eq!(refresh(None, BACKUP), Refresh::Product);
    assert_eq!(refresh(None, INSTANCE), Refresh::Product);
    for effect in [RESTORE, BACKUP, INSTANCE] {
        assert_eq!(refresh(started(), effect), Refresh::Running("r-1".into()));
        assert!(matches!(refresh(attempt().pending, effect), Refresh::Attempt(_)));
    }
}

#[test]
fn what_settles_pending_work() {
    let failed = Progress::Failed(Failure::default());
    for (progress, effect, awaited, settled) in [
        (Progress::Running, RESTORE, true, Settles::No),
        (Progress::Unrecognised, BACKUP, false, Settles::No),
        (Progress::Succeeded, RESTORE, true, Settles::WithTarget),
        (Progress::Succeeded, RESTORE, false, Settles::WithTarget),
        (Progress::Succeeded, BACKUP, true, Settles::No),
        (Progress::Succeeded, INSTANCE, true, Settles::WithTarget),
        (Progress::Succeeded, BACKUP, false, Settles::WithTarget),
        (failed.clone(), RESTORE, true, Settles::Yes),
        (failed, BACKUP, true, Settles::Yes),
        (Progress::Spent, BACKUP, true, Settles::Yes),
    ] {
        assert_eq!(settles(&progress, effect, awaited), settled, "{progress:?} {effect:?} {awaited}");
    }
}
