//! The schema that an operation has as a resource.

use std::time::Duration;

use engine::work::Effect;
use tf::provider::IdentityAttribute;
use tf::{Attribute, Block, Mode, Schema, Type, Value};

use crate::operations::{Definition, IdParts, Operation};

/// How long a delete may take when the user does not say.
pub(super) const DELETE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What ties the plan of a restore to the records it was made from. A plan's private data do not reach the apply of a
/// create; a planned value does, as what the second plan has to repeat.
pub(super) const PREVIOUS_RESTORE: &str = "previous_restore";

/// What a policy reads in a plan, where warnings are not.
pub(super) const OVERWRITES: &str = "overwrites";

/// The schema of an operation as a resource: its own attributes between the common ones.
pub(in crate::forms) fn of(operation: &dyn Operation) -> Schema {
    let Definition { description, arguments, mut results, mut blocks } = operation.definition();
    let effect = operation.effect();
    if effect.overwrites() {
        results.push(Attribute::computed(
            OVERWRITES,
            "What is overwritten, and with what, in words: for policies and for `terraform show -json`, which show no warnings. Known in \
             the plan as soon as the arguments are.",
        ));
    }
    if effect.happens_once() {
        results.push(Attribute::computed(
            PREVIOUS_RESTORE,
            "ID of the newest finished restore with the same arguments that the service had on record when this one was \
             planned, by whomever it was started; null where there was none or nobody looked. It ties a saved plan to what was \
             known then: if such a restore was run since, applying the plan stops before anything is sent.",
        ));
    }
    let timeouts: &[&str] = match effect {
        Effect::Overwrites => &["create", "update"],
        Effect::Makes | Effect::Builds => &["create", "update", "delete"],
    };
    let mut attributes =
        vec![Attribute::computed("id", "What `terraform import` takes, and what later runs follow.").stable()];
    attributes.extend(place());
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
        preflight(),
    ]);
    attributes.extend(results.into_iter().map(Attribute::stable));
    attributes.extend(progress());
    blocks.push(tf::duration::timeouts_block(timeouts));
    let mut schema = Schema { version: 0, block: Block { description, attributes, blocks } };
    tell_timeouts(&mut schema, operation.default_timeout(), DELETE_TIMEOUT);
    schema
}

/// Where it is.
pub(super) fn place() -> [Attribute; 2] {
    let texts = [
        ("region", "Region of the target, if it is not the provider's."),
        ("project_id", "Project of the target, if it is not the provider's."),
    ];
    texts.map(|(name, text)| {
        Attribute::optional(name, text).or_computed().replaces().stable().check(tf::validate::check_id)
    })
}

/// Whether to check.
pub(super) fn preflight() -> Attribute {
    let text = "Whether plan checks what it can before anything is sent. Default: the provider's.";
    Attribute::new("preflight", Type::Bool, Mode::Optional, text)
}

/// How far the operation is, and what is left to find out.
pub(super) fn progress() -> [Attribute; 2] {
    [
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
    ]
}

/// Puts the defaults into the published texts of the timeouts. A schema lives as long as the process, and so do its texts.
fn tell_timeouts(schema: &mut Schema, operation: Duration, delete: Duration) {
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

/// The resource identity (Terraform 1.12): what the work is part of, its own ID, and where. Empty where no record lasts.
pub(super) fn identity(parts: &IdParts) -> Vec<IdentityAttribute> {
    if !parts.lasting {
        return Vec::new();
    }
    fn part(name: &'static str, optional: bool) -> IdentityAttribute {
        let description = match optional {
            false => "Part of the resource's `id`.",
            true => "Where it is, if not where the provider block says.",
        };
        IdentityAttribute { name, description, optional }
    }
    vec![part(parts.parent, false), part(parts.operation, false), part("region", true), part("project_id", true)]
}

/// The timeout of an operation: the user's, else the default.
pub(super) fn timeout(body: &Value, operation: &str, default: Duration) -> Duration {
    let written = body.get("timeouts").get(operation);
    written.as_str().and_then(|text| tf::duration::parse(text).ok()).unwrap_or(default)
}
