use super::*;
use crate::operations;

/// The schema and pairs of an operation by its name.
fn resource(name: &str) -> (Schema, Option<&'static Pairs>) {
    let operation = operations::all().into_iter().find(|operation| operation.name() == name).unwrap();
    (crate::forms::resource::schema::of(operation.as_ref()), operation.pairs())
}

fn body(members: &[(&'static str, Value)]) -> Value {
    Value::object(members.iter().cloned())
}

fn map(pairs: &[(&str, &str)]) -> Value {
    Value::object(pairs.iter().map(|(key, value)| (*key, Value::from(*value))))
}

fn blocks(pairs: &Pairs, written: &[(&str, &str)]) -> Value {
    let block =
        |(from, to): &(&str, &str)| Value::object([(pairs.from, Value::from(*from)), (pairs.to, Value::from(*to))]);
    Value::List(written.iter().map(block).collect())
}

#[test]
fn every_again_argument_of_every_operation_counts() {
    for operation in operations::all() {
        let schema = crate::forms::resource::schema::of(operation.as_ref());
        let empty = of(&schema, operation.pairs(), &body(&[]));
        for attribute in again(&schema) {
            let changed = body(&[(attribute.name, Value::from("other"))]);
            let same = empty.is_same_as(&of(&schema, operation.pairs(), &changed));
            let place = matches!(attribute.name, "region" | "project_id");
            assert_eq!(same, place, "{} {}", operation.name(), attribute.name);
        }
        assert!(again(&schema).any(|attribute| attribute.name == "triggers"), "{}", operation.name());
    }
}

#[test]
fn what_is_only_recorded_does_not_count() {
    let (schema, pairs) = resource("recovery_dcs_restore");
    let one = body(&[("instance_id", "i".into()), ("backup_id", "b".into()), ("remark", "one".into())]);
    let mut other = one.clone();
    other.set("remark", "two".into());
    assert!(of(&schema, pairs, &one).is_same_as(&of(&schema, pairs, &other)));
    assert!(differences(&schema, &one, &other).is_empty());
}

#[test]
fn nothing_and_empty_are_no_difference() {
    for operation in operations::all() {
        let schema = crate::forms::resource::schema::of(operation.as_ref());
        let one = body(&[("triggers", Value::Null), ("remark", Value::Null)]);
        let other = body(&[("triggers", map(&[])), ("remark", Value::from(""))]);
        assert!(differences(&schema, &one, &other).is_empty(), "{}", operation.name());
        assert!(of(&schema, None, &one).is_same_as(&of(&schema, None, &other)), "{}", operation.name());
        let trigger = body(&[("triggers", map(&[("a", "1")]))]);
        assert_eq!(differences(&schema, &other, &trigger), ["triggers"], "{}", operation.name());
    }
}

#[test]
fn pairs_written_out_are_the_pairs_that_were_derived() {
    for name in ["recovery_cbr_restore", "recovery_ddm_restore"] {
        let (schema, pairs) = resource(name);
        let known = pairs.unwrap();
        let derived = body(&[(known.block, blocks(known, &[])), (known.sent, map(&[("c1", "v1")]))]);
        let with = |written: &[(&str, &str)]| body(&[(known.block, blocks(known, written))]);
        let same = |planned: &Value| of(&schema, pairs, &derived).is_same_as(&of(&schema, pairs, planned));
        assert!(same(&with(&[("c1", "v1")])) && same(&with(&[])), "{name}");
        assert!(!same(&with(&[("c1", "v2")])) && !same(&with(&[("c1", "v1"), ("c2", "v2")])), "{name}");
    }
}

#[test]
fn unknown_arguments_leave_it_open() {
    let (schema, _) = resource("recovery_dcs_restore");
    let known = body(&[("instance_id", "i".into()), ("backup_id", "b".into())]);
    let mut planned = known.clone();
    assert!(is_known(&schema, &planned) && may_be_same(&schema, &known, &planned));
    planned.set("backup_id", Value::Unknown);
    assert!(!is_known(&schema, &planned) && may_be_same(&schema, &known, &planned));
    planned.set("instance_id", "j".into());
    assert!(!may_be_same(&schema, &known, &planned));
    // What the provider fills in is no open argument.
    let mut placed = known.clone();
    placed.set("region", Value::Unknown);
    assert!(is_known(&schema, &placed));
}
