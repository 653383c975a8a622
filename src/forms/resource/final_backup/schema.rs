//! The schema of a final backup: where and of what, and what is known once it is made.

use tf::{Attribute, Block, Diagnostic, Diagnostics, Mode, NestedBlock, Path, Schema, Type, Value};

use crate::forms::resource::schema::{place, preflight, progress};
use crate::operations::{Definition, Final};

/// The argument that begins the name.
pub(super) const PREFIX: &str = "name_prefix";
/// The argument that lets a destroy through.
pub(super) const SKIP: &str = "skip";

/// Of the operation's own arguments only what it is a backup of stays: all others are told once for all that are made.
pub(super) fn of(last: &Final) -> Schema {
    let parent = last.operation.id().parent;
    let Definition { arguments, results, mut blocks, .. } = last.operation.definition();
    let mut attributes = vec![
        Attribute::computed(
            "id",
            "What the backup is made of; once one runs, its own ID, as `terraform import` of the finished backup takes it.",
        )
        .stable(),
    ];
    attributes.extend(place());
    attributes.extend(arguments.into_iter().filter(|argument| argument.name == parent));
    attributes.extend([
        Attribute::optional(
            PREFIX,
            "What the name of the backup begins with: 1 to 40 letters, digits, `-` and `_`, a letter first. A hyphen and twelve \
             digits follow, so that each backup has a name of its own.",
        )
        .default("final")
        .check(check_prefix),
        Attribute::new(
            SKIP,
            Type::Bool,
            Mode::Optional,
            "With `true` a destroy makes no backup and goes on. Default `false`. What counts is what was applied before the destroy.",
        )
        .default(false),
        preflight(),
        Attribute::computed(
            "name",
            "The name that the backup gets, known beforehand: by it a backup is found that nobody saw begin.",
        )
        .stable(),
    ]);
    attributes.extend(results.into_iter().map(Attribute::stable));
    attributes.extend(progress());
    // A change of what is backed up stays a replacement: what is no part of it any more may be about to go.
    blocks.push(timeouts(last));
    Schema { version: 0, block: Block { description: last.description, attributes, blocks } }
}

/// A schema lives as long as the process, and so does its text.
fn timeouts(last: &Final) -> NestedBlock {
    let mut block = tf::duration::timeouts_block(&["delete"]);
    let default = tf::duration::display(last.operation.default_timeout());
    for attribute in &mut block.block.attributes {
        let text = format!(
            "How long a destroy may wait for the backup, with what it has to wait for before. Default `{default}`. What counts is \
             what was applied before the destroy."
        );
        attribute.description = text.leak();
    }
    block
}

/// Whether an attribute is null until a backup is made: all that it tells of itself.
pub(super) fn is_told_by_the_backup(attribute: &Attribute) -> bool {
    attribute.mode == Mode::Computed && !matches!(attribute.name, "id" | "name")
}

fn check_prefix(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let text = value.as_str().unwrap_or_default();
    let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !(fits && begins && text.len() <= 40) {
        let shown: String = text.chars().take(60).collect();
        let detail =
            format!("It must have 1 to 40 letters, digits, \"-\" and \"_\", and begin with a letter; got {shown:?}.");
        diagnostics.push(Diagnostic::error("The beginning of the name does not fit", detail).at(path.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_leave_room_for_what_makes_the_name_unique() {
        let longest = "a".repeat(40);
        for (prefix, fits) in
            [("final", true), ("o", true), (longest.as_str(), true), ("", false), ("1st", false), ("a b", false)]
        {
            let mut diagnostics = Diagnostics::new();
            check_prefix(&Value::from(prefix), &Path::from(PREFIX), &mut diagnostics);
            assert_eq!(diagnostics.is_empty(), fits, "{prefix:?}");
        }
        let mut diagnostics = Diagnostics::new();
        check_prefix(&Value::from("a".repeat(41).as_str()), &Path::from(PREFIX), &mut diagnostics);
        assert!(diagnostics.has_error());
    }
}
