//! The published pages (`docs/`) follow the schemas, the templates (`templates/`) and the examples (`examples/`). A page
//! that differs is written anew, and the test fails once, so that the change is seen and committed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail loudly.

mod examples;
mod pages;
mod prose;
mod render;
mod template;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use terraform_provider_recovery::provider::Recovery;
use tf::provider::Provider;

/// Folders that the Registry reads. Anything else in `docs/` is an error of ours.
const FOLDERS: [&str; 7] =
    ["actions", "data-sources", "ephemeral-resources", "functions", "guides", "list-resources", "resources"];

/// The top of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file that must be there.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// Names in a folder, sorted; none if the folder is missing.
fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn pages_are_fresh() {
    let mut stale = Vec::new();
    for page in pages::all(&Recovery::new()) {
        let path = root().join("docs").join(&page.path);
        if fs::read_to_string(&path).ok().as_deref() != Some(page.text.as_str()) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &page.text).unwrap();
            stale.push(page.path);
        }
    }
    assert!(stale.is_empty(), "docs were stale; they are written now, commit them: {stale:?}");
}

#[test]
fn nothing_else_is_published() {
    let provider = Recovery::new();
    let generated: BTreeSet<String> = pages::all(&provider).into_iter().map(|page| page.path).collect();
    let docs = root().join("docs");
    let mut strays = Vec::new();
    for name in names(&docs) {
        match name.as_str() {
            "guides" => {}
            folder if FOLDERS.contains(&folder) => {
                let files = names(&docs.join(folder)).into_iter().map(|file| format!("{folder}/{file}"));
                strays.extend(files.filter(|file| !generated.contains(file)));
            }
            file if generated.contains(file) => {}
            _ => strays.push(name),
        }
    }
    assert!(strays.is_empty(), "no schema leads to these, remove them from docs/: {strays:?}");
}

#[test]
fn every_template_has_its_page() {
    let used: BTreeSet<String> = pages::all(&Recovery::new()).into_iter().map(|page| page.path).collect();
    let templates = root().join("templates");
    let mut strays = Vec::new();
    for name in names(&templates) {
        if name.ends_with(".md") {
            strays.extend(Some(name).filter(|name| !used.contains(name)));
        } else {
            let files = names(&templates.join(&name)).into_iter().map(|file| format!("{name}/{file}"));
            strays.extend(files.filter(|file| !used.contains(file)));
        }
    }
    assert!(strays.is_empty(), "no schema leads to these, remove them from templates/: {strays:?}");
}

#[test]
fn schemas_keep_the_rules_of_terraform() {
    let provider = Recovery::new();
    let resources = provider.resources().iter().map(|resource| (resource.type_name(), resource.schema()));
    let data_sources = provider.data_sources().iter().map(|source| (source.type_name(), source.schema()));
    let actions = provider.actions().iter().map(|action| (action.type_name(), action.schema()));
    let lists = provider.list_resources().iter().map(|list| (list.type_name(), list.schema()));
    let ephemeral = provider.ephemeral_resources().iter().map(|resource| (resource.type_name(), resource.schema()));
    let newer = actions.chain(lists).chain(ephemeral);
    let mut seen = 0;
    for (name, schema) in resources.chain(data_sources).chain(newer).chain([("provider", provider.schema())]) {
        assert_eq!(schema.validate_self(), Ok(()), "{name}");
        seen += 1;
    }
    assert!(seen > 4, "the provider lost its resources");
}
