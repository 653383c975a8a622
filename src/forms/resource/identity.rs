//! When two objects mean the same work.

use tf::{Attribute, Mode, Schema, Value};

use crate::operations::Pairs;

/// Whether two bodies mean the same work: all arguments that the schema marks as *again* are equal. What the user left
/// to the provider (region, project, the format of a backup) is unknown in the plan of a create and null until a record
/// tells it: it counts only where both sides are known.
pub(super) fn same(schema: &Schema, pairs: Option<&Pairs>, known: &Value, planned: &Value) -> bool {
    let written_out = |name: &str| {
        pairs.filter(|pairs| pairs.block == name).is_some_and(|pairs| {
            let written = pairs.written(planned);
            written.is_some() && written == pairs.known(known)
        })
    };
    let equal = |name| known.get(name) == planned.get(name) || written_out(name);
    let open = |name| {
        let (known, planned) = (known.get(name), planned.get(name));
        known == planned
            || planned.is_unknown()
            || matches!(name, "region" | "project_id") && (known.is_null() || planned.is_null())
    };
    let mut attributes = schema.block.attributes.iter().filter(|attribute| attribute.replaces);
    let blocks = schema.block.blocks.iter().filter(|block| block.replaces);
    attributes.all(|attribute| if is_left_open(attribute) { open(attribute.name) } else { equal(attribute.name) })
        && blocks.map(|block| block.name).all(equal)
}

/// Whether a body with unknown arguments could turn out to mean the same work as another one.
pub(super) fn may_be_same(schema: &Schema, known: &Value, planned: &Value) -> bool {
    let attributes =
        schema.block.attributes.iter().filter(|attribute| attribute.replaces).map(|attribute| attribute.name);
    let blocks = schema.block.blocks.iter().filter(|block| block.replaces).map(|block| block.name);
    attributes.chain(blocks).all(|name| !planned.get(name).is_wholly_known() || known.get(name) == planned.get(name))
}

/// Whether every argument of the identity is known, but for those that the provider fills in.
pub(super) fn is_known(schema: &Schema, body: &Value) -> bool {
    let attributes = schema.block.attributes.iter().filter(|attribute| attribute.replaces && !is_left_open(attribute));
    let blocks = schema.block.blocks.iter().filter(|block| block.replaces);
    attributes
        .map(|attribute| attribute.name)
        .chain(blocks.map(|block| block.name))
        .all(|name| body.get(name).is_wholly_known())
}

/// True for what the user may leave to the provider.
fn is_left_open(attribute: &Attribute) -> bool {
    attribute.mode == Mode::OptionalComputed
}
