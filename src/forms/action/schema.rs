//! The schema that an operation has as an action: what a resource takes, without what only a state has a use for.

use tf::{Attribute, Block, Mode, NestedBlock, Schema, Value};

use crate::operations::Operation;

/// The argument with the time limit, in place of the block `timeouts`.
pub(super) const TIMEOUT: &str = "timeout";

/// Built from the schema of the resource, so that an argument cannot mean one thing here and another one there.
pub(super) fn of(operation: &dyn Operation, resource: &Schema) -> Schema {
    let arguments = resource.block.attributes.iter().filter(|attribute| attribute.mode != Mode::Computed);
    let mut attributes: Vec<Attribute> =
        arguments.filter(|attribute| attribute.name != "triggers").cloned().map(argument).collect();
    let limit = tf::duration::display(operation.default_timeout());
    let text = format!("How long it may take, waiting for a busy target included. Default `{limit}`.");
    attributes.push(Attribute::optional(TIMEOUT, text.leak()).check(tf::duration::check_duration));
    let blocks = resource.block.blocks.iter().filter(|block| block.name != "timeouts").cloned();
    let blocks = blocks.map(|block| NestedBlock { replaces: false, ..block }).collect();
    Schema { version: 0, block: Block { description: description(operation), attributes, blocks } }
}

/// Nothing is computed without a state: what the resource would fill in is filled in for the operation and told in the text.
fn argument(mut attribute: Attribute) -> Attribute {
    if attribute.mode == Mode::OptionalComputed {
        attribute.mode = Mode::Optional;
    }
    attribute.stable = false;
    // Each invocation runs: no argument makes the difference.
    attribute.replaces = false;
    if attribute.name == "wait" {
        attribute.description = "Whether the action waits for the end of the operation. Default `true`. With `false` it ends once the \
                                 operation's ID is known.";
    }
    if let Some(Value::String(default)) = attribute.default.take() {
        attribute.description = format!("{} Default `{default}`.", attribute.description).leak();
    }
    attribute
}

/// A schema lives as long as the process, and so does its text.
fn description(operation: &dyn Operation) -> &'static str {
    let name = operation.name();
    let harm = match operation.effect().overwrites() {
        true => {
            " Each invocation overwrites the target again; one that finds the same restore running joins it instead."
        }
        false => "",
    };
    format!(
        "Does what the resource `{name}` does, each time it is invoked, and keeps nothing in the state (Terraform 1.14 and \
         later).{harm} The operation's ID is told as the first thing."
    )
    .leak()
}
