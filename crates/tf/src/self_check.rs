//! Rules that a schema itself must keep: Terraform refuses to load one that breaks them.

use std::collections::BTreeSet;

use crate::codec::encode_msgpack_type;
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Schema, Type};
use crate::value::Value;

/// Names that Terraform itself reads in the body of a resource.
const RESERVED: [&str; 7] = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

impl Schema {
    /// Checks what Terraform checks when it loads a provider (and stops every command if it fails), and what this crate
    /// expects beyond: descriptions, defaults of the right type, accepted values only for strings. For tests: run it on
    /// every schema.
    ///
    /// # Errors
    /// Everything that is wrong, one line each.
    pub fn validate_self(&self) -> Result<(), String> {
        let mut problems = Vec::new();
        if self.version < 0 {
            problems.push(format!("the version is negative: {}", self.version));
        }
        let names = self.block.attributes.iter().map(|attribute| attribute.name);
        for name in names.chain(self.block.blocks.iter().map(|nested| nested.name)) {
            if RESERVED.contains(&name) {
                problems.push(format!("{name}: Terraform keeps this name for itself"));
            }
        }
        block_problems(&self.block, "", &mut problems);
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }
}

fn block_problems(block: &Block, prefix: &str, problems: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    let attributes = block.attributes.iter().map(|attribute| attribute.name);
    for name in attributes.chain(block.blocks.iter().map(|nested| nested.name)) {
        if !names.insert(name) {
            problems.push(format!("{prefix}{name}: the name is used twice"));
        }
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(valid) {
            problems.push(format!("{prefix}{name}: names have lowercase letters, digits and underscores only"));
        }
    }
    for attribute in &block.attributes {
        let found = attribute_problems(attribute).into_iter();
        problems.extend(found.map(|problem| format!("{prefix}{}: {problem}", attribute.name)));
    }
    for nested in &block.blocks {
        let found = count_problem(nested).into_iter();
        problems.extend(found.map(|problem| format!("{prefix}{}: {problem}", nested.name)));
        if nested.nesting == Nesting::Set && crate::write_only::has(&nested.block) {
            problems.push(format!("{prefix}{}: blocks of a set cannot hold what is only written", nested.name));
        }
        block_problems(&nested.block, &format!("{prefix}{}.", nested.name), problems);
    }
}

fn attribute_problems(attribute: &Attribute) -> Vec<String> {
    let mut problems = Vec::new();
    if attribute.description.trim().is_empty() {
        problems.push("the description is missing".to_owned());
    }
    if attribute.stable && !matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed) {
        problems.push("only computed attributes can be stable".to_owned());
    }
    if attribute.replaces && attribute.mode == Mode::Computed {
        problems.push("what nobody can write cannot ask for a replacement".to_owned());
    }
    if attribute.write_only && (!matches!(attribute.mode, Mode::Required | Mode::Optional) || attribute.replaces) {
        problems.push("what is only written is neither computed nor compared".to_owned());
    }
    if !attribute.one_of.is_empty() && !holds_strings(&attribute.r#type) {
        problems.push("accepted values are for strings only".to_owned());
    }
    problems.extend(attribute.default.as_ref().and_then(|default| default_problem(attribute, default)));
    problems
}

fn default_problem(attribute: &Attribute, default: &Value) -> Option<String> {
    if attribute.mode != Mode::OptionalComputed {
        return Some("a default needs the mode optional and computed".to_owned());
    }
    if default.is_null() || !default.is_wholly_known() {
        return Some("a default is a known value".to_owned());
    }
    if let Err(error) = encode_msgpack_type(&attribute.r#type, default) {
        return Some(format!("the default does not fit: {error}"));
    }
    let accepted = |text: &str| attribute.one_of.is_empty() || attribute.one_of.contains(&text);
    (!default.as_str().is_none_or(accepted)).then(|| "the default is none of the accepted values".to_owned())
}

fn holds_strings(r#type: &Type) -> bool {
    match r#type {
        Type::String => true,
        Type::List(element) | Type::Set(element) | Type::Map(element) => holds_strings(element),
        Type::Number | Type::Bool | Type::Object(_) | Type::Tuple(_) | Type::Dynamic => false,
    }
}

fn count_problem(nested: &NestedBlock) -> Option<&'static str> {
    let (min, max) = (nested.min_items, nested.max_items);
    match nested.nesting {
        Nesting::Single if min != max || !(0..=1).contains(&min) => {
            Some("a single block has min_items equal to max_items, 0 or 1")
        }
        Nesting::List | Nesting::Set if min < 0 || max < 0 => Some("counts of blocks are not negative"),
        Nesting::List | Nesting::Set if max != 0 && min > max => Some("min_items is larger than max_items"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // A test may fail loudly.
mod tests {
    use super::*;

    fn with(attribute: Attribute) -> Schema {
        Schema { version: 0, block: Block { attributes: vec![attribute], ..Block::default() } }
    }

    fn with_block(name: &'static str, nesting: Nesting, min_items: i64, max_items: i64) -> Schema {
        let nested = NestedBlock { name, nesting, block: Block::default(), min_items, max_items, replaces: false };
        Schema { version: 0, block: Block { blocks: vec![nested], ..Block::default() } }
    }

    #[test]
    fn broken_rules_are_named() {
        let twice = Schema {
            version: -1,
            block: Block { attributes: vec![Attribute::required("a", "A."); 2], ..Block::default() },
        };
        let mut default_of_optional = Attribute::optional("a", "A.").default("x");
        default_of_optional.mode = Mode::Optional;
        let cases = [
            (twice.clone(), "the version is negative: -1"),
            (twice, "a: the name is used twice"),
            (with(Attribute::required("Upper", "A.")), "Upper: names have"),
            (with(Attribute::required("", "A.")), ": names have"),
            (with(Attribute::required("count", "A.")), "count: Terraform keeps"),
            (with(Attribute::required("a", " ")), "a: the description is missing"),
            (with(Attribute::required("a", "A.").stable()), "a: only computed attributes can be stable"),
            (with(Attribute::computed("a", "A.").replaces()), "a: what nobody can write"),
            (with(Attribute::optional("a", "A.").of(Type::Bool).one_of(&["x"])), "a: accepted values"),
            (with(default_of_optional), "a: a default needs the mode"),
            (with(Attribute::optional("a", "A.").default(Value::Null)), "a: a default is a known value"),
            (with(Attribute::optional("a", "A.").default(true)), "a: the default does not fit: string required"),
            (with(Attribute::optional("a", "A.").one_of(&["x"]).default("y")), "a: the default is none of"),
            (with(Attribute::computed("a", "A.").write_only()), "a: what is only written is neither"),
            (with(Attribute::optional("a", "A.").write_only().replaces()), "a: what is only written is neither"),
            (with_block("b", Nesting::Single, 0, 1), "b: a single block has"),
            (with_block("b", Nesting::Single, 2, 2), "b: a single block has"),
            (with_block("b", Nesting::List, 3, 2), "b: min_items is larger"),
            (with_block("b", Nesting::Set, -1, 0), "b: counts of blocks"),
        ];
        for (schema, problem) in cases {
            let found = schema.validate_self().unwrap_err();
            assert!(found.contains(problem), "{problem} is not in: {found}");
        }
    }

    #[test]
    fn problems_of_inner_blocks_name_their_place() {
        let mut schema = with_block("b", Nesting::List, 0, 0);
        schema.block.blocks[0].block.attributes.push(Attribute::required("c", ""));
        assert_eq!(schema.validate_self(), Err("b.c: the description is missing".to_owned()));
    }

    #[test]
    fn a_set_holds_nothing_that_is_only_written() {
        let mut schema = with_block("b", Nesting::Set, 0, 0);
        schema.block.blocks[0].block.attributes.push(Attribute::optional("c", "C.").write_only());
        assert_eq!(schema.validate_self(), Err("b: blocks of a set cannot hold what is only written".to_owned()));
    }

    #[test]
    fn sound_schemas_pass() {
        for schema in [
            Schema::default(),
            with(Attribute::optional("api_version", "A.").one_of(&["v1.0", "v2"]).default("v2").replaces()),
            with(Attribute::computed("id", "A.").stable()),
            with(Attribute::optional("tags", "A.").of(Type::map(Type::String)).one_of(&["x"])),
            with_block("one", Nesting::Single, 1, 1),
            with_block("many", Nesting::Set, 1, 0),
            with_block("few", Nesting::List, 1, 2),
        ] {
            assert_eq!(schema.validate_self(), Ok(()));
        }
    }
}
