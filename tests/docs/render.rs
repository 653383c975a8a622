//! Schemas as Markdown.

use tf::Value;
use tf::provider::{Function, IdentityAttribute};
use tf::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Schema, Type};

/// Explains the mark that [`kinds`] puts on arguments.
const AGAIN: &str = "Arguments marked *again* say which operation is meant: a change of one of them runs the operation again. A \
                     change of any other argument is only recorded.";

/// The reference part of a page: what must be written, what may be written, what can be read, and the blocks inside.
pub(crate) fn schema(schema: &Schema) -> String {
    let block = &schema.block;
    let mut text = String::from("## Schema\n");
    if block.attributes.iter().any(|attribute| attribute.replaces) {
        text.push_str(&format!("\n{AGAIN}\n"));
    }
    groups(block, "### ", &[], &mut text);
    nested(block, &[], &mut text);
    text.trim_end().to_owned()
}

/// The reference part of a function's page.
pub(crate) fn function(function: &dyn Function) -> String {
    let parameters = function.parameters();
    let types: Vec<String> = parameters.iter().map(|(name, kind, _)| format!("{name} {}", type_name(kind))).collect();
    let mut text = format!(
        "## Signature\n\n```text\n{}({}) {}\n```\n\n## Arguments\n",
        function.name(),
        types.join(", "),
        type_name(function.result())
    );
    for (position, (name, kind, description)) in parameters.iter().enumerate() {
        text.push_str(&format!("\n{}. `{name}` ({}) {description}", position + 1, words(kind)));
    }
    text
}

/// What else can be written for an import; nothing if a type has no identity.
///
/// Terraform 1.16 and 1.17 write the configuration (`-generate-config-out`) only of a block that names its provider.
pub(crate) fn identity(type_name: &str, attributes: &[IdentityAttribute]) -> String {
    let line = |attribute: &IdentityAttribute| {
        let optional = if attribute.optional { ", Optional" } else { "" };
        format!("- `{}` (String{optional}) {}", attribute.name, attribute.description)
    };
    let lines: Vec<String> = attributes.iter().map(line).collect();
    match lines.as_slice() {
        [] => String::new(),
        lines => format!(
            "\n\nWith Terraform 1.5 and OpenTofu 1.6 and later, the same in an `import` block, beside the resource's own:\n\n\
             ```terraform\nimport {{\n  to = {type_name}.this\n  id = \"<the same id>\"\n}}\n```\n\n\
             To have the resource's block written (`plan -generate-config-out=FILE`), Terraform 1.16 and 1.17 want `provider = recovery` in the `import` \
             block, too. Beside a block that is there already, that line is an error.\n\n\
             With Terraform 1.12 and later, an `import` block also takes an `identity` in place of `id`:\n\n{}",
            lines.join("\n")
        ),
    }
}

/// The three groups of a block, each sorted by name.
fn groups(block: &Block, heading: &str, path: &[&str], text: &mut String) {
    for (title, fits) in [
        ("Required", (|mode| mode == Mode::Required) as fn(Mode) -> bool),
        ("Optional", |mode| matches!(mode, Mode::Optional | Mode::OptionalComputed)),
        ("Read-Only", |mode| mode == Mode::Computed),
    ] {
        let attributes = block.attributes.iter().filter(|attribute| fits(attribute.mode));
        let mut lines: Vec<(&str, String)> =
            attributes.map(|attribute| (attribute.name, attribute_line(attribute))).collect();
        let blocks = block.blocks.iter().filter(|inner| fits(block_mode(inner)));
        lines.extend(blocks.map(|inner| (inner.name, block_line(inner, path))));
        lines.sort();
        if !lines.is_empty() {
            let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
            let colon = if heading.is_empty() { ":" } else { "" };
            text.push_str(&format!("\n{heading}{title}{colon}\n\n{}\n", lines.join("\n")));
        }
    }
}

/// A section for each block inside, then for the blocks inside those.
fn nested(block: &Block, path: &[&str], text: &mut String) {
    let mut blocks: Vec<&NestedBlock> = block.blocks.iter().collect();
    blocks.sort_by_key(|inner| inner.name);
    for inner in blocks {
        let path: Vec<&str> = path.iter().copied().chain([inner.name]).collect();
        text.push_str(&format!("\n<a id=\"{}\"></a>\n### Nested Schema for `{}`\n", anchor(&path), path.join(".")));
        groups(&inner.block, "", &path, text);
        nested(&inner.block, &path, text);
    }
}

fn attribute_line(attribute: &Attribute) -> String {
    let mut line = format!("- `{}` ({}) {}", attribute.name, kinds(attribute), attribute.description);
    if !attribute.one_of.is_empty() {
        line.push_str(&format!(" One of {}.", quoted(attribute.one_of)));
    }
    if let Some(default) = attribute.default.as_ref().filter(|_| !attribute.description.contains("Default")) {
        line.push_str(&format!(" Default `{}`.", shown(default)));
    }
    line
}

fn block_line(inner: &NestedBlock, path: &[&str]) -> String {
    let path: Vec<&str> = path.iter().copied().chain([inner.name]).collect();
    let kind = match inner.nesting {
        Nesting::Single => "Block",
        Nesting::List => "Block List",
        Nesting::Set => "Block Set",
    };
    let mut kinds = vec![kind.to_owned()];
    if inner.nesting != Nesting::Single && inner.min_items > 0 {
        kinds.push(format!("Min: {}", inner.min_items));
    }
    if inner.nesting != Nesting::Single && inner.max_items > 0 {
        kinds.push(format!("Max: {}", inner.max_items));
    }
    if inner.replaces {
        kinds.push("*again*".to_owned());
    }
    format!("- `{}` ({}) {} (see [below](#{}))", inner.name, kinds.join(", "), inner.block.description, anchor(&path))
}

fn block_mode(inner: &NestedBlock) -> Mode {
    if inner.min_items > 0 { Mode::Required } else { Mode::Optional }
}

fn anchor(path: &[&str]) -> String {
    format!("nestedblock--{}", path.join("--"))
}

/// Type and properties, as in the Registry: `String, Sensitive`.
fn kinds(attribute: &Attribute) -> String {
    let mut kinds = words(&attribute.r#type);
    if attribute.sensitive {
        kinds.push_str(", Sensitive");
    }
    if attribute.write_only {
        kinds.push_str(", Write-only");
    }
    if attribute.replaces {
        kinds.push_str(", *again*");
    }
    kinds
}

fn words(kind: &Type) -> String {
    match kind {
        Type::String => "String".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::List(element) => format!("List of {}", words(element)),
        Type::Set(element) => format!("Set of {}", words(element)),
        Type::Map(element) => format!("Map of {}", words(element)),
        // The description lists the members.
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
        Type::Dynamic => "Any".to_owned(),
    }
}

/// As in a type constraint: `map(string)`.
fn type_name(kind: &Type) -> String {
    match kind {
        Type::String => "string".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::List(element) => format!("list({})", type_name(element)),
        Type::Set(element) => format!("set({})", type_name(element)),
        Type::Map(element) => format!("map({})", type_name(element)),
        Type::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, kind)| format!("{name} = {}", type_name(kind))).collect();
            format!("object({{{}}})", members.join(", "))
        }
        Type::Tuple(elements) => {
            format!("tuple([{}])", elements.iter().map(type_name).collect::<Vec<_>>().join(", "))
        }
        Type::Dynamic => "any".to_owned(),
    }
}

fn quoted(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn a_schema_reads_like_the_registry() {
    let attributes = vec![
        Attribute::optional("mode", "How.").one_of(&["a", "b"]).default("a").replaces(),
        Attribute::required("key", "Which.").sensitive(),
        Attribute::computed("id", "What.").of(Type::map(Type::Number)),
    ];
    let inner = Block { description: "Pairs.", attributes: vec![Attribute::required("from", "Left.")], blocks: vec![] };
    let pair =
        NestedBlock { name: "pair", nesting: Nesting::Set, block: inner, min_items: 0, max_items: 2, replaces: true };
    let found = schema(&Schema { version: 0, block: Block { description: "", attributes, blocks: vec![pair] } });
    let expected = format!(
        "## Schema\n\n{AGAIN}\n\n### Required\n\n- `key` (String, Sensitive) Which.\n\n### Optional\n\n\
         - `mode` (String, *again*) How. One of `a`, `b`. Default `a`.\n\
         - `pair` (Block Set, Max: 2, *again*) Pairs. (see [below](#nestedblock--pair))\n\n\
         ### Read-Only\n\n- `id` (Map of Number) What.\n\n\
         <a id=\"nestedblock--pair\"></a>\n### Nested Schema for `pair`\n\nRequired:\n\n- `from` (String) Left."
    );
    assert_eq!(found, expected);
}
