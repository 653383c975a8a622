//! What a body means: the arguments that the schema marks as *again*, in the form in which they are compared.
//!
//! One for all forms, and always with the schema that the operation has as a resource: what a form has no argument for
//! (`triggers`) is null in its body. So a resource and another form mean the same restore by the same arguments.

use engine::identity::{Identity, means_the_same};
use tf::{Attribute, Mode, Schema, Value};

use crate::operations::Pairs;

/// The identity of a body. What the user left to the provider (region, project, the format of a backup) is unknown in the
/// plan of a create and null until a record tells it: it counts only where both sides are known.
pub(super) fn of(schema: &Schema, pairs: Option<&Pairs>, body: &Value) -> Identity {
    let mut identity = Identity::default();
    for attribute in again(schema) {
        let value = body.get(attribute.name);
        match is_left_open(attribute) {
            true => identity.left_open(attribute.name, value, matches!(attribute.name, "region" | "project_id")),
            false => identity.exactly(attribute.name, value),
        }
    }
    for name in blocks(schema) {
        match pairs.filter(|pairs| pairs.block == name) {
            Some(pairs) => identity.pairs(pairs.written(body), pairs.known(body)),
            None => identity.exactly(name, body.get(name)),
        }
    }
    identity
}

/// Whether a body with unknown arguments could turn out to mean the same work as another one.
pub(super) fn may_be_same(schema: &Schema, known: &Value, planned: &Value) -> bool {
    let mut names = again(schema).map(|attribute| attribute.name).chain(blocks(schema));
    names.all(|name| !planned.get(name).is_wholly_known() || means_the_same(known.get(name), planned.get(name)))
}

/// Whether every argument of the identity is known, but for those that the provider fills in.
pub(super) fn is_known(schema: &Schema, body: &Value) -> bool {
    let attributes = again(schema).filter(|attribute| !is_left_open(attribute)).map(|attribute| attribute.name);
    attributes.chain(blocks(schema)).all(|name| body.get(name).is_wholly_known())
}

/// The names of what makes a body another operation and differs between two bodies.
pub(super) fn differences(schema: &Schema, prior: &Value, planned: &Value) -> Vec<&'static str> {
    let names = again(schema).map(|attribute| attribute.name).chain(blocks(schema));
    names.filter(|name| !means_the_same(prior.get(name), planned.get(name))).collect()
}

fn again(schema: &Schema) -> impl Iterator<Item = &Attribute> {
    schema.block.attributes.iter().filter(|attribute| attribute.replaces)
}

fn blocks(schema: &Schema) -> impl Iterator<Item = &'static str> {
    schema.block.blocks.iter().filter(|block| block.replaces).map(|block| block.name)
}

/// True for what the user may leave to the provider.
fn is_left_open(attribute: &Attribute) -> bool {
    attribute.mode == Mode::OptionalComputed
}

#[cfg(test)]
mod tests;
