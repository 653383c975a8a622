//! Templates: prose with marks where generated parts go. A mark stands alone on its line: `{{ schema }}`.
//!
//! The files lie in `templates/`, named like the pages. A page without a file gets the parts in the usual order.

use std::fs;

use crate::root;

/// The usual order.
const PLAIN: &str = "{{ description }}\n\n## Example Usage\n\n{{ example }}\n\n{{ schema }}\n";
/// What follows where objects can be imported.
const PLAIN_IMPORT: &str = "\n## Import\n\nBy `id`:\n\n{{ import }}\n";

/// The top of a page.
pub(crate) struct Top<'a> {
    /// Title of the browser's tab.
    pub(crate) title: String,
    /// First heading.
    pub(crate) heading: String,
    /// Group in the Registry's menu, may be empty.
    pub(crate) subcategory: &'a str,
    /// What it does, Markdown.
    pub(crate) description: &'a str,
}

/// A whole page: front matter, heading, and the template with its marks filled in.
///
/// Panics when the template leaves out a part, uses one twice, or has a mark that nothing fills.
pub(crate) fn page(path: &str, top: &Top<'_>, parts: &[(&str, String)]) -> String {
    let template = fs::read_to_string(root().join("templates").join(path)).unwrap_or_else(|_| plain(parts));
    let all: Vec<(&str, &str)> =
        parts.iter().map(|(name, text)| (*name, text.as_str())).chain([("description", top.description)]).collect();
    let body = fill(&template, &all).unwrap_or_else(|problem| panic!("templates/{path}: {problem}"));
    format!(
        "---\npage_title: \"{}\"\nsubcategory: \"{}\"\ndescription: |-\n  {}\n---\n\n# {}\n\n{}\n",
        top.title,
        top.subcategory,
        top.description.lines().next().unwrap_or_default(),
        top.heading,
        body.trim()
    )
}

fn plain(parts: &[(&str, String)]) -> String {
    let importable = parts.iter().any(|(name, _)| *name == "import");
    format!("{PLAIN}{}", if importable { PLAIN_IMPORT } else { "" })
}

fn fill(template: &str, parts: &[(&str, &str)]) -> Result<String, String> {
    let mut used = Vec::new();
    let mut lines = Vec::new();
    for line in template.lines() {
        let mark = line.strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}"));
        let Some(mark) = mark else {
            lines.push(line);
            continue;
        };
        let Some((name, text)) = parts.iter().find(|(name, _)| *name == mark) else {
            return Err(format!("nothing fills the mark {mark}"));
        };
        if used.contains(name) {
            return Err(format!("the mark {mark} stands there twice"));
        }
        used.push(*name);
        lines.push(text);
    }
    match parts.iter().find(|(name, _)| !used.contains(name)) {
        Some((name, _)) => Err(format!("the mark {name} is missing")),
        None => Ok(lines.join("\n")),
    }
}

#[test]
fn marks_are_filled_once_each() {
    let parts = [("a", "1\n2"), ("b", "3")];
    assert_eq!(fill("x\n{{ b }}\ny\n{{ a }}", &parts).as_deref(), Ok("x\n3\ny\n1\n2"));
    for (template, problem) in [
        ("{{ a }}", "the mark b is missing"),
        ("{{ a }}\n{{ b }}\n{{ a }}", "the mark a stands there twice"),
        ("{{ a }}\n{{ b }}\n{{ c }}", "nothing fills the mark c"),
    ] {
        assert_eq!(fill(template, &parts), Err(problem.to_owned()));
    }
}
