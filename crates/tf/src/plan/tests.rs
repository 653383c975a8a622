//! Plans of a small resource, step by step, and of generated ones.

use super::*;
use crate::generate::{any_block, body, runner};
use crate::schema::Type;

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq};

fn nested(name: &'static str, nesting: Nesting, replaces: bool, attributes: Vec<Attribute>) -> NestedBlock {
    let block = Block { attributes, ..Block::default() };
    NestedBlock { name, nesting, block, min_items: 0, max_items: 0, replaces }
}

fn schema() -> Schema {
    let pair = || {
        vec![
            Attribute::required("from", "From."),
            Attribute::optional("to", "To.").replaces(),
            Attribute::optional("mode", "A mode.").default("copy"),
        ]
    };
    let attributes = vec![
        Attribute::required("instance_id", "An instance.").replaces(),
        Attribute::optional("remark", "A remark."),
        Attribute::optional("triggers", "Triggers.").of(Type::map(Type::String)).replaces(),
        Attribute::optional("region", "A region.").or_computed().replaces(),
        Attribute::optional("format", "A format.").or_computed(),
        Attribute::optional("api_version", "A version.").default("v2").replaces(),
        Attribute::computed("id", "An ID.").stable(),
        Attribute::computed("error_code", "A code.").stable(),
        Attribute::computed("status", "A status."),
    ];
    let blocks = vec![
        nested("mapping", Nesting::Set, true, pair()),
        nested("row", Nesting::List, false, pair()),
        nested("any", Nesting::Set, false, pair()),
        nested("one", Nesting::Single, false, pair()),
        crate::duration::timeouts_block(&["create"]),
    ];
    Schema { version: 0, block: Block { attributes, blocks, ..Block::default() } }
}

/// A configuration: `instance_id` and these.
fn config(members: &[(&str, Value)]) -> Value {
    let all = [("instance_id", Value::from("i"))].into_iter().chain(members.iter().cloned());
    fit(&schema().block, Value::object(all)).0
}

/// What is stored after a create of [`config`].
fn stored(members: &[(&str, Value)]) -> Value {
    let computed = [
        ("region", Value::from("eu")),
        ("format", Value::from("rdb")),
        ("api_version", Value::from("v2")),
        ("id", Value::from("i/1")),
        ("status", Value::from("done")),
    ];
    let mut stored = config(&[]);
    for (name, value) in computed.into_iter().chain(members.iter().cloned()) {
        stored.set(name, value);
    }
    fit(&schema().block, stored).0
}

/// Plans like Terraform: what is computed and null in the configuration comes from the stored object.
fn plan(config: &Value, prior: &Value) -> Plan {
    propose(&schema(), config, prior, &merge(&schema().block, config, prior))
}

fn merge(block: &Block, config: &Value, prior: &Value) -> Value {
    let mut proposed = config.clone();
    for attribute in &block.attributes {
        let computed = matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed);
        if computed && config.get(attribute.name).is_null() {
            proposed.set(attribute.name, prior.get(attribute.name).clone());
        }
    }
    for nested in &block.blocks {
        let (config, prior) = (config.get(nested.name), prior.get(nested.name));
        let merged = match (nested.nesting, config) {
            (Nesting::Single, Value::Object(_)) => merge(&nested.block, config, prior),
            (Nesting::List, Value::List(elements)) => {
                let merged = elements.iter().enumerate();
                Value::List(merged.map(|(index, config)| merge(&nested.block, config, element(prior, index))).collect())
            }
            _ => config.clone(),
        };
        proposed.set(nested.name, merged);
    }
    proposed
}

fn pair(from: &str, to: Value, mode: Value) -> Value {
    Value::object([("from", Value::from(from)), ("to", to), ("mode", mode)])
}

fn written(from: &str, to: &str) -> Value {
    pair(from, Value::from(to), Value::Null)
}

fn kept(from: &str, to: &str) -> Value {
    pair(from, Value::from(to), Value::from("copy"))
}

fn list(elements: &[Value]) -> Value {
    Value::List(elements.to_vec())
}

fn names(plan: &Plan) -> Vec<String> {
    plan.requires_replace.iter().map(ToString::to_string).collect()
}

#[test]
fn a_create_knows_what_was_written_and_the_defaults() {
    let plan = plan(&config(&[("format", Value::from("aof"))]), &Value::Null);
    assert_eq!((plan.change, names(&plan)), (Change::Create, Vec::new()));
    let expected = [
        ("instance_id", Value::from("i")),
        ("remark", Value::Null),
        ("triggers", Value::Null),
        ("region", Value::Unknown),
        ("format", Value::from("aof")),
        ("api_version", Value::from("v2")),
        ("id", Value::Unknown),
        ("error_code", Value::Unknown),
        ("status", Value::Unknown),
        ("mapping", Value::List(Vec::new())),
        ("row", Value::List(Vec::new())),
        ("any", Value::List(Vec::new())),
        ("one", Value::Null),
        ("timeouts", Value::Null),
    ];
    assert_eq!(plan.planned, Value::object(expected));
}

#[test]
fn a_delete_plans_null() {
    let plan = propose(&schema(), &Value::Null, &stored(&[]), &Value::Null);
    assert_eq!(plan, Plan { change: Change::Delete, planned: Value::Null, requires_replace: Vec::new() });
}

#[test]
fn nothing_changed_returns_exactly_what_is_stored() {
    // Not in normal form: the plan must not tidy it up.
    let mut prior = stored(&[]);
    prior.set("mapping", Value::Null);
    let plan = plan(&config(&[]), &prior);
    assert_eq!(plan, Plan { change: Change::NoOp, planned: prior, requires_replace: Vec::new() });
}

#[test]
fn an_update_keeps_what_lasts() {
    let prior = stored(&[("error_code", Value::Null)]);
    let plan = plan(&config(&[("remark", Value::from("r"))]), &prior);
    assert_eq!((plan.change, names(&plan)), (Change::Update, Vec::new()));
    let expected = [
        ("remark", Value::from("r")),
        ("region", Value::from("eu")),
        ("format", Value::from("rdb")),
        ("api_version", Value::from("v2")),
        ("id", Value::from("i/1")),
        ("error_code", Value::Unknown),
        ("status", Value::Unknown),
    ];
    for (name, value) in expected {
        assert_eq!(plan.planned.get(name), &value, "{name}");
    }
}

#[test]
fn null_of_an_import_asks_for_nothing_where_the_provider_decides() {
    let prior = stored(&[("region", Value::Null), ("format", Value::Null)]);
    let plan = plan(&config(&[("remark", Value::from("r"))]), &prior);
    assert_eq!(plan.change, Change::Update);
    assert_eq!(plan.planned.get("region"), &Value::Null, "it replaces, so it stays");
    assert_eq!(plan.planned.get("format"), &Value::Unknown, "the update may tell it");
}

#[test]
fn the_stored_value_is_kept_even_if_it_was_not_proposed() {
    let (config, prior) = (config(&[]), stored(&[]));
    let plan = propose(&schema(), &config, &prior, &config);
    assert_eq!((plan.change, names(&plan)), (Change::Update, Vec::new()));
    assert_eq!(plan.planned.get("region"), &Value::from("eu"));
}

/// A name, what is written, what is stored, what asks for the replacement.
type Case = (&'static str, Vec<(&'static str, Value)>, Value, &'static [&'static str]);

#[test]
fn what_asks_for_a_replacement() {
    let triggers = |value: Value| ("triggers", Value::object([("t", value)]));
    let cases: [Case; 16] = [
        ("changed", vec![("instance_id", Value::from("j"))], stored(&[]), &["instance_id"]),
        ("unknown", vec![("instance_id", Value::Unknown)], stored(&[]), &["instance_id"]),
        ("taken out", vec![], stored(&[triggers(Value::from("x"))]), &["triggers"]),
        ("unknown inside", vec![triggers(Value::Unknown)], stored(&[triggers(Value::from("x"))]), &["triggers"]),
        ("written", vec![("region", Value::from("us"))], stored(&[]), &["region"]),
        ("default again", vec![], stored(&[("api_version", Value::from("v1.0"))]), &["api_version"]),
        ("sorted", vec![("region", Value::Unknown), triggers(Value::from("x"))], stored(&[]), &["region", "triggers"]),
        ("a block", vec![("mapping", list(&[written("a", "b")]))], stored(&[]), &["mapping"]),
        ("unknown blocks", vec![("mapping", Value::Unknown)], stored(&[]), &["mapping"]),
        (
            "in a list",
            vec![("row", list(&[written("a", "b"), written("a", "c")]))],
            stored(&[("row", list(&[kept("a", "b"), kept("a", "b")]))]),
            &["row[1].to"],
        ),
        ("one more in a list", vec![("row", list(&[written("a", "b")]))], stored(&[]), &["row"]),
        ("in a set", vec![("any", list(&[written("a", "b")]))], stored(&[("any", list(&[kept("a", "c")]))]), &["any"]),
        ("in a single block", vec![("one", written("a", "b"))], stored(&[("one", kept("a", "c"))]), &["one.to"]),
        ("a new single block", vec![("one", written("a", "b"))], stored(&[]), &["one"]),
        ("a lost single block", vec![], stored(&[("one", kept("a", "b"))]), &["one"]),
        (
            "recorded beside",
            vec![("remark", Value::from("r")), ("instance_id", Value::from("j"))],
            stored(&[]),
            &["instance_id"],
        ),
    ];
    for (name, members, prior, paths) in cases {
        let plan = plan(&config(&members), &prior);
        assert_eq!(
            (plan.change, names(&plan)),
            (Change::Replace, paths.iter().map(ToString::to_string).collect()),
            "{name}"
        );
        for computed in ["id", "error_code", "status"] {
            assert_eq!(plan.planned.get(computed), &Value::Unknown, "{name}: {computed}");
        }
    }
}

#[test]
fn what_does_not_ask_for_a_replacement() {
    let cases = [
        ("remark", vec![("remark", Value::from("r"))], stored(&[])),
        ("a new block", vec![("timeouts", Value::object([("create", Value::from("5m"))]))], stored(&[])),
        ("unknown remark", vec![("remark", Value::Unknown)], stored(&[])),
        (
            "another attribute of a row",
            vec![("row", list(&[written("z", "b")]))],
            stored(&[("row", list(&[kept("a", "b")]))]),
        ),
        ("another attribute of the block", vec![("one", written("z", "b"))], stored(&[("one", kept("a", "b"))])),
    ];
    for (name, members, prior) in cases {
        let plan = plan(&config(&members), &prior);
        assert_eq!((plan.change, names(&plan)), (Change::Update, Vec::new()), "{name}");
    }
}

#[test]
fn blocks_are_compared_as_values_with_their_defaults() {
    let cases = [
        ("mapping", list(&[written("c", "d"), written("a", "b")]), list(&[kept("a", "b"), kept("c", "d")])),
        (
            "mapping", // The default comes after "a", null before it.
            list(&[written("f", "t"), pair("f", Value::from("t"), Value::from("a"))]),
            list(&[pair("f", Value::from("t"), Value::from("a")), kept("f", "t")]),
        ),
        ("row", list(&[written("c", "d"), written("a", "b")]), list(&[kept("c", "d"), kept("a", "b")])),
        ("one", written("a", "b"), kept("a", "b")),
    ];
    for (name, config_blocks, stored_blocks) in cases {
        let prior = stored(&[(name, stored_blocks)]);
        let plan = plan(&config(&[(name, config_blocks)]), &prior);
        assert_eq!(plan, Plan { change: Change::NoOp, planned: prior, requires_replace: Vec::new() }, "{name}");
    }
    let swapped = plan(
        &config(&[("row", list(&[written("a", "b"), written("c", "d")]))]),
        &stored(&[("row", list(&[kept("c", "d"), kept("a", "b")]))]),
    );
    assert_eq!(names(&swapped), ["row[0].to", "row[1].to"], "the order of a list counts");
}

#[test]
fn a_replacement_can_be_turned_into_an_update() {
    let prior = stored(&[("api_version", Value::Null), ("error_code", Value::from("E"))]);
    let config = config(&[("remark", Value::from("r"))]);
    let replacing = plan(&config, &prior);
    assert_eq!((replacing.change, names(&replacing)), (Change::Replace, vec!["api_version".to_owned()]));
    let in_place = replacing.in_place(&schema(), &config, &prior);
    assert_eq!((in_place.change, names(&in_place)), (Change::Update, Vec::new()));
    let expected = [("api_version", "v2"), ("remark", "r"), ("id", "i/1"), ("error_code", "E"), ("region", "eu")];
    for (name, value) in expected {
        assert_eq!(in_place.planned.get(name), &Value::from(value), "{name}");
    }
    assert_eq!(in_place.planned.get("status"), &Value::Unknown);
    let mut put_back = plan(&self::config(&[]), &prior);
    put_back.planned.set("api_version", Value::Null);
    let nothing = put_back.in_place(&schema(), &self::config(&[]), &prior);
    assert_eq!(nothing, Plan { change: Change::NoOp, planned: prior.clone(), requires_replace: Vec::new() });
    assert_eq!(in_place.clone().in_place(&schema(), &config, &prior), in_place, "only replacements change");
}

#[test]
fn helpers_for_plans_made_by_hand() {
    let (config, prior) = (config(&[("remark", Value::from("r"))]), stored(&[]));
    let mut planned = plan(&config, &prior).planned;
    assert_eq!(changed(&schema(), &prior, &planned), ["remark", "error_code", "status"].map(Path::from));
    keep_computed(&schema(), &config, &prior, &mut planned);
    assert_eq!(changed(&schema(), &prior, &planned), ["remark"].map(Path::from));
}

#[test]
fn what_means_the_same_is_recorded_and_replaces_nothing() {
    let empty = || Value::object::<&str>([]);
    let upper = "0AF5C2D1-1B2C-4D3E-8F90-ABCDEFABCDEF";
    let lower = upper.to_lowercase();
    let none = || pair("a", Value::Null, Value::Null);
    // A member, as it is stored, as it is written, and the plan's value of it.
    let cases = [
        ("triggers", Value::Null, empty(), empty()),
        ("triggers", empty(), Value::Null, Value::Null),
        ("region", Value::from(upper), Value::from(lower.as_str()), Value::from(lower.as_str())),
        ("row", list(&[kept("a", "")]), list(&[none()]), list(&[pair("a", Value::Null, "copy".into())])),
        ("any", list(&[kept("a", "")]), list(&[none()]), list(&[pair("a", Value::Null, "copy".into())])),
        ("mapping", list(&[kept("a", "")]), list(&[none()]), list(&[pair("a", Value::Null, "copy".into())])),
        ("mapping", list(&[kept(upper, "b")]), list(&[written(&lower, "b")]), list(&[kept(&lower, "b")])),
    ];
    for (name, stored_as, written_as, planned_as) in cases {
        let prior = stored(&[(name, stored_as)]);
        let plan = plan(&config(&[(name, written_as)]), &prior);
        assert_eq!((plan.change, names(&plan)), (Change::Update, vec![]), "{name}");
        assert_eq!(plan.planned.get(name), &planned_as, "the plan says what the configuration says");
        assert_eq!(plan.planned.get("id"), prior.get("id"), "{name}");
    }
    // What differs in meaning still does.
    for (name, stored_as, written_as) in [
        ("triggers", empty(), Value::object([("k", Value::from(""))])),
        ("mapping", list(&[]), list(&[written("a", "b")])),
        ("mapping", list(&[kept(upper, "b")]), list(&[written(&lower, "c")])),
    ] {
        let plan = plan(&config(&[(name, written_as)]), &stored(&[(name, stored_as)]));
        assert_eq!((plan.change, names(&plan)), (Change::Replace, vec![name.to_owned()]));
    }
}

/// What an apply would make of a plan: some known value, here null, for each unknown.
fn applied(block: &Block, plan: &Plan) -> Value {
    fit(block, plan.planned.clone().with_unknowns_as_null()).0
}

/// A configuration that Terraform would accept: nothing written where only the provider writes, blocks known.
fn as_config(block: &Block, value: Value) -> Value {
    let Value::Object(mut members) = value else { return value };
    for attribute in block.attributes.iter().filter(|attribute| attribute.mode == Mode::Computed) {
        members.insert(attribute.name.to_owned(), Value::Null);
    }
    for nested in &block.blocks {
        let value = members.remove(nested.name).unwrap_or_default();
        let value = match value {
            Value::List(elements) => {
                Value::List(elements.into_iter().map(|element| as_config(&nested.block, element)).collect())
            }
            Value::Object(_) => as_config(&nested.block, value),
            _ => Value::Null,
        };
        members.insert(nested.name.to_owned(), value);
    }
    fit(block, Value::Object(members).with_unknowns_as_null()).0
}

#[test]
fn every_plan_settles() {
    let schemas = any_block(1).prop_flat_map(|block| (Just(block.clone()), body(&block), body(&block)));
    runner(500)
        .run(&schemas, |(block, first, second)| {
            let (first, second) = (as_config(&block, first), as_config(&block, second));
            let schema = Schema { version: 0, block };
            let block = &schema.block;
            let created = applied(block, &propose(&schema, &first, &Value::Null, &merge(block, &first, &Value::Null)));
            let same = propose(&schema, &first, &created, &merge(block, &first, &created));
            prop_assert_eq!((same.change, same.planned), (Change::NoOp, created.clone()));

            let next = propose(&schema, &second, &created, &merge(block, &second, &created));
            prop_assert_eq!(next.change == Change::Replace, !next.requires_replace.is_empty());
            prop_assert!(next.requires_replace.is_sorted());
            prop_assert_eq!(next.change == Change::NoOp, changed(&schema, &created, &next.planned).is_empty());
            let updated = applied(block, &next);
            let again = propose(&schema, &second, &updated, &merge(block, &second, &updated));
            prop_assert_eq!(again.change, Change::NoOp);
            Ok(())
        })
        .unwrap();
}
