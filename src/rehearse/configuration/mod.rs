//! The shape of configuration files: which blocks stand in them, and where. Values are not evaluated, and a file that is
//! not understood is said to be so, instead of being guessed at: what the rehearsal must find could hide in it.

mod json;
mod lexer;
mod native;

/// Something that stands in a file or in a block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Name of the argument, or type of the block.
    pub(super) name: String,
    /// Labels of a block.
    pub(super) labels: Vec<String>,
    /// Line of its beginning, from 1.
    pub(super) line: usize,
    /// First byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
    /// What it holds.
    pub(super) content: Content,
}

/// What an item holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// The value, as it is written.
    Argument(String),
    /// What stands in the block.
    Block(Vec<Item>),
}

impl Item {
    /// What stands in the block; nothing in an argument.
    pub(super) fn items(&self) -> &[Item] {
        match &self.content {
            Content::Argument(_) => &[],
            Content::Block(items) => items,
        }
    }
}

/// Why a file is not understood.
#[derive(Debug, PartialEq)]
pub(super) struct Unclear {
    /// Where, from 1.
    pub(super) line: usize,
    /// What is wrong there.
    pub(super) why: &'static str,
}

impl Unclear {
    /// What is wrong at a byte of a text.
    pub(super) fn at(text: &str, at: usize, why: &'static str) -> Unclear {
        Unclear { line: line_of(text, at), why }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Syntax {
    Native,
    Json,
}

/// What a file is to a core, by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Role {
    pub(super) syntax: Syntax,
    /// Of tests, which have `run` blocks in place of a `terraform` block.
    pub(super) is_test: bool,
    /// Hidden files and those that editors leave behind are read by no core.
    pub(super) is_ignored: bool,
}

/// Endings of configuration files and of tests, of Terraform and OpenTofu.
const ENDINGS: [(&str, Syntax, bool); 8] = [
    (".tf", Syntax::Native, false),
    (".tofu", Syntax::Native, false),
    (".tf.json", Syntax::Json, false),
    (".tofu.json", Syntax::Json, false),
    (".tftest.hcl", Syntax::Native, true),
    (".tofutest.hcl", Syntax::Native, true),
    (".tftest.json", Syntax::Json, true),
    (".tofutest.json", Syntax::Json, true),
];

/// What a file of this name is to a core; none for files that it does not look at.
pub(super) fn role(name: &str) -> Option<Role> {
    let (_, syntax, is_test) = *ENDINGS.iter().find(|(ending, ..)| name.ends_with(ending))?;
    let is_ignored = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    Some(Role { syntax, is_test, is_ignored })
}

/// The text of a file.
///
/// # Errors
/// It is none.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Unclear> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Unclear { line, why: "it is no text in UTF-8" }
    })
}

/// What stands in a file.
///
/// # Errors
/// It is not understood.
pub(super) fn items(text: &str, syntax: Syntax) -> Result<Vec<Item>, Unclear> {
    match syntax {
        Syntax::Native => native::items(text),
        Syntax::Json => json::items(text),
    }
}

/// The bytes at which something stands that looks like the beginning of a block of one of these names, whatever is
/// around it: a core goes on after a fault in a file, and may see blocks there.
///
/// # Errors
/// The file is not understood.
pub(super) fn beginnings(text: &str, syntax: Syntax, names: &[&str]) -> Result<Vec<usize>, Unclear> {
    match syntax {
        Syntax::Native => native::beginnings(text, names),
        // A fault in JSON leaves nothing to go on with.
        Syntax::Json => Ok(Vec::new()),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_core_reads() {
        let role = |name| role(name).map(|role| (role.syntax, role.is_test, role.is_ignored));
        for (name, expected) in [
            ("main.tf", Some((Syntax::Native, false, false))),
            ("änderung_override.tf", Some((Syntax::Native, false, false))),
            ("override.tofu.json", Some((Syntax::Json, false, false))),
            (".tf", Some((Syntax::Native, false, true))),
            (".#main.tf", Some((Syntax::Native, false, true))),
            ("a.tftest.hcl", Some((Syntax::Native, true, false))),
            ("main.tf~", None),
            ("main.TF", None),
            ("x.json", None),
            ("terraform.tfvars", None),
        ] {
            assert_eq!(role(name), expected, "{name}");
        }
    }
}
