//! What is remembered, found and shared.

use super::*;

const KIND: &str = "t";

fn identity(name: &str) -> Identity {
    let mut identity = Identity::default();
    identity.exactly("name", &Value::from(name));
    identity
}

fn object(key: &str, pending: Option<&str>) -> Object {
    Object {
        kind: KIND,
        identity: identity("a"),
        key: key.into(),
        operation: Some(key.into()),
        pending: pending.map(Pending::parse),
        failed: false,
        awaited: true,
        body: Value::Null,
    }
}

fn running(name: &str, work: &str, ended: bool) -> Running {
    let work = Pending::parse(work);
    Running { identity: identity(name), lane: "l".into(), work, ended, results: Results::new() }
}

#[test]
fn a_newer_look_replaces_the_older_one() {
    let memory = Memory::default();
    memory.see(object("1", Some("1")));
    memory.see(object("1", None));
    assert_eq!(memory.seen(KIND, &identity("a")), vec![Arc::new(object("1", None))]);
    assert!(memory.seen("u", &identity("a")).is_empty() && memory.seen(KIND, &identity("b")).is_empty());
}

#[test]
fn an_attempt_that_was_found_is_one_object_and_not_two() {
    let memory = Memory::default();
    memory.see(Object { operation: None, ..object("unknown:{}", Some("unknown:{}")) });
    memory.see_again("unknown:{}", object("1", Some("1")));
    assert_eq!(memory.seen(KIND, &identity("a")).len(), 1);
}

#[test]
fn what_is_replaced_is_forgotten_and_not_joined() {
    let memory = Memory::default();
    memory.see(object("1", Some("1")));
    assert!(!memory.must_not_join(KIND, &identity("a"), "1") && memory.is_known(KIND, "1"));
    memory.replace(&object("1", Some("1")));
    assert!(memory.seen(KIND, &identity("a")).is_empty());
    assert!(memory.is_replaced(KIND, "1") && memory.must_not_join(KIND, &identity("a"), "1"));
}

#[test]
fn work_of_another_meaning_is_not_joined_while_it_runs_and_is_never_taken_for_ours() {
    let memory = Memory::default();
    memory.note_running(KIND, running("b", "1", false));
    assert!(memory.must_not_join(KIND, &identity("a"), "1") && memory.is_others(KIND, &identity("a"), true, "1"));
    assert!(!memory.must_not_join(KIND, &identity("b"), "1") && !memory.is_others(KIND, &identity("b"), true, "1"));
    // Two alike that are not shared are two.
    assert!(memory.is_others(KIND, &identity("b"), false, "1"));
    memory.note_running(KIND, running("b", "1", true));
    assert!(!memory.must_not_join(KIND, &identity("a"), "1"));
    assert_eq!(memory.started_on("l"), BTreeSet::from(["1".to_owned()]));
}

#[test]
fn an_attempt_that_has_an_id_by_now_is_one_piece_of_work() {
    let memory = Memory::default();
    memory.note_running(KIND, running("a", "unknown:{}", false));
    memory.note_running(KIND, running("a", "1", false));
    memory.note_running(KIND, running("a", "1", true));
    assert_eq!(memory.running(KIND, &identity("a")), Some(running("a", "1", true)));
    assert_eq!(memory.kept().running.values().map(Vec::len).sum::<usize>(), 1);
    assert!(memory.has_run(KIND, "1") && !memory.has_run(KIND, "2"));
}

#[test]
fn each_handed_over_object_is_taken_once() {
    let memory = Memory::default();
    memory.hand_over(object("1", None));
    memory.hand_over(object("2", None));
    let first = memory.take_handed(KIND, &identity("a"), |_| true).unwrap();
    let second = memory.take_handed(KIND, &identity("a"), |_| true).unwrap();
    assert_ne!(first, second);
    assert_eq!(memory.take_handed(KIND, &identity("a"), |_| true), None);
}

#[test]
fn what_is_reserved_is_not_offered_again_and_is_taken_first() {
    let memory = Memory::default();
    memory.hand_over(object("1", None));
    memory.hand_over(object("2", None));
    let second = |known: &Object| known.key == "2";
    assert_eq!(memory.reserve(KIND, &identity("a"), second).unwrap().key, "2");
    assert_eq!(memory.reserve(KIND, &identity("a"), second), None);
    assert_eq!(memory.take_handed(KIND, &identity("a"), |_| true).unwrap().key, "2");
}

#[test]
fn what_was_passed_on_stays_so_when_it_is_taken() {
    let memory = Memory::default();
    assert!(!memory.is_passed_on(&object("1", None)));
    memory.hand_over(object("1", None));
    memory.take_handed(KIND, &identity("a"), |_| true).unwrap();
    assert!(memory.is_passed_on(&object("1", None)) && !memory.is_passed_on(&object("2", None)));
}

#[test]
fn a_block_that_stays_is_not_shared_with_a_new_one() {
    // In either order of the two calls.
    let memory = Memory::default();
    memory.see(object("1", None));
    assert!(!memory.keep(&object("1", None)) && memory.mean(&object("1", None)));
    let memory = Memory::default();
    memory.see(object("1", None));
    assert!(!memory.mean(&object("1", None)) && memory.keep(&object("1", None)));
    // The new one was planned before the object was shown.
    let memory = Memory::default();
    memory.plan_new(KIND, &identity("a"));
    memory.plan_new(KIND, &identity("b"));
    assert!(memory.keep(&object("1", None)));
    // A tainted one is taken up beside a new one that is to run it again, but not beside one that only looks for it.
    let memory = Memory::default();
    memory.plan_new(KIND, &identity("a"));
    memory.plan_start(KIND, &identity("b"));
    assert!(!memory.mean(&object("1", None)));
    memory.plan_start(KIND, &identity("a"));
    assert!(memory.mean(&object("1", None)));
    memory.plan_no_start(KIND, &identity("a"));
    assert!(!memory.mean(&object("1", None)));
    // However often the core brings one object to the current schema, it is refreshed once.
    let memory = Memory::default();
    memory.see(object("1", None));
    memory.see(object("1", None));
    memory.see_again("1", object("1", None));
    assert!(!memory.keep(&object("1", None)) && memory.mean(&object("1", None)));
}

#[test]
fn a_tainted_object_that_shares_its_work_is_no_new_block() {
    let memory = Memory::default();
    memory.see(object("1", None));
    memory.see(object("1", None));
    assert!(!memory.keep(&object("1", None)) && !memory.mean(&object("1", None)));
    // Two tainted ones, or one that is planned twice.
    let memory = Memory::default();
    memory.see(object("1", None));
    assert!(!memory.mean(&object("1", None)) && !memory.mean(&object("1", None)));
}

#[test]
fn an_object_is_claimed_once() {
    let memory = Memory::default();
    assert!(memory.claim(&object("1", None)) && !memory.claim(&object("1", None)));
    assert!(memory.claim(&object("2", None)));
}
