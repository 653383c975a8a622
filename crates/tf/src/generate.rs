//! For tests: schemas and values that fit them, from a fixed seed.

use proptest::collection::{btree_map, vec};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::codec::normalize_set;
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Type};
use crate::value::{Number, Value};

/// A runner whose cases are the same in every run.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[42; 32]))
}

/// A block with a value that decoding could give: normal form, with nulls and unknowns.
pub(crate) fn block_and_value() -> BoxedStrategy<(Block, Value)> {
    any_block(2).prop_flat_map(|block| (Just(block.clone()), body(&block))).boxed()
}

pub(crate) fn any_block(depth: u32) -> BoxedStrategy<Block> {
    let modes =
        prop_oneof![Just(Mode::Required), Just(Mode::Optional), Just(Mode::Computed), Just(Mode::OptionalComputed)];
    let attributes = vec((any_type(), modes, any::<bool>(), any::<bool>()), 0..4);
    let nestings = prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Set)];
    let most = if depth == 0 { 0 } else { 2 };
    let blocks =
        vec((nestings, if depth == 0 { Just(Block::default()).boxed() } else { any_block(depth - 1) }), 0..=most);
    (attributes, blocks)
        .prop_map(|(attributes, blocks)| Block {
            description: "",
            attributes: ["a", "b", "c", "d"].into_iter().zip(attributes).map(attribute).collect(),
            blocks: ["p", "q"].into_iter().zip(blocks).map(nested).collect(),
        })
        .boxed()
}

pub(crate) fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool)];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            btree_map("[a-c]", inner, 0..3).prop_map(Type::Object),
        ]
    })
    .boxed()
}

/// A value of the block's body.
pub(crate) fn body(block: &Block) -> BoxedStrategy<Value> {
    let attributes = block.attributes.iter().map(|attribute| member(attribute.name, value(&attribute.r#type)));
    let blocks = block.blocks.iter().map(|nested| {
        let element = body(&nested.block);
        let blocks = match nested.nesting {
            Nesting::Single => prop_oneof![1 => Just(Value::Null), 3 => element].boxed(),
            Nesting::List => vec(element, 0..3).prop_map(Value::List).boxed(),
            Nesting::Set => vec(element, 0..3).prop_map(set).boxed(),
        };
        member(nested.name, prop_oneof![1 => Just(Value::Unknown), 7 => blocks].boxed())
    });
    attributes.chain(blocks).collect::<Vec<_>>().prop_map(Value::object).boxed()
}

pub(crate) fn value(r#type: &Type) -> BoxedStrategy<Value> {
    let known = match r#type {
        Type::String => {
            prop_oneof!["[a-zäß ]{0,40}".prop_map(Value::from), any::<String>().prop_map(Value::from)].boxed()
        }
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::List(element) => vec(value(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(value(element), 0..4).prop_map(set).boxed(),
        Type::Map(element) => btree_map("[a-d]{0,2}", value(element), 0..4).prop_map(Value::Object).boxed(),
        Type::Object(members) => {
            let members = members.iter().map(|(name, r#type)| member(name, value(r#type)));
            members.collect::<Vec<_>>().prop_map(Value::object).boxed()
        }
        Type::Tuple(elements) => elements.iter().map(value).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Dynamic => any::<bool>().prop_map(|flag| Value::List(vec!["\"bool\"".into(), flag.into()])).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Unknown), 6 => known].boxed()
}

fn number() -> BoxedStrategy<Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        any::<f64>().prop_filter_map("finite", Number::from_f64_exact),
        ("-?[0-9]{1,60}", -500..500_i32)
            .prop_filter_map("a number", |(digits, exponent)| Number::parse(&format!("{digits}e{exponent}"))),
    ]
    .boxed()
}

fn member(name: &str, value: BoxedStrategy<Value>) -> impl Strategy<Value = (String, Value)> + use<> {
    (Just(name.to_owned()), value)
}

fn set(mut elements: Vec<Value>) -> Value {
    normalize_set(&mut elements);
    Value::List(elements)
}

fn attribute((name, (r#type, mode, replaces, stable)): (&'static str, (Type, Mode, bool, bool))) -> Attribute {
    let mut attribute = Attribute::new(name, r#type, mode, "");
    attribute.replaces = replaces;
    attribute.stable = stable;
    attribute
}

fn nested((name, (nesting, block)): (&'static str, (Nesting, Block))) -> NestedBlock {
    NestedBlock { name, nesting, block, min_items: 0, max_items: 0, replaces: false }
}
