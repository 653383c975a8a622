use std::cell::Cell;

use super::*;

fn findings() -> Vec<Finding> {
    vec![
        Finding::broken("backup_id", "backup b is gone", "Choose another."),
        Finding::source_busy("backup_id", "backup c is being made", "Wait."),
        Finding::target_busy("instance_id", "instance i is busy", "Wait."),
        Finding::unchecked("whether the moon is full", "no API tells"),
        Finding::notice("instance_id", "something goes", "Keep it."),
    ]
}

#[test]
fn a_plan_sorts_findings_into_errors_and_warnings() {
    let diagnostics = plan_diagnostics(&findings(), "restore of i", &["restore_point"]);
    let told: Vec<(tf::Severity, &str)> =
        diagnostics.0.iter().map(|diagnostic| (diagnostic.severity, diagnostic.summary.as_str())).collect();
    use tf::Severity::{Error, Warning};
    assert_eq!(
        told,
        [
            (Error, "backup b is gone"),
            (Warning, "Apply waits: backup c is being made"),
            (Warning, "Apply waits: instance i is busy"),
            (Warning, "something goes"),
            (Warning, "Not everything could be checked for the restore of i"),
        ]
    );
    for way in ["preflight = false", "RECOVERY_PREFLIGHT=false", "terraform destroy", "plans a create first"] {
        assert!(diagnostics.0[0].detail.contains(way), "{way}");
    }
    assert_eq!(diagnostics.0[0].attribute, Some("backup_id".into()));
    assert_eq!(diagnostics.0[4].attribute, None);
    for word in ["the moon", "no API tells", "restore_point", "inconsistent final plan"] {
        assert!(diagnostics.0[4].detail.contains(word), "{word}");
    }
}

#[test]
fn one_cause_of_several_gaps_is_told_once() {
    let gaps = [("a", "no"), ("b", "no"), ("c", "never"), ("d", "no")].map(|(what, why)| Finding::unchecked(what, why));
    let diagnostics = plan_diagnostics(&gaps, "restore of i", &[]);
    let told = "Not checked:\n  - a\n  - b\n    (no)\n  - c\n    (never)\n  - d\n    (no)\n\n";
    assert!(diagnostics.0[0].detail.starts_with(told), "{}", diagnostics.0[0].detail);
}

#[test]
fn a_plan_that_shows_all_its_values_does_not_speak_of_open_ones() {
    let diagnostics = plan_diagnostics(&findings(), "restore of i", &[]);
    assert!(!diagnostics.0[4].detail.contains("inconsistent"));
    assert!(plan_diagnostics(&[], "restore of i", &["restore_point"]).is_empty());
}

#[test]
fn an_apply_refuses_what_is_broken_and_waits_for_the_rest() {
    let Some(Blocked::Final(diagnostic)) = refusal(&findings(), true) else { panic!("not refused") };
    assert!(diagnostic.detail.contains("Nothing was sent"), "{}", diagnostic.detail);
    let all = findings();
    for (findings, overwrites, later) in [
        (&all[1..], true, Some("backup c is being made")),
        (&all[2..], true, None),
        (&all[2..], false, Some("instance i is busy")),
        (&all[3..], false, None),
    ] {
        let told = match refusal(findings, overwrites) {
            Some(Blocked::Later(why)) => Some(why),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(told.as_deref(), later, "{findings:?} {overwrites}");
    }
}

#[test]
fn several_broken_things_are_told_in_one_error_of_an_apply() {
    let two = [Finding::broken("a", "one", "1."), Finding::broken("b", "two", "2.")];
    let Some(Blocked::Final(diagnostic)) = refusal(&two, true) else { panic!("not refused") };
    assert_eq!(diagnostic.summary, "one");
    assert!(diagnostic.detail.contains("two: 2."), "{}", diagnostic.detail);
}

#[tokio::test(start_paused = true)]
async fn what_looks_broken_is_read_again_unless_it_was_read_just_now() {
    for (broken_at_first, reads) in [(false, 1), (true, 2)] {
        let asked = Cell::new(0);
        let (facts, found) = judged(
            |freshness| {
                asked.set(asked.get() + 1);
                let first = asked.get() == 1;
                async move {
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    (first && broken_at_first, freshness)
                }
            },
            |(broken, _)| if *broken { vec![Finding::broken("a", "old", "")] } else { Vec::new() },
        )
        .await;
        assert_eq!(asked.get(), reads);
        assert!(found.is_empty());
        let age = if broken_at_first { Freshness::Within(Duration::from_millis(3100)) } else { lists::REFRESH };
        assert_eq!(facts.1, age);
    }
}

#[test]
fn blocks_are_read_as_far_as_they_are_known() {
    let block = |from: Value, to: Value| Value::object([("f", from), ("t", to)]);
    let pair = |from: Option<&str>, to: Option<&str>| Pair { from: from.map(str::to_owned), to: to.map(str::to_owned) };
    for (blocks, written) in [
        (Value::Null, Written::Nothing),
        (Value::List(Vec::new()), Written::Nothing),
        (Value::Unknown, Written::Open),
        (Value::List(vec![Value::Unknown]), Written::Open),
        (Value::List(vec![block("a".into(), Value::Unknown)]), Written::Pairs(vec![pair(Some("a"), None)])),
    ] {
        assert_eq!(Written::of(&blocks, "f", "t"), written, "{blocks:?}");
        assert_eq!(written.known(), None, "{blocks:?}");
    }
    let whole = Written::of(&Value::List(vec![block("a".into(), "b".into())]), "f", "t");
    assert_eq!(whole.known(), Some(BTreeMap::from([("a".to_owned(), "b".to_owned())])));
}

#[test]
fn what_denies_all_access_is_one_error_and_the_rest_is_left_out() {
    let denied = Finding {
        weight: Weight::NoAccess,
        summary: "No access to the cloud: x".into(),
        detail: "d".into(),
        ..Finding::unchecked("", "")
    };
    let mut all = findings();
    all.extend([denied.clone(), denied]);
    let told = plan_diagnostics(&all, "restore of i", &["restore_point"]);
    assert_eq!(told.0.len(), 1, "{told:?}");
    assert_eq!((told.0[0].severity, told.0[0].detail.as_str()), (tf::Severity::Error, "d"));
    let Some(Blocked::Final(diagnostic)) = refusal(&all, true) else { panic!("not refused") };
    assert!(diagnostic.summary.starts_with("No access") && diagnostic.detail.contains("Nothing was sent"));
}

#[test]
fn the_way_around_stands_only_where_it_is_one() {
    let finding = Finding::broken("mapping", "no pairs", "Write blocks.");
    for (always, told) in [(false, true), (true, false)] {
        let finding = if always { finding.clone().in_any_case() } else { finding.clone() };
        let plan = plan_diagnostics(std::slice::from_ref(&finding), "restore of i", &[]);
        assert_eq!(plan.0[0].detail.contains("preflight = false"), told, "{plan:?}");
        assert!(plan.0[0].detail.lines().count() <= 3, "{plan:?}");
        let Some(Blocked::Final(apply)) = refusal(&[finding], true) else { panic!("not refused") };
        assert_eq!(apply.detail.contains("preflight = false"), told, "{apply:?}");
    }
}
