//! Which pages there are, and what stands at the top of each.

use std::fs;

use tf::provider::{Function, IdentityAttribute, Provider};
use tf::schema::{Mode, Schema};

use crate::{examples, render, root, template};

/// One page below `docs/`.
pub(crate) struct Page {
    /// `resources/dcs_backup.md`
    pub(crate) path: String,
    /// The whole file.
    pub(crate) text: String,
}

/// What is said about one thing, apart from its name.
struct Subject<'a> {
    /// As the user types it.
    name: &'a str,
    /// `Resource`
    kind: &'static str,
    /// `resources`, the folder of the page and of the example.
    folder: &'static str,
    /// `resource.tf`
    example: &'static str,
    description: &'a str,
    /// The reference part.
    reference: String,
    /// What `import { identity = … }` takes; empty if it takes nothing.
    identity: &'a [IdentityAttribute],
}

/// Every page, in the order of the Registry's menu.
pub(crate) fn all(provider: &dyn Provider) -> Vec<Page> {
    let mut pages = vec![index(provider.schema())];
    pages.extend(provider.resources().iter().map(|resource| {
        let kind = ("Resource", "resources", "resource.tf");
        body_page(resource.type_name(), resource.schema(), resource.identity_attributes(), kind)
    }));
    pages.extend(provider.data_sources().iter().map(|source| {
        body_page(source.type_name(), source.schema(), &[], ("Data Source", "data-sources", "data-source.tf"))
    }));
    pages.extend(
        provider
            .actions()
            .iter()
            .map(|action| body_page(action.type_name(), action.schema(), &[], ("Action", "actions", "action.tf"))),
    );
    pages.extend(provider.list_resources().iter().map(|list| {
        let kind = ("List Resource", "list-resources", "list-resource.tfquery.hcl");
        body_page(list.type_name(), list.schema(), &[], kind)
    }));
    pages.extend(provider.ephemeral_resources().iter().map(|resource| {
        let kind = ("Ephemeral Resource", "ephemeral-resources", "ephemeral-resource.tf");
        body_page(resource.type_name(), resource.schema(), &[], kind)
    }));
    pages.extend(provider.functions().iter().map(|function| function_page(function.as_ref())));
    pages
}

/// The provider's own page.
fn index(schema: &Schema) -> Page {
    let top = template::Top {
        title: "Provider: recovery".to_owned(),
        heading: "recovery Provider".to_owned(),
        subcategory: "",
        description: schema.block.description,
    };
    let parts = [("example", example("provider/provider.tf")), ("schema", render::schema(schema))];
    let text = template::page("index.md", &top, &parts);
    Page { path: "index.md".to_owned(), text }
}

fn body_page(
    name: &str,
    schema: &Schema,
    identity: &[IdentityAttribute],
    (kind, folder, example): (&'static str, &'static str, &'static str),
) -> Page {
    let description = schema.block.description;
    page(Subject { name, kind, folder, example, description, reference: render::schema(schema), identity })
}

fn function_page(function: &dyn Function) -> Page {
    page(Subject {
        name: function.name(),
        kind: "function",
        folder: "functions",
        example: "function.tf",
        description: function.description(),
        reference: render::function(function),
        identity: &[],
    })
}

fn page(subject: Subject<'_>) -> Page {
    let short = subject.name.trim_start_matches("recovery_");
    let path = format!("{}/{short}.md", subject.folder);
    let folder = format!("{}/{}", subject.folder, subject.name);
    let heading = match subject.kind {
        "function" => format!("function: {}", subject.name),
        kind => format!("{} ({kind})", subject.name),
    };
    let top = template::Top {
        title: format!("{} {} - recovery", subject.name, subject.kind),
        heading,
        subcategory: &subcategory(short),
        description: subject.description,
    };
    let mut parts = vec![("example", example(&format!("{folder}/{}", subject.example))), ("schema", subject.reference)];
    if let Some(import) = examples::read_if_there(&format!("{folder}/import.sh")) {
        parts.push(("import", code("shell", &import) + &render::identity(subject.name, subject.identity)));
    }
    Page { text: template::page(&path, &top, &parts), path }
}

/// The service's name in the Registry's menu, `Distributed Cache Service (DCS)`: from the head of its facts.
fn subcategory(short: &str) -> String {
    let key = short.split('_').next().unwrap_or_default();
    let facts = fs::read_to_string(root().join(format!("facts/{key}.md"))).unwrap_or_default();
    let head = facts.lines().next().and_then(|line| line.strip_prefix("# ")?.split_once(": "));
    head.map(|(short, long)| format!("{long} ({short})")).unwrap_or_default()
}

/// An example as code. That none is missing is a test of its own.
fn example(path: &str) -> String {
    code("terraform", &examples::read_if_there(path).unwrap_or_else(|| format!("# examples/{path} is missing")))
}

fn code(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```", text.trim_end())
}

/// True for what the user can write.
pub(crate) fn is_argument(mode: Mode) -> bool {
    mode != Mode::Computed
}
