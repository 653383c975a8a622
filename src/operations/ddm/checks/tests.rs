use std::sync::Arc;

use cloud::ddm::DataNode;

use super::*;
use crate::operations::checks::{Pair, Place, Weight};

const TIME: i64 = 1_763_604_780_000; // 2025-11-20 02:13:00 UTC

fn place() -> Place {
    Place { project_id: "p1".into(), region: "eu-de".into(), platform: cloud::Platform::Otc }
}

fn instance(id: &str, status: &str, version: &str) -> Option<Read<Instance>> {
    Some(Ok(Arc::new(Instance {
        id: Some(id.into()),
        name: Some(format!("ddm-{id}")),
        status: Some(status.into()),
        engine_version: Some(version.into()),
        ..Instance::default()
    })))
}

fn interval(start: &str, end: &str) -> Interval {
    Interval { start_time: Some(start.into()), end_time: Some(end.into()) }
}

fn node(id: &str, name: &str) -> DataNode {
    DataNode {
        instance_id: Some(id.into()),
        instance_name: Some(name.into()),
        engine_name: Some("mysql".into()),
        version: Some("8.0.32".into()),
        ..DataNode::default()
    }
}

fn free(id: &str, name: &str) -> TargetDataNode {
    TargetDataNode {
        instance_id: Some(id.into()),
        instance_name: Some(name.into()),
        engine_name: Some("MySQL".into()),
        available: Some(true),
        ..TargetDataNode::default()
    }
}

fn taken(id: &str, name: &str, reason: &str) -> TargetDataNode {
    TargetDataNode { available: Some(false), unavailable_reason: Some(reason.into()), ..free(id, name) }
}

fn offer(available: Option<bool>, reason: &str) -> Option<Read<Vec<TargetInstance>>> {
    Some(Ok(Arc::new(vec![TargetInstance {
        instance_id: Some("t".into()),
        instance_name: Some("ddm-t".into()),
        available,
        unavailable_reason: Some(reason.into()),
        ..TargetInstance::default()
    }])))
}

/// Two source nodes and two free nodes for each of them.
fn facts() -> Facts {
    let fresh = || Ok(Arc::new(vec![free("y2", "fresh-2"), free("y1", "fresh-1")]));
    Facts {
        source: instance("s", "RUNNING", "2.4.0"),
        target: instance("t", "RUNNING", "3.0.8.5"),
        intervals: Some(Ok(Arc::new(vec![interval("2025-11-19T00:00:00+0000", "2025-11-20T02:13:00+0000")]))),
        related: Some(Ok(Arc::new(RelatedDataNodes {
            nodes: vec![node("x2", "shard-2"), node("x1", "shard-1")],
            latest_restorable_time: None,
        }))),
        targets: offer(Some(true), ""),
        candidates: BTreeMap::from([("x1".to_owned(), fresh()), ("x2".to_owned(), fresh())]),
    }
}

fn asked(relations: Written) -> Asked {
    Asked { source: Some("s".into()), target: Some("t".into()), restore_time: Some(TIME), relations }
}

fn written(pairs: &[(&str, &str)]) -> Written {
    let some = |text: &str| (text != "?").then(|| text.to_owned());
    Written::Pairs(pairs.iter().map(|(from, to)| Pair { from: some(from), to: some(to) }).collect())
}

fn told(findings: &[Finding]) -> Vec<(Weight, &'static str)> {
    findings.iter().map(|finding| (finding.weight, finding.attribute)).collect()
}

fn found(facts: &Facts, asked: &Asked) -> Vec<(Weight, &'static str)> {
    told(&check(facts, asked, &place()))
}

#[test]
fn all_is_well() {
    assert_eq!(found(&facts(), &asked(Written::Nothing)), []);
    assert_eq!(found(&facts(), &asked(written(&[("x1", "y1"), ("x2", "y2")]))), []);
    assert_eq!(found(&Facts::default(), &asked(Written::Nothing)), []);
}

#[test]
fn the_ends_of_an_interval_are_whole_seconds() {
    let start = 1_763_510_400_000; // 2025-11-19 00:00:00 UTC
    for (time, expected) in [
        (start - 1, vec![(Weight::Broken, "restore_time")]),
        (start, vec![]),
        (TIME, vec![]),
        (TIME + 999, vec![]),
        (TIME + 1000, vec![(Weight::Broken, "restore_time")]),
    ] {
        assert_eq!(
            told(&times::check(facts().intervals.as_ref().unwrap(), time, "DDM instance s", MAKES)),
            expected,
            "{time}"
        );
    }
    assert_eq!(
        told(&times::check(&Ok(Arc::new(vec![])), TIME, "DDM instance s", MAKES)),
        [(Weight::Broken, "restore_time")]
    );
    assert_eq!(
        told(&times::check(&Ok(Arc::new(vec![interval("soon", "later")])), TIME, "DDM instance s", MAKES)),
        [(Weight::Unchecked, "")]
    );
}

#[test]
fn a_time_outside_is_answered_with_the_intervals() {
    let late = &times::check(facts().intervals.as_ref().unwrap(), TIME + 60_000, "DDM instance s", MAKES)[0];
    for words in ["2025-11-19 00:00:00 UTC to 2025-11-20 02:13:00 UTC", "(1763510400000 to 1763604780000)", "moves on"]
    {
        assert!(late.detail.contains(words), "{words}: {}", late.detail);
    }
}

#[test]
fn the_target_is_judged_by_its_status_and_by_the_service() {
    let broken = vec![(Weight::Broken, "target_instance_id")];
    let busy = vec![(Weight::TargetBusy, "target_instance_id")];
    for (case, target, targets, expected) in [
        ("fine", instance("t", "RUNNING", "3.0.8"), offer(Some(true), ""), vec![]),
        ("restoring", instance("t", "RESTORE", "3.0.8"), offer(Some(false), "busy"), busy.clone()),
        ("backing up", instance("t", "BACKUP", "3.0.8"), offer(Some(true), ""), busy.clone()),
        ("faulty", instance("t", "ERROR", "3.0.8"), offer(Some(false), "abnormal"), broken.clone()),
        ("frozen", instance("t", "FROZEN", "3.0.8"), offer(Some(false), "frozen"), broken.clone()),
        (
            "account",
            instance("t", "RUNNING", "3.0.8"),
            offer(Some(false), "The instance has a common account."),
            broken.clone(),
        ),
        (
            "other work",
            instance("t", "RUNNING", "3.0.8"),
            offer(Some(false), "Another operation is being performed on the instance."),
            busy,
        ),
        ("not told", instance("t", "RUNNING", "3.0.8"), offer(None, ""), vec![(Weight::Unchecked, "")]),
        ("not offered", instance("t", "RUNNING", "3.0.8"), Some(Ok(Arc::new(vec![]))), broken.clone()),
        ("too old", instance("t", "RUNNING", "3.0.7.9"), offer(Some(true), ""), broken),
        ("odd version", instance("t", "RUNNING", "three"), offer(Some(true), ""), vec![]),
    ] {
        let facts = Facts { target, targets, ..facts() };
        assert_eq!(found(&facts, &asked(written(&[("x1", "y1"), ("x2", "y2")]))), expected, "{case}");
    }
}

#[test]
fn the_source_is_judged_by_its_version_only() {
    for (status, version, expected) in [
        ("RUNNING", "2.3.2.11", vec![]),
        ("RUNNING", "2.3.2.9", vec![(Weight::Broken, "source_instance_id")]),
        ("BACKUP", "2.4", vec![(Weight::Unchecked, "")]),
        ("ERROR", "2.4", vec![(Weight::Unchecked, "")]),
    ] {
        let facts = Facts { source: instance("s", status, version), ..facts() };
        assert_eq!(found(&facts, &asked(Written::Nothing)), expected, "{status} {version}");
    }
}

#[test]
fn data_nodes_are_paired_one_to_one_and_completely() {
    let broken = (Weight::Broken, "data_node_relation");
    for (case, relations, expected) in [
        ("one missing", written(&[("x1", "y1")]), vec![broken]),
        ("a stranger", written(&[("x1", "y1"), ("x2", "y2"), ("x3", "y3")]), vec![broken]),
        ("a source twice", written(&[("x1", "y1"), ("x1", "y2"), ("x2", "y3")]), vec![broken, broken]),
        ("a target twice", written(&[("x1", "y1"), ("x2", "y1")]), vec![broken]),
        ("not offered", written(&[("x1", "y1"), ("x2", "y9")]), vec![broken]),
        ("not known yet", written(&[("?", "y1"), ("?", "y2")]), vec![]),
        ("target not known yet", written(&[("x1", "?"), ("x2", "?")]), vec![]),
        ("nobody knows how many", Written::Open, vec![]),
    ] {
        assert_eq!(found(&facts(), &asked(relations)), expected, "{case}");
    }
}

#[test]
fn the_service_says_why_a_data_node_does_not_fit() {
    for (case, candidate, expected) in [
        ("fits", free("y1", "fresh-1"), vec![]),
        ("version", taken("y1", "fresh-1", "The version is earlier."), vec![(Weight::Broken, "data_node_relation")]),
        (
            "restoring",
            taken("y1", "fresh-1", "The data node is being restored."),
            vec![(Weight::TargetBusy, "data_node_relation")],
        ),
        (
            "engine",
            TargetDataNode { engine_name: Some("postgresql".into()), ..free("y1", "fresh-1") },
            vec![(Weight::Broken, "data_node_relation")],
        ),
        ("not told", TargetDataNode { available: None, ..free("y1", "fresh-1") }, vec![(Weight::Unchecked, "")]),
    ] {
        let mut facts = facts();
        facts.candidates.insert("x1".into(), Ok(Arc::new(vec![candidate])));
        let findings = check(&facts, &asked(written(&[("x1", "y1"), ("x2", "y2")])), &place());
        assert_eq!(told(&findings), expected, "{case}");
        assert!(case != "version" || findings[0].detail.contains("The version is earlier."), "{findings:?}");
    }
}

#[test]
fn alike_nodes_are_paired_in_the_order_of_their_names() {
    let pairs = derive(&facts(), &asked(Written::Nothing)).unwrap();
    assert_eq!(pairs, BTreeMap::from([("x1".into(), "y1".into()), ("x2".into(), "y2".into())]));
}

#[test]
fn nodes_that_are_not_alike_are_not_paired_and_the_candidates_are_named() {
    let three: Read<Vec<TargetDataNode>> = Ok(Arc::new(vec![free("y1", "a"), free("y2", "b"), free("y3", "c")]));
    let one: Read<Vec<TargetDataNode>> = Ok(Arc::new(vec![free("y1", "a")]));
    let mut too_many = facts();
    too_many.candidates = BTreeMap::from([("x1".into(), three.clone()), ("x2".into(), three)]);
    let mut differing = facts();
    differing.candidates.insert("x1".into(), one);
    let mut mixed = facts();
    let old = DataNode { version: Some("5.7.30".into()), ..node("x2", "shard-2") };
    mixed.related =
        Some(Ok(Arc::new(RelatedDataNodes { nodes: vec![node("x1", "shard-1"), old], latest_restorable_time: None })));
    for (case, facts) in [("too many", too_many), ("differing", differing), ("mixed", mixed)] {
        let findings = check(&facts, &asked(Written::Nothing), &place());
        assert_eq!(told(&findings), [(Weight::Broken, "target_instance_id")], "{case}");
        for words in ["shard-1", "y1", "data_node_relation"] {
            assert!(findings[0].detail.contains(words), "{case}: {}", findings[0].detail);
        }
    }
}

#[test]
fn a_busy_target_says_nothing_about_its_nodes() {
    let facts = Facts { target: instance("t", "RESTORE", "3.0.8"), candidates: BTreeMap::new(), ..facts() };
    assert!(facts.target_is_busy());
    assert_eq!(found(&facts, &asked(Written::Nothing)), [(Weight::TargetBusy, "target_instance_id")]);
    assert_eq!(derive(&facts, &asked(Written::Nothing)).unwrap_err().weight, Weight::Unchecked);
}

#[test]
fn a_source_without_data_nodes_has_nothing_to_recover() {
    let facts = Facts { related: Some(Ok(Arc::new(RelatedDataNodes::default()))), ..facts() };
    assert_eq!(found(&facts, &asked(Written::Nothing)), [(Weight::Broken, "source_instance_id")]);
}

#[test]
fn the_warning_names_instances_moment_and_nodes() {
    let (facts, asked) = (facts(), asked(Written::Nothing));
    let pairs = derive(&facts, &asked).unwrap();
    let now = "2025-11-20T04:13:00Z".parse().unwrap();
    let warning = overwrite_warning(&facts, &asked, Some(&pairs), &place(), now);
    assert_eq!(
        warning.summary,
        "DDM instance ddm-t (t) will be overwritten with DDM instance ddm-s (s) as of 2025-11-20 02:13 UTC"
    );
    for words in [
        "everything written to the source after 2025-11-20 02:13 UTC is not in what they get",
        "2 hours old",
        "fresh-1 (y1) receives shard-1 (x1)",
        "fresh-2 (y2) receives shard-2 (x2)",
        "project p1, region eu-de",
    ] {
        assert!(warning.detail.contains(words), "{words}: {}", warning.detail);
    }
}

#[test]
fn what_does_not_pass_by_itself_is_not_waited_for() {
    for (status, passes) in [
        ("RESTORE", true),
        ("FREEZING", true),
        ("ERROR", false),
        ("FROZEN", false),
        ("FREEZING_FAILED", false),
        ("UNFREEZING_FAILED", false),
        ("RESIZE_ROLL_FAILED", false),
        ("data_disk_full", false),
    ] {
        let read = readiness(&Instance { status: Some(status.into()), ..Instance::default() });
        assert_eq!(matches!(read, Readiness::Busy(_)), passes, "{status}: {read:?}");
        assert_eq!(matches!(read, Readiness::Broken(_)), !passes, "{status}: {read:?}");
    }
}

#[test]
fn one_question_serves_all_source_nodes_of_a_kind() {
    let of = |id: &str, engine: Option<&str>, version: Option<&str>, size: Option<i64>| DataNode {
        instance_id: Some(id.into()),
        engine_name: engine.map(str::to_owned),
        version: version.map(str::to_owned),
        data_volume_size: size,
        ..DataNode::default()
    };
    let (mysql, new, old) = (Some("mysql"), Some("8.0.32"), Some("5.7.30"));
    for (case, other, together) in [
        ("alike", of("b", mysql, new, Some(1)), true),
        ("letter case", of("b", Some("MySQL"), new, Some(1)), true),
        ("another version", of("b", mysql, old, Some(1)), false),
        ("another size", of("b", mysql, new, Some(2)), false),
        ("another engine", of("b", Some("postgresql"), new, Some(1)), false),
        ("no engine told", of("b", None, new, Some(1)), false),
        ("no version told", of("b", mysql, None, Some(1)), false),
        ("no size told", of("b", mysql, new, None), false),
    ] {
        let mut kinds = nodes::alike(&[of("a", mysql, new, Some(1)), other, DataNode::default()]);
        kinds.sort();
        let apart = vec![vec!["a".to_owned()], vec!["b".to_owned()]];
        let wanted = if together { vec![apart.concat()] } else { apart };
        assert_eq!(kinds, wanted, "{case}");
    }
    let nothing_told = [of("a", None, None, None), of("b", None, None, None)];
    assert_eq!(nodes::alike(&nothing_told).len(), 2);
}
