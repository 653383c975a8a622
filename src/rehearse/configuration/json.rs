//! Blocks of the JSON syntax.
//!
//! Keys are compared as they read once their escapes are resolved, and a key that stands twice counts twice, as the core
//! has it.

use serde_json::Value;

use super::{Content, Item, Unclear};

/// Blocks that have labels, which are levels of objects in JSON, and others that are looked for.
const BLOCKS: [(&str, usize); 13] = [
    ("terraform", 0),
    ("backend", 1),
    ("state_store", 1),
    ("cloud", 0),
    ("encryption", 0),
    ("resource", 2),
    ("data", 2),
    ("module", 1),
    ("provider", 1),
    ("check", 1),
    ("removed", 0),
    ("provisioner", 1),
    ("run", 1),
];

/// What stands in a file.
pub(super) fn items(text: &str) -> Result<Vec<Item>, Unclear> {
    // Refuses what is no JSON, and what is nested too deeply.
    serde_json::from_str::<Value>(text)
        .map_err(|error| Unclear { line: error.line(), why: "it is no JSON of the usual depth" })?;
    let mut items = Vec::new();
    body(text, &Reader { text, at: 0 }.node(), &mut items);
    Ok(items)
}

/// Items of an object, or of all objects of an array.
fn body(text: &str, node: &Node, items: &mut Vec<Item>) {
    match node {
        Node::Object(members) => members.iter().for_each(|member| item(text, member, items)),
        Node::Array(nodes) => nodes.iter().for_each(|node| body(text, node, items)),
        Node::Scalar(_) => {}
    }
}

fn item(text: &str, member: &Member, items: &mut Vec<Item>) {
    let before = items.len();
    if let Some((_, labels)) = BLOCKS.iter().find(|(name, _)| *name == member.name) {
        blocks(text, member, &member.value, *labels, &mut Vec::new(), items);
    }
    if items.len() == before {
        let value = match &member.value {
            Node::Scalar(value) => value.trim_matches('"').to_owned(),
            _ => behind_the_name(text.get(member.start..member.end).unwrap_or_default()).to_owned(),
        };
        items.push(made(text, member, Vec::new(), Content::Argument(value)));
    }
}

/// The value of a member, as it is written.
fn behind_the_name(member: &str) -> &str {
    let mut parts = serde_json::Deserializer::from_str(member).into_iter::<String>();
    let _name = parts.next();
    let rest = member.get(parts.byte_offset()..).unwrap_or_default();
    rest.trim_start().trim_start_matches(':').trim()
}

fn blocks(text: &str, member: &Member, node: &Node, left: usize, labels: &mut Vec<String>, items: &mut Vec<Item>) {
    match node {
        Node::Array(nodes) => nodes.iter().for_each(|node| blocks(text, member, node, left, labels, items)),
        Node::Object(members) if left > 0 => {
            for inner in members {
                labels.push(inner.name.clone());
                blocks(text, member, &inner.value, left - 1, labels, items);
                labels.pop();
            }
        }
        Node::Object(_) => {
            let mut inner = Vec::new();
            body(text, node, &mut inner);
            items.push(made(text, member, labels.clone(), Content::Block(inner)));
        }
        Node::Scalar(_) => {}
    }
}

fn made(text: &str, member: &Member, labels: Vec<String>, content: Content) -> Item {
    let line = super::line_of(text, member.start);
    Item { name: member.name.clone(), labels, line, start: member.start, end: member.end, content }
}

enum Node {
    Object(Vec<Member>),
    Array(Vec<Node>),
    Scalar(String),
}

/// A key with its value, and the bytes that both occupy.
struct Member {
    name: String,
    start: usize,
    end: usize,
    value: Node,
}

/// Walks over a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start().len();
        rest.trim_start().chars().next()
    }

    fn node(&mut self) -> Node {
        match self.peek() {
            Some('{') => Node::Object(self.list(Reader::member)),
            Some('[') => Node::Array(self.list(Reader::node)),
            _ => Node::Scalar(self.scalar().to_owned()),
        }
    }

    /// What stands between brackets and commas.
    fn list<T>(&mut self, read: fn(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some('}' | ']') | None => break,
                Some(',') => self.at += 1,
                Some(_) => list.push(read(self)),
            }
        }
        self.at += 1;
        list
    }

    fn member(&mut self) -> Member {
        let start = self.at;
        let name = serde_json::from_str(self.scalar()).unwrap_or_default();
        if self.peek() == Some(':') {
            self.at += 1;
        }
        let value = self.node();
        Member { name, start, end: self.at, value }
    }

    /// A text with its quotation marks, a number or a word.
    fn scalar(&mut self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = match rest.strip_prefix('"') {
            Some(inside) => {
                let mut escaped = false;
                let end = inside.find(|letter| {
                    let ends = letter == '"' && !escaped;
                    escaped = letter == '\\' && !escaped;
                    ends
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            // At least one byte, so that every walk ends.
            None => rest.find([',', ':', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()).max(1),
        };
        let start = self.at;
        self.at += length;
        self.text.get(start..self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(items: &[Item]) -> String {
        let shown = |item: &Item| {
            let head = std::iter::once(&item.name).chain(&item.labels).cloned().collect::<Vec<_>>().join(".");
            match &item.content {
                Content::Argument(value) => format!("{head}={value}"),
                Content::Block(items) => format!("{head}{{{}}}", shape(items)),
            }
        };
        items.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_are_levels() {
        for (text, expected) in [
            (r#"{"terraform": {"backend": {"s3": {"a": 1}}}}"#, "terraform{backend.s3{a=1}}"),
            (
                r#"[{"terraform": [{"cloud": [{}]}, {"backend": [{"http": null}]}]}]"#,
                "terraform{cloud{}} terraform{backend=[{\"http\": null}]}",
            ),
            (r#"{"terraform": {"backend": {"local": {}, "s3": {}}}}"#, "terraform{backend.local{} backend.s3{}}"),
            (r#"{"t\u0065rraform": {"back\u0065nd": {"s3": {}}}}"#, "terraform{backend.s3{}}"),
            (r#"{"terraform": {}, "terraform": {"backend": {"s3": {}}}}"#, "terraform{} terraform{backend.s3{}}"),
            (r#"{"//": "terraform", "terraform": {"backend": []}}"#, "//=terraform terraform{backend=[]}"),
            (
                r#"{"resource": {"a": {"b": {"provisioner": [{"local-exec": {"when": "destroy"}}, {"file": {}}]}}}}"#,
                "resource.a.b{provisioner.local-exec{when=destroy} provisioner.file{}}",
            ),
            (r#"{"resource": [{"a": [{"b": [{"c": "\"}"}]}]}]}"#, r#"resource.a.b{c=\"}}"#),
            (r#"{"terraform": null}"#, "terraform=null"),
        ] {
            assert_eq!(shape(&items(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_members() {
        let text = "{\n \"terraform\": {\n  \"backend\" : { \"s3\": {} }\n }\n}";
        let items = items(text).unwrap();
        let Content::Block(inner) = &items[0].content else { panic!("{items:?}") };
        assert_eq!(inner[0].line, 3);
        assert_eq!(&text[inner[0].start..inner[0].end], r#""backend" : { "s3": {} }"#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{}}", "{'a': 1}", "{\"a\": 1,}", "// a\n{}", "\u{feff}{}", r#"{"\ud800": 1}"#] {
            assert!(items(text).is_err(), "{text}");
        }
        assert!(items(&"[".repeat(100_000)).is_err(), "no stack is endless");
    }
}
