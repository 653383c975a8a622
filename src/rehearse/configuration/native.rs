//! Blocks of the native syntax.

use super::lexer::{self, Kind, Token};
use super::{Content, Item, Unclear};

/// Blocks in blocks deeper than this are refused.
const DEEPEST: usize = 100;

/// What stands in a file.
pub(super) fn items(text: &str) -> Result<Vec<Item>, Unclear> {
    let tokens = lexer::tokens(text)?;
    Parser { text, tokens: &tokens, at: 0 }.body(0)
}

/// Where something stands that looks like the beginning of a block of one of these names, whatever is around it.
pub(super) fn beginnings(text: &str, names: &[&str]) -> Result<Vec<usize>, Unclear> {
    let tokens = lexer::tokens(text)?;
    let is_named = |token: &Token| names.contains(&text.get(token.start..token.end).unwrap_or_default());
    let begins = |at: usize| {
        let mut after = tokens.get(at + 1..).unwrap_or_default().iter().map(|token| token.kind);
        after.find(|kind| !matches!(kind, Kind::Name | Kind::Label | Kind::Text)) == Some(Kind::Open('{'))
    };
    let found = tokens.iter().enumerate().filter(|(at, token)| is_named(token) && begins(*at));
    Ok(found.map(|(_, token)| token.start).collect())
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn unclear(&self, why: &'static str) -> Unclear {
        let at = self.peek().or(self.tokens.last().copied()).map_or(0, |token| token.start);
        Unclear::at(self.text, at, why)
    }

    fn text_of(&self, token: Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// What stands in a block, up to its closing brace; at depth 0, in the file.
    fn body(&mut self, depth: usize) -> Result<Vec<Item>, Unclear> {
        if depth > DEEPEST {
            return Err(self.unclear("blocks are nested too deeply"));
        }
        let mut items = Vec::new();
        loop {
            match self.next() {
                None if depth == 0 => return Ok(items),
                Some(Token { kind: Kind::Newline, .. }) => {}
                Some(Token { kind: Kind::Close('}'), .. }) if depth > 0 => return Ok(items),
                Some(name @ Token { kind: Kind::Name, .. }) => items.push(self.item(name, depth)?),
                None => return Err(self.unclear("a block does not end")),
                Some(_) => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unclear("neither an argument nor a block"));
                }
            }
        }
    }

    fn item(&mut self, name: Token, depth: usize) -> Result<Item, Unclear> {
        let labels_or_equal = self.peek().map(|token| token.kind);
        let (labels, content) = match labels_or_equal {
            Some(Kind::Equal) => {
                self.next();
                (Vec::new(), self.expression()?)
            }
            _ => (self.labels()?, Content::Block(self.body(depth + 1)?)),
        };
        let end = self.tokens.get(self.at.saturating_sub(1)).map_or(name.end, |token| token.end);
        let line = super::line_of(self.text, name.start);
        Ok(Item { name: self.text_of(name).to_owned(), labels, line, start: name.start, end, content })
    }

    /// The labels of a block and its opening brace.
    fn labels(&mut self) -> Result<Vec<String>, Unclear> {
        let mut labels = Vec::new();
        loop {
            match self.next() {
                Some(token @ Token { kind: Kind::Name | Kind::Label, .. }) => {
                    labels.push(self.text_of(token).trim_matches('"').to_owned());
                }
                Some(Token { kind: Kind::Open('{'), .. }) => return Ok(labels),
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unclear("neither an argument nor a block"));
                }
            }
        }
    }

    /// The value of an argument: up to the end of the line outside of all brackets, or to the brace that closes a block
    /// of one line.
    fn expression(&mut self) -> Result<Content, Unclear> {
        let start = self.peek().map_or(self.text.len(), |token| token.start);
        let mut end = start;
        let mut open = Vec::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Newline if open.is_empty() => break,
                Kind::Close('}') if open.is_empty() => break,
                Kind::Open(bracket) => open.push(bracket),
                Kind::Close(bracket) if open.pop().is_some_and(|opened| lexer::is_pair(opened, bracket)) => {}
                Kind::Close(_) => return Err(self.unclear("brackets do not match")),
                _ => {}
            }
            end = token.end;
            self.next();
        }
        match open.is_empty() && end > start {
            true => Ok(Content::Argument(self.text.get(start..end).unwrap_or_default().to_owned())),
            false => Err(self.unclear("an argument has no value that ends")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The structure in short: names with labels, blocks in braces.
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
    fn blocks_are_found_where_the_core_finds_them() {
        for (text, expected) in [
            ("terraform {\n  backend \"s3\" {\n    a = 1\n  }\n}\n", "terraform{backend.s3{a=1}}"),
            ("terraform { backend local {} }", "terraform{backend.local{}}"),
            ("terraform {\r\n  cloud {\r\n  }\r\n}", "terraform{cloud{}}"),
            ("terraform /* a */ { # b\n cloud{}}", "terraform{cloud{}}"),
            ("terraform {}\nterraform {\n}\n", "terraform{} terraform{}"),
            ("locals {\n  terraform = {\n    backend = 1\n  }\n}\n", "locals{terraform={\n    backend = 1\n  }}"),
            (
                "locals {\n  a = \"terraform { backend\" # {\n  b = [\n    1,\n  ]\n}\n",
                "locals{a=\"terraform { backend\" b=[\n    1,\n  ]}",
            ),
            ("a = <<E\nterraform {\nE\nb = 2\n", "a=<<E\nterraform {\nE b=2"),
            ("a = f(\n  1,\n)\nb {}\n", "a=f(\n  1,\n) b{}"),
            ("resource \"a\" \"b\" {\n  c {\n    d = e\n  }\n}\n", "resource.a.b{c{d=e}}"),
            ("", ""),
        ] {
            assert_eq!(shape(&items(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_file() {
        let text = "\n\nterraform {\n  backend \"x\" {\n  }\n}\n";
        let items = items(text).unwrap();
        let Content::Block(inner) = &items[0].content else { panic!("{items:?}") };
        assert_eq!((items[0].line, inner[0].line), (3, 4));
        assert_eq!(&text[inner[0].start..inner[0].end], "backend \"x\" {\n  }");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for text in [
            "terraform {",
            "terraform }",
            "}",
            "\"terraform\" {}",
            "terraform",
            "terraform\n{}",
            "terraform (a) {}",
            "terraform \"a${b}\" {}",
            "terraform \"\\u0061\" {}",
            "a = ",
            "a = [\n",
            "a = (1]\n",
            "= 1",
            "1",
        ] {
            assert!(items(text).is_err(), "{text:?}: {:?}", items(text));
        }
        assert!(items(&"a {\n".repeat(100_000)).is_err(), "no stack is endless");
    }

    #[test]
    fn a_beginning_is_found_in_any_place() {
        let found = |text: &str| beginnings(text, &["terraform"]).unwrap().len();
        for (text, expected) in [
            ("terraform {\n}", 1),
            ("a = 1 terraform {\n}\n", 1),
            ("a = [terraform \"b\" c {\n}\n]", 1),
            ("a = terraform.workspace\n", 0),
            ("terraform = {}\n", 0),
            ("a = \"terraform {\"\n", 0),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
