//! What would change: planning as a pure transform over the schema.
//!
//! Terraform merges the configuration with the stored object (`proposed`); this module adds defaults, tells what is not
//! known before apply, and finds out whether the change is a replacement (plan algorithm of the tfplugin5 semantics).
//!
//! | Attribute, null in the configuration | Create, replace | Update |
//! | --- | --- | --- |
//! | with a default | the default | the default |
//! | computed | unknown | unknown |
//! | computed, stable | unknown | the stored value if there is one, else unknown |
//! | optional and computed | unknown | the stored value if there is one, else unknown |
//! | optional and computed, replaces | unknown | the stored value, also null: it never asks for a replacement |
//!
//! Only a change of meaning asks for a replacement (see [`crate::same`]): null and empty, or a UUID in capitals, are
//! recorded in place, as the configuration has them.

use crate::codec::{fit, normalize_set};
use crate::path::Path;
use crate::same::{same_argument, same_blocks};
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Schema};
use crate::value::Value;

/// What a plan does to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is none yet; also the second call of a replacement.
    Create,
    /// It changes in place.
    Update,
    /// It is deleted and made anew.
    Replace,
    /// It stays as it is.
    NoOp,
    /// It goes.
    Delete,
}

/// What would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What happens to the object.
    pub change: Change,
    /// The object as it would be, with unknowns where only apply can tell. Null on [`Change::Delete`].
    pub planned: Value,
    /// What asks for the replacement: sorted, distinct, each a place that exists. Empty unless [`Change::Replace`].
    pub requires_replace: Vec<Path>,
}

impl Plan {
    /// The same change without the replacement: computed values are kept as an update keeps them. For resources that know
    /// better than the schema, such as after an import that could not tell a value. Nothing happens if `planned` was put
    /// back to the stored values before.
    #[must_use]
    pub fn in_place(mut self, schema: &Schema, config: &Value, prior: &Value) -> Plan {
        if self.change != Change::Replace {
            return self;
        }
        let stored = fit(&schema.block, prior.clone()).0;
        mark(&schema.block, config, &stored, &mut self.planned, Computed::Restore);
        if self.planned == stored {
            return unchanged(prior);
        }
        mark(&schema.block, config, &stored, &mut self.planned, Computed::Keep);
        Plan { change: Change::Update, planned: self.planned, requires_replace: Vec::new() }
    }
}

/// Plans by the schema alone. Null `proposed` is a delete, null `prior` a create. All values are shaped by the schema.
///
/// A plan that changes nothing returns exactly `prior`, so that nothing becomes unknown without need.
pub fn propose(schema: &Schema, config: &Value, prior: &Value, proposed: &Value) -> Plan {
    let block = &schema.block;
    if proposed.is_null() {
        return Plan { change: Change::Delete, planned: Value::Null, requires_replace: Vec::new() };
    }
    let mut planned = fit(block, proposed.clone()).0;
    fill_defaults(block, config, &mut planned);
    if prior.is_null() {
        mark(block, config, prior, &mut planned, Computed::Forget);
        return Plan { change: Change::Create, planned, requires_replace: Vec::new() };
    }
    let stored = fit(block, prior.clone()).0;
    if planned == stored {
        return unchanged(prior);
    }
    let requires_replace = replacements(block, config, &stored, &planned);
    if requires_replace.is_empty() {
        mark(block, config, &stored, &mut planned, Computed::Keep);
        return Plan { change: Change::Update, planned, requires_replace };
    }
    mark(block, config, &stored, &mut planned, Computed::Forget);
    Plan { change: Change::Replace, planned, requires_replace }
}

/// The top-level attributes and blocks whose values differ, in the order of the schema.
pub fn changed(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let (prior, planned) = (fit(&schema.block, prior.clone()).0, fit(&schema.block, planned.clone()).0);
    let attributes = schema.block.attributes.iter().map(|attribute| attribute.name);
    attributes
        .chain(schema.block.blocks.iter().map(|nested| nested.name))
        .filter(|name| prior.get(name) != planned.get(name))
        .map(Path::from)
        .collect()
}

/// Gives every computed attribute that is null in the configuration and has no default its stored value back, null
/// included: for changes that are merely recorded.
pub fn keep_computed(schema: &Schema, config: &Value, prior: &Value, planned: &mut Value) {
    mark(&schema.block, config, prior, planned, Computed::Restore);
}

/// What becomes of computed attributes that the user left to the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Computed {
    /// All unknown: the object is new.
    Forget,
    /// As the table at the top has it for updates.
    Keep,
    /// All as stored.
    Restore,
}

impl Computed {
    fn value(self, attribute: &Attribute, stored: &Value) -> Value {
        let keep = match self {
            Computed::Forget => false,
            Computed::Restore => true,
            Computed::Keep => {
                let lasting = attribute.stable || attribute.mode == Mode::OptionalComputed;
                (lasting && !stored.is_null()) || (attribute.replaces && attribute.mode == Mode::OptionalComputed)
            }
        };
        if keep { stored.clone() } else { Value::Unknown }
    }
}

fn unchanged(prior: &Value) -> Plan {
    Plan { change: Change::NoOp, planned: prior.clone(), requires_replace: Vec::new() }
}

/// True when the provider decides: computed, null in the configuration, no default.
fn left_to_provider(attribute: &Attribute, config: &Value) -> bool {
    matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed)
        && attribute.default.is_none()
        && config.get(attribute.name).is_null()
}

fn fill_defaults(block: &Block, config: &Value, planned: &mut Value) {
    for attribute in &block.attributes {
        if let (Value::Object(members), Some(default)) = (&mut *planned, &attribute.default)
            && config.get(attribute.name).is_null()
        {
            members.insert(attribute.name.to_owned(), default.clone());
        }
    }
    for nested in &block.blocks {
        each_block(nested, config, &Value::Null, planned, |block, config, _, planned| {
            fill_defaults(block, config, planned);
        });
    }
}

fn mark(block: &Block, config: &Value, prior: &Value, planned: &mut Value, computed: Computed) {
    for attribute in &block.attributes {
        if let Value::Object(members) = &mut *planned
            && left_to_provider(attribute, config)
        {
            members.insert(attribute.name.to_owned(), computed.value(attribute, prior.get(attribute.name)));
        }
    }
    for nested in &block.blocks {
        each_block(nested, config, prior, planned, |block, config, prior, planned| {
            mark(block, config, prior, planned, computed);
        });
    }
}

/// Calls `change` with each planned block of one type, next to the configured and the stored one in the same place.
///
/// Blocks of sets have no place. Terraform carried the stored values over to those that it recognised, so what is null in
/// the planned block counts as null in the configuration, and what is not null as decided.
fn each_block(
    nested: &NestedBlock,
    config: &Value,
    prior: &Value,
    planned: &mut Value,
    change: impl Fn(&Block, &Value, &Value, &mut Value),
) {
    let Value::Object(members) = planned else { return };
    let (config, prior) = (config.get(nested.name), prior.get(nested.name));
    match (nested.nesting, members.get_mut(nested.name)) {
        (Nesting::Single, Some(planned)) => change(&nested.block, config, prior, planned),
        (Nesting::List, Some(Value::List(elements))) => {
            for (index, planned) in elements.iter_mut().enumerate() {
                change(&nested.block, element(config, index), element(prior, index), planned);
            }
        }
        (Nesting::Set, Some(Value::List(elements))) => {
            for planned in elements.iter_mut() {
                let written = planned.clone();
                change(&nested.block, &written, &written, planned);
            }
            normalize_set(elements);
        }
        _ => {}
    }
}

fn element(list: &Value, index: usize) -> &Value {
    const NULL: &Value = &Value::Null;
    match list {
        Value::List(elements) => elements.get(index).unwrap_or(NULL),
        _ => NULL,
    }
}

fn replacements(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    find_replacements(block, config, prior, planned, &Path::root(), &mut paths);
    paths.sort();
    paths.dedup();
    paths
}

fn find_replacements(
    block: &Block,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    for attribute in &block.attributes {
        let same = same_argument(attribute, prior.get(attribute.name), planned.get(attribute.name));
        if attribute.replaces && !same && !left_to_provider(attribute, config) {
            paths.push(path.attribute(attribute.name));
        }
    }
    for nested in &block.blocks {
        let (name, path) = (nested.name, path.attribute(nested.name));
        if same_blocks(nested, prior.get(name), planned.get(name)) {
            continue;
        }
        if nested.replaces {
            paths.push(path);
        } else if asks_for_replacement(&nested.block) {
            find_in_blocks(nested, config.get(name), prior.get(name), planned.get(name), &path, paths);
        }
    }
}

/// Blocks that differ and hold attributes that replace. Where blocks came or went, or have no place, they are blamed
/// together.
fn find_in_blocks(
    nested: &NestedBlock,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    match (nested.nesting, prior, planned) {
        (Nesting::Single, Value::Object(_), Value::Object(_)) => {
            find_replacements(&nested.block, config, prior, planned, path, paths);
        }
        (Nesting::List, Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (prior, planned)) in before.iter().zip(after).enumerate() {
                let config = element(config, index);
                find_replacements(&nested.block, config, prior, planned, &path.index(index), paths);
            }
        }
        _ => paths.push(path.clone()),
    }
}

fn asks_for_replacement(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.replaces)
        || block.blocks.iter().any(|nested| nested.replaces || asks_for_replacement(&nested.block))
}

#[cfg(test)]
mod tests;
