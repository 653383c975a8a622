//! Every block of Terraform's language in README, guides and pages is taken out and validated, with what stands around it
//! on its page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{
    ACTIONS, CHECKS, EPHEMERAL, FUNCTIONS, IMPORT_BLOCKS, LISTS, MOVED_BLOCKS, Part, REMOVED_BLOCKS, Story,
    TERRAFORM_DATA,
};

/// What a text needs of the core, told by a word in it.
const NEEDS: [(&str, &Part); 11] = [
    ("check \"", &CHECKS),
    ("action \"", &ACTIONS),
    ("action_trigger {", &ACTIONS),
    ("ephemeral \"", &EPHEMERAL),
    ("ephemeral = true", &EPHEMERAL),
    ("list \"", &LISTS),
    ("import {", &IMPORT_BLOCKS),
    ("removed {", &REMOVED_BLOCKS),
    ("moved {", &MOVED_BLOCKS),
    ("provider::", &FUNCTIONS),
    ("terraform_data", &TERRAFORM_DATA),
];

/// Providers that the texts speak of and that no test installs.
const OTHERS: [&str; 2] = ["huaweicloud_", "opentelekomcloud_"];

const SOURCE: &str = "terraform {\n  required_providers {\n    recovery = {\n      source = \"cloud-recovery/recovery\"\n    }\n  }\n}\n";

/// A block of code on a page.
struct Shown {
    /// `docs/guides/recipes.md:14`
    place: String,
    text: String,
}

impl Shown {
    /// A name for a module.
    fn name(&self) -> String {
        self.place.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
    }
}

/// A block at the top of a file.
#[derive(Clone, Debug, PartialEq)]
struct Top {
    /// `resource`, `variable`, ...
    kind: String,
    labels: Vec<String>,
    /// All of it, from its first line to its closing brace.
    text: String,
}

impl Top {
    /// How others refer to it.
    fn address(&self) -> String {
        match self.kind.as_str() {
            "resource" => self.labels.join("."),
            "variable" => format!("var.{}", self.labels.join(".")),
            kind => format!("{kind}.{}", self.labels.join(".")),
        }
    }

    /// The same block under another name.
    fn renamed(&self, address: &str) -> Top {
        let (old, new) = (self.labels.last().unwrap(), address.rsplit('.').next().unwrap());
        let head = self.text.lines().next().unwrap();
        let text = self.text.replacen(head, &head.replace(&format!("\"{old}\""), &format!("\"{new}\"")), 1);
        let labels = [&self.labels[..self.labels.len() - 1], &[new.to_owned()]].concat();
        Top { kind: self.kind.clone(), labels, text }
    }
}

/// Splits a text as `terraform fmt` leaves it: blocks begin and end in the first column.
fn tops(text: &str) -> Vec<Top> {
    let mut found: Vec<Top> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if inside {
            let top = found.last_mut().unwrap();
            top.text += &format!("{line}\n");
            inside = line != "}";
        } else if line.contains('{') && !line.starts_with([' ', '#']) {
            let mut words = line.split('{').next().unwrap().split_whitespace();
            let kind = words.next().unwrap().to_owned();
            let labels = words.map(|word| word.trim_matches('"').to_owned()).collect();
            found.push(Top { kind, labels, text: format!("{line}\n") });
            inside = !line.ends_with('}');
        }
    }
    found
}

/// Addresses that a text refers to: `var.x`, `data.recovery_y.z`, `recovery_y.z`.
fn references(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().map(|line| line.split(" # ").next().unwrap()).collect::<Vec<_>>().join("\n");
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let words = code.split(|letter: char| !is_part(letter)).map(|word| word.split('.').collect::<Vec<_>>());
    let address = |word: Vec<&str>| match word.as_slice() {
        ["var", name, ..] => Some(format!("var.{name}")),
        [kind @ ("data" | "action" | "ephemeral"), of, name, ..] => Some(format!("{kind}.{of}.{name}")),
        [of, name, ..] if of.starts_with("recovery_") || *of == "terraform_data" => Some(format!("{of}.{name}")),
        _ => None,
    };
    words.filter_map(address).collect()
}

/// What a text lacks to stand alone, from its page; variables that the page leaves to the reader are declared.
fn around(shown: &[Top], page: &[Top]) -> Vec<Top> {
    let mut added: Vec<Top> = Vec::new();
    loop {
        let all: Vec<Top> = shown.iter().chain(&added).cloned().collect();
        let there: BTreeSet<String> = all.iter().map(Top::address).collect();
        let wanted: BTreeSet<String> = all.iter().flat_map(|top| references(&top.text)).collect();
        let mut missing = wanted.difference(&there).filter_map(|address| found(address, page));
        match missing.next() {
            Some(top) => added.push(top),
            None => break,
        }
    }
    let named = |top: &Top| top.kind == "locals";
    let uses_locals = shown.iter().chain(&added).any(|top| top.text.contains("local."));
    if uses_locals && !shown.iter().any(named) {
        added.extend(page.iter().find(|top| named(top)).cloned());
    }
    added
}

/// The block of an address on a page, or one like it.
fn found(address: &str, page: &[Top]) -> Option<Top> {
    if let Some(top) = page.iter().find(|top| top.address() == address) {
        return Some(top.clone());
    }
    if let Some(name) = address.strip_prefix("var.") {
        let text = format!("variable \"{name}\" {{}}\n");
        return Some(Top { kind: "variable".into(), labels: vec![name.into()], text });
    }
    let of = address.rsplit_once('.')?.0;
    let like = |top: &&Top| top.address().rsplit_once('.').is_some_and(|(kind, _)| kind == of);
    page.iter().find(like).map(|top| top.renamed(address))
}

/// A text without what other providers have in it: their references become a word.
fn without_others(top: &Top) -> Option<String> {
    let first = top.labels.first().map(String::as_str).unwrap_or_default();
    let is_foreign = OTHERS.iter().any(|other| first.starts_with(other) || *first == other[..other.len() - 1]);
    if is_foreign && ["resource", "data", "provider"].contains(&top.kind.as_str()) {
        return None;
    }
    if top.kind == "terraform" {
        assert!(!top.text.contains("recovery = {") || top.text.contains("\"cloud-recovery/recovery\""), "{}", top.text);
        return None;
    }
    let mut text = top.text.clone();
    while let Some(start) = OTHERS.iter().find_map(|other| text.find(other)) {
        let rest = &text[start..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_.".contains(letter)).unwrap();
        text.replace_range(start..start + end, "\"stand-in\"");
    }
    Some(text)
}

/// Markdown files that show configurations.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|name| root.join(name)).into();
    let mut folders = vec![root.join("docs"), root.join("examples"), root.join("policies")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The blocks of a page.
fn shown_on(path: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
    let mut blocks: Vec<Shown> = Vec::new();
    let mut open: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        match (&open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                if ["terraform", "hcl"].contains(&language) {
                    blocks.push(Shown { place: format!("{name}:{}", number + 1), text: String::new() });
                }
                open = Some(language.to_owned());
            }
            (Some(_), Some("")) => open = None,
            (Some(language), _) if ["terraform", "hcl"].contains(&language.as_str()) => {
                blocks.last_mut().unwrap().text += &format!("{line}\n");
            }
            _ => {}
        }
    }
    blocks
}

/// Writes a block as a module of its own; the variables that it wants.
fn write_module(story: &Story, folder: &str, shown: &Shown, page: &[Top]) -> Vec<String> {
    let own = tops(&shown.text);
    let around = around(&own, page);
    let (lists, others): (Vec<&Top>, Vec<&Top>) = own.iter().chain(&around).partition(|top| top.kind == "list");
    let text = |tops: Vec<&Top>| tops.into_iter().filter_map(without_others).collect::<Vec<_>>().join("\n");
    story.write(&format!("{folder}main.tf"), &format!("{}\n{SOURCE}", text(others)));
    if !lists.is_empty() {
        story.write(&format!("{folder}main.tfquery.hcl"), &text(lists));
    }
    let open = |top: &&Top| top.kind == "variable" && !top.text.contains("default");
    own.iter().chain(&around).filter(open).map(|top| top.labels[0].clone()).collect()
}

/// Words of texts that the core does not know.
fn unknown_words(story: &Story) -> Vec<&'static str> {
    NEEDS.iter().filter(|(_, part)| !story.core.can(part)).map(|(word, _)| *word).collect()
}

#[test]
fn every_configuration_in_the_texts_is_valid() {
    let Some(story) = Story::begin("") else { return };
    fs::remove_file(story.directory().join("preamble.tf")).unwrap();
    fs::remove_file(story.directory().join("provider.tf")).unwrap();
    let unknown = unknown_words(&story);
    let (mut calls, mut seen) = (String::new(), 0);
    let mut failed = Vec::new();
    for path in pages() {
        let blocks = shown_on(&path);
        let page: Vec<Top> = blocks.iter().flat_map(|shown| tops(&shown.text)).collect();
        for shown in &blocks {
            seen += 1;
            let own = tops(&shown.text);
            assert!(!own.is_empty(), "{}: nothing in it", shown.place);
            let whole: String = own.iter().chain(&around(&own, &page)).map(|top| top.text.as_str()).collect();
            if unknown.iter().any(|word| whole.contains(word)) {
                continue;
            }
            match () {
                () if own.iter().any(|top| top.kind == "provider_installation") => {
                    failed.extend(of_the_command_line(&story, shown).err());
                }
                // These are for the root of a configuration.
                () if own.iter().any(|top| top.kind == "import" || top.kind == "list") => {
                    failed.extend(as_a_root(shown, &page).err());
                }
                () => {
                    let name = shown.name();
                    let variables = write_module(&story, &format!("{name}/"), shown, &page);
                    writeln!(calls, "module \"{name}\" {{\n  source = \"./{name}\"").unwrap();
                    for variable in variables {
                        writeln!(calls, "  {variable} = null").unwrap();
                    }
                    calls += "}\n";
                }
            }
        }
    }
    assert!(seen > 70, "only {seen} configurations were found");
    story.configure(&calls);
    story.core(&["get", "-no-color"]).success();
    let outcome = story.validate();
    if outcome.code != Some(0) {
        failed.push(outcome.to_string());
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// Validates a block as a configuration of its own.
fn as_a_root(shown: &Shown, page: &[Top]) -> Result<(), String> {
    let story = Story::begin("").unwrap();
    fs::remove_file(story.directory().join("preamble.tf")).unwrap();
    let variables = write_module(&story, "", shown, page);
    let own = tops(&fs::read_to_string(story.directory().join("main.tf")).unwrap());
    if own.iter().any(|top| top.kind == "provider") {
        fs::remove_file(story.directory().join("provider.tf")).unwrap();
    }
    assert!(variables.is_empty(), "{}: a root gets no variables", shown.place);
    let query = shown.text.contains("list \"");
    let arguments: &[&str] = if query { &["validate", "-no-color", "-query"] } else { &["validate", "-no-color"] };
    let outcome = story.core(arguments);
    if outcome.code == Some(0) { Ok(()) } else { Err(format!("{}: {outcome}", shown.place)) }
}

/// Has the core read a block as its own configuration.
fn of_the_command_line(story: &Story, shown: &Shown) -> Result<(), String> {
    story.write("../cli-of-a-text.tfrc", &shown.text);
    let mut command = story.command(&story.core.program);
    command.arg("version").env("TF_CLI_CONFIG_FILE", story.folder().join("cli-of-a-text.tfrc"));
    let outcome = crate::support::run(&mut command);
    let is_read = outcome.code == Some(0) && !outcome.has("Error") && !outcome.has("Unknown");
    if is_read { Ok(()) } else { Err(format!("{}: {outcome}", shown.place)) }
}

#[test]
fn a_wrong_configuration_is_found() {
    let Some(story) = Story::begin("") else { return };
    let text = "resource \"recovery_dcs_restore\" \"r\" {\n  instance_id = var.i\n  backup = \"b\"\n}\n";
    let shown = Shown { place: "a.md:1".into(), text: text.into() };
    let variables = write_module(&story, "m/", &shown, &[]);
    assert_eq!(variables, ["i"]);
    story.configure("module \"m\" {\n  source = \"./m\"\n  i = null\n}\n");
    story.core(&["get"]).success();
    story.validate().failure().says("named \"backup\" is not expected here").says("\"backup_id\" is required");
}

#[test]
fn what_a_text_lacks_comes_from_its_page() {
    let page = tops(
        "variable \"v\" {\n  default = 1\n}\nresource \"recovery_a\" \"b\" {\n  x = var.v\n}\nprovider \"recovery\" {}\n",
    );
    let shown = tops("output \"o\" {\n  value = [recovery_a.b.id, recovery_a.c.id, var.other] # var.no\n}\n");
    let added: Vec<String> = around(&shown, &page).iter().map(Top::address).collect();
    assert_eq!(added, ["recovery_a.b", "recovery_a.c", "var.other", "var.v"]);
    let foreign = tops("resource \"recovery_a\" \"b\" {\n  x = huaweicloud_i.o.id\n}\n");
    assert_eq!(without_others(&foreign[0]).unwrap(), "resource \"recovery_a\" \"b\" {\n  x = \"stand-in\"\n}\n");
}
