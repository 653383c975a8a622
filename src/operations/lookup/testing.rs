//! What the tests of all look-ups share.

use std::collections::BTreeSet;

use tf::{Mode, Type, Value};

use super::{Lookup, schema};
use engine::work::Results;

/// Holds the facts of a look-up against its schema: exactly the computed attributes, each of its type.
pub(crate) fn assert_fits(lookup: &dyn Lookup, facts: &Results) {
    let schema = schema(lookup);
    let of_frame = ["region", "project_id"];
    let computed: BTreeSet<&str> = schema
        .block
        .attributes
        .iter()
        .filter(|attribute| attribute.mode == Mode::Computed && !of_frame.contains(&attribute.name))
        .map(|attribute| attribute.name)
        .collect();
    assert_eq!(facts.keys().copied().collect::<BTreeSet<&str>>(), computed);
    for (name, value) in facts {
        let attribute = schema.block.attribute(name).unwrap();
        tf::codec::encode_msgpack_type(&attribute.r#type, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_members(name, &attribute.r#type, value);
    }
}

/// Objects have exactly the members of their type: a missing one would pass as null unseen.
fn assert_members(name: &str, r#type: &Type, value: &Value) {
    match (r#type, value) {
        (Type::List(element), Value::List(elements)) => {
            elements.iter().for_each(|value| assert_members(name, element, value));
        }
        (Type::Object(members), Value::Object(values)) => {
            assert_eq!(members.keys().collect::<Vec<_>>(), values.keys().collect::<Vec<_>>(), "{name}");
            members.iter().for_each(|(member, r#type)| assert_members(member, r#type, &values[member]));
        }
        _ => {}
    }
}

/// The texts of one member of a list of objects.
pub(crate) fn column(facts: &Results, list: &str, member: &str) -> Vec<String> {
    let Some(Value::List(objects)) = facts.get(list) else { panic!("{list} is no list: {facts:?}") };
    objects.iter().map(|object| object.get(member).as_str().unwrap_or("null").to_owned()).collect()
}
