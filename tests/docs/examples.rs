//! The examples: one for each thing that can be used, and none that names what does not exist. That the real Terraform
//! takes them is tested with the stories that drive it.

use std::collections::BTreeSet;

use terraform_provider_recovery::provider::Recovery;
use tf::provider::Provider;
use tf::schema::{Block, Mode};

use crate::{names, pages, read as read_path, root};

/// The text of an example that must be there.
pub(crate) fn read(path: &str) -> String {
    read_path(&root().join("examples").join(path))
}

/// The text of an example that may be there.
pub(crate) fn read_if_there(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join("examples").join(path)).ok()
}

/// A block at the top of a file: its labels and the lines inside, without comments.
struct TopBlock<'a> {
    /// `resource`, `data`, `output`, ...
    kind: &'a str,
    labels: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl TopBlock<'_> {
    /// What is written directly in it: arguments and names of blocks, dynamic ones too.
    fn written(&self) -> BTreeSet<&str> {
        let own = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("  "))
            .filter(|line| !line.starts_with([' ', '#', '}']));
        own.filter_map(|line| {
            let mut words = line.split([' ', '{', '"']).filter(|word| !word.is_empty());
            if line.starts_with("dynamic ") { words.nth(1) } else { words.next() }
        })
        .collect()
    }

    /// What stands in the block `config`, as if it stood directly in this one.
    fn config(&self) -> TopBlock<'_> {
        let inside = self.lines.iter().skip_while(|line| **line != "  config {").skip(1);
        let lines = inside.take_while(|line| **line != "  }").map(|line| line.strip_prefix("  ").unwrap_or(line));
        TopBlock { kind: self.kind, labels: self.labels.clone(), lines: lines.collect() }
    }
}

/// Splits a file that `terraform fmt` has formatted: blocks begin and end in the first column.
fn top_blocks(text: &str) -> Vec<TopBlock<'_>> {
    let mut blocks: Vec<TopBlock<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "}" => inside = false,
            _ if inside => blocks.last_mut().unwrap().lines.push(line),
            _ if line.ends_with('{') && !line.starts_with([' ', '#']) => {
                let mut words = line.trim_end_matches('{').split_whitespace();
                let kind = words.next().unwrap();
                let labels = words.map(|word| word.trim_matches('"')).collect();
                blocks.push(TopBlock { kind, labels, lines: Vec::new() });
                inside = true;
            }
            _ => {}
        }
    }
    blocks
}

/// Problems of the blocks of one type in a file: unknown names, missing arguments, no block at all.
fn problems(text: &str, (kind, name): (&str, &str), body: &Block) -> Vec<String> {
    let meta = ["count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
    let accepted: BTreeSet<&str> = body
        .attributes
        .iter()
        .filter(|attribute| pages::is_argument(attribute.mode))
        .map(|attribute| attribute.name)
        .chain(body.blocks.iter().map(|inner| inner.name))
        .chain(meta)
        .collect();
    let required = body.attributes.iter().filter(|attribute| attribute.mode == Mode::Required);
    let required: Vec<&str> = required.map(|attribute| attribute.name).collect();
    let blocks = top_blocks(text);
    let ours: Vec<&TopBlock<'_>> =
        blocks.iter().filter(|block| block.kind == kind && block.labels.first() == Some(&name)).collect();
    if ours.is_empty() {
        return vec![format!("has no {kind} {name:?}")];
    }
    let mut problems = Vec::new();
    for block in ours {
        // Actions and lists have their arguments in a block of their own.
        let inner = block.config();
        let written = if matches!(kind, "action" | "list") { inner.written() } else { block.written() };
        problems.extend(written.difference(&accepted).map(|word| format!("{word} is no argument")));
        problems
            .extend(required.iter().filter(|word| !written.contains(*word)).map(|word| format!("{word} is missing")));
    }
    problems
}

/// Every resource and data source: where its example lies, and its body.
fn bodies(provider: &Recovery) -> Vec<(String, &'static str, &'static str, &Block)> {
    let resources = provider.resources().iter().map(|resource| {
        let name = resource.type_name();
        (format!("resources/{name}/resource.tf"), "resource", name, &resource.schema().block)
    });
    let data_sources = provider.data_sources().iter().map(|source| {
        let name = source.type_name();
        (format!("data-sources/{name}/data-source.tf"), "data", name, &source.schema().block)
    });
    let actions = provider.actions().iter().map(|action| {
        let name = action.type_name();
        (format!("actions/{name}/action.tf"), "action", name, &action.schema().block)
    });
    let lists = provider.list_resources().iter().map(|list| {
        let name = list.type_name();
        (format!("list-resources/{name}/list-resource.tfquery.hcl"), "list", name, &list.schema().block)
    });
    let ephemeral = provider.ephemeral_resources().iter().map(|resource| {
        let name = resource.type_name();
        let path = format!("ephemeral-resources/{name}/ephemeral-resource.tf");
        (path, "ephemeral", name, &resource.schema().block)
    });
    resources.chain(data_sources).chain(actions).chain(lists).chain(ephemeral).collect()
}

#[test]
fn examples_follow_the_schemas() {
    let provider = Recovery::new();
    let mut found = Vec::new();
    for (path, kind, name, body) in bodies(&provider) {
        let text = read_if_there(&path).unwrap_or_default();
        found.extend(problems(&text, (kind, name), body).into_iter().map(|problem| format!("{path}: {problem}")));
    }
    for function in provider.functions() {
        let path = format!("functions/{}/function.tf", function.name());
        if !read_if_there(&path).unwrap_or_default().contains(&format!("provider::recovery::{}(", function.name())) {
            found.push(format!("{path}: does not call the function"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_example_outlives_what_it_shows() {
    let provider = Recovery::new();
    let resources: Vec<&str> = provider.resources().iter().map(|resource| resource.type_name()).collect();
    let data_sources: Vec<&str> = provider.data_sources().iter().map(|source| source.type_name()).collect();
    let functions: Vec<&str> = provider.functions().iter().map(|function| function.name()).collect();
    let actions: Vec<&str> = provider.actions().iter().map(|action| action.type_name()).collect();
    let lists: Vec<&str> = provider.list_resources().iter().map(|list| list.type_name()).collect();
    let ephemeral: Vec<&str> = provider.ephemeral_resources().iter().map(|resource| resource.type_name()).collect();
    for (folder, known) in [
        ("actions", actions),
        ("data-sources", data_sources),
        ("ephemeral-resources", ephemeral),
        ("functions", functions),
        ("list-resources", lists),
        ("resources", resources),
    ] {
        for name in names(&root().join("examples").join(folder)) {
            assert!(known.contains(&name.as_str()), "examples/{folder}/{name} shows what does not exist");
        }
    }
}

#[test]
fn import_examples_name_an_object_of_the_example() {
    for resource in Recovery::new().resources() {
        let name = resource.type_name();
        let Some(script) = read_if_there(&format!("resources/{name}/import.sh")) else { continue };
        let command = script.lines().find_map(|line| line.strip_prefix("terraform import "));
        let address = command.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let example = read(&format!("resources/{name}/resource.tf"));
        let blocks = top_blocks(&example);
        let named = blocks.iter().any(|block| block.kind == "resource" && block.labels.join(".") == address);
        assert!(named, "resources/{name}/import.sh: {address:?} is not in resource.tf");
    }
}

#[test]
fn mistakes_in_examples_are_found() {
    use tf::schema::Attribute;
    let attributes = vec![Attribute::required("key", "K."), Attribute::computed("id", "I.")];
    let body = Block { attributes, ..Block::default() };
    let cases = [
        ("resource \"r\" \"a\" {\n  key = 1\n\n  # why\n  lifecycle {\n    x = 1\n  }\n}\n", vec![]),
        ("resource \"r\" \"a\" {\n  id = 1\n}\n", vec!["id is no argument", "key is missing"]),
        ("resource \"r\" \"a\" {\n  dynamic \"key\" {\n    content {}\n  }\n}\n", vec![]),
        ("data \"r\" \"a\" {\n  key = 1\n}\n", vec!["has no resource \"r\""]),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(text, ("resource", "r"), &body), expected, "{text}");
    }
    let action = "action \"r\" \"a\" {\n  config {\n    id = 1\n  }\n}\n";
    assert_eq!(problems(action, ("action", "r"), &body), ["id is no argument", "key is missing"]);
    assert_eq!(problems(&action.replace("id", "key"), ("action", "r"), &body), Vec::<String>::new());
}
