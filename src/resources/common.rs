//! What all resources have in common: attributes, readers of bodies, identity.

use std::collections::BTreeMap;
use std::time::Duration;

use cloud::{Error, Kind as ErrorKind};
use tf::provider::IdentityAttribute;
use tf::{Attribute, Block, Diagnostic, Mode, NestedBlock, Schema, Type, Value};

use crate::engine::work::{Facts, Readiness};

/// The schema of a resource: its own attributes between the common ones.
pub fn schema(
    description: &'static str,
    arguments: Vec<Attribute>,
    computed: Vec<Attribute>,
    mut blocks: Vec<NestedBlock>,
    timeouts: &[&'static str],
) -> Schema {
    let mut attributes = vec![
        Attribute::computed("id", "What `terraform import` takes, and what later runs follow.").stable(),
        Attribute::optional("region", "Region of the target, if it is not the provider's.")
            .or_computed()
            .replaces()
            .stable()
            .check(tf::validate::check_id),
        Attribute::optional("project_id", "Project of the target, if it is not the provider's.")
            .or_computed()
            .replaces()
            .stable()
            .check(tf::validate::check_id),
    ];
    attributes.extend(arguments);
    attributes.extend([
        Attribute::new(
            "triggers",
            Type::map(Type::String),
            Mode::Optional,
            "Any text by any key. A change runs the operation again.",
        )
        .replaces(),
        Attribute::new(
            "wait",
            Type::Bool,
            Mode::Optional,
            "Whether apply waits for the end of the operation. Default `true`. With `false`, later refreshes record how it \
             went.",
        )
        .default(true),
        Attribute::new(
            "preflight",
            Type::Bool,
            Mode::Optional,
            "Whether plan checks what it can before anything is sent. Default: the provider's.",
        ),
    ]);
    attributes.extend(computed.into_iter().map(Attribute::stable));
    attributes.extend([
        Attribute::computed(
            "status",
            "The service's word for how far the operation is; `unknown` after an attempt whose outcome nobody knows.",
        )
        .stable(),
        Attribute::computed(
            "pending_operation",
            "What a later run needs to resume: the operation's ID, or a mark of an attempt whose outcome is unknown. Null \
             once its end, good or bad, is recorded.",
        )
        .stable(),
    ]);
    blocks.push(tf::duration::timeouts_block(timeouts));
    Schema { version: 0, block: Block { description, attributes, blocks } }
}

/// Puts the defaults into the published texts of the timeouts. A schema lives as long as the process, and so do its texts.
pub fn tell_timeouts(schema: &mut Schema, operation: Duration, delete: Duration) {
    let timeouts = schema.block.blocks.iter_mut().filter(|block| block.name == "timeouts");
    for attribute in timeouts.flat_map(|block| block.block.attributes.iter_mut()) {
        let (what, default) = match attribute.name {
            "create" => ("How long apply may wait, for a busy target and then for the operation.", operation),
            "update" => ("How long a later apply may wait for an operation that is not finished.", operation),
            "delete" => ("How long the deletion may take.", delete),
            _ => continue,
        };
        attribute.description = format!("{what} Default `{}`.", tf::duration::display(default)).leak();
    }
}

/// The identity of a piece of work: what it is part of, its own ID, and where.
pub const fn identity(parent: &'static str, operation: &'static str) -> [IdentityAttribute; 4] {
    const fn part(name: &'static str, optional: bool) -> IdentityAttribute {
        let description = match optional {
            false => "Part of the resource's `id`.",
            true => "Where it is, if not where the provider block says.",
        };
        IdentityAttribute { name, description, optional }
    }
    [part(parent, false), part(operation, false), part("region", true), part("project_id", true)]
}

/// The text of a known string.
pub fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name).as_str().map(str::to_owned)
}

/// The text of a string that core guarantees to be there; empty if it is not.
pub fn required(body: &Value, name: &str) -> String {
    text(body, name).unwrap_or_default()
}

/// The value of a known bool.
pub fn flag(body: &Value, name: &str) -> Option<bool> {
    match body.get(name) {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

/// A string or null.
pub fn string_or_null(text: Option<&str>) -> Value {
    text.filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}

/// An integer or null.
pub fn integer_or_null(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::from)
}

/// A map of strings.
pub fn string_map(pairs: &BTreeMap<String, String>) -> Value {
    Value::object(pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))))
}

/// Puts facts into a body.
pub fn put(body: &mut Value, facts: &Facts) {
    for (name, value) in facts {
        body.set(name, value.clone());
    }
}

/// The pairs of a known map of strings; `None` for an empty one.
pub fn pairs_of_map(map: &Value) -> Option<BTreeMap<String, String>> {
    let Value::Object(members) = map else { return None };
    let pairs: Option<BTreeMap<String, String>> =
        members.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

/// Whether a target is usable again, as far as it may be seen: without the permission to look, the record of the work
/// has the last word.
pub fn unless_forbidden(readiness: Result<Readiness, Error>) -> Result<Readiness, Error> {
    match readiness {
        Err(error) if error.kind() == ErrorKind::Forbidden => {
            tracing::warn!(error = %error, "no permission to see whether the target is usable again");
            Ok(Readiness::Ready)
        }
        other => other,
    }
}

/// The timeout of an operation: the user's, else the default.
pub fn timeout(body: &Value, operation: &str, default: Duration) -> Duration {
    let written = body.get("timeouts").get(operation);
    written.as_str().and_then(|text| tf::duration::parse(text).ok()).unwrap_or(default)
}

/// Whether two bodies mean the same work: all arguments that the schema marks as *again* are equal. What the user left
/// to the provider (region, project, the format of a backup) is unknown in the plan of a create and null until a record
/// tells it: it counts only where both sides are known.
pub fn same_identity(schema: &Schema, known: &Value, planned: &Value) -> bool {
    let equal = |name| known.get(name) == planned.get(name);
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
pub fn may_have_same_identity(schema: &Schema, known: &Value, planned: &Value) -> bool {
    let attributes =
        schema.block.attributes.iter().filter(|attribute| attribute.replaces).map(|attribute| attribute.name);
    let blocks = schema.block.blocks.iter().filter(|block| block.replaces).map(|block| block.name);
    attributes.chain(blocks).all(|name| !planned.get(name).is_wholly_known() || known.get(name) == planned.get(name))
}

/// Whether every argument of the identity is known, but for those that the provider fills in.
pub fn identity_is_known(schema: &Schema, body: &Value) -> bool {
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

/// The error of a user who gave an id of the wrong form to import.
pub fn malformed_id(id: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "The import id has the wrong form",
        format!("Got {id:?}. Expected {expected}, both without spaces and not empty."),
    )
}

/// Splits `<a>/<b>`.
pub fn two_parts(id: &str) -> Option<(&str, &str)> {
    let (first, second) = id.split_once('/')?;
    let fits = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter == '/' || letter.is_whitespace());
    (fits(first) && fits(second)).then_some((first, second))
}
