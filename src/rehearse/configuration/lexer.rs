//! Tokens of Terraform's native syntax, as far as they matter for where blocks begin and end.
//!
//! Follows the scanner of the core (`hclsyntax/scan_tokens.rl` of hashicorp/hcl). What that scanner would call invalid,
//! or what could be read in two ways, is refused: a file that is misread here could hide a block.

use super::Unclear;

/// What a token is. Quoted and indented texts are one token each, templates in them included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Name,
    /// A text in quotation marks without escapes and templates, which alone can be a label.
    Label,
    Text,
    Newline,
    /// A single `=`.
    Equal,
    Open(char),
    Close(char),
    Other,
}

/// A token and the bytes it occupies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Templates in templates, and brackets in brackets, deeper than this are refused: no stack is endless.
const DEEPEST: usize = 100;

/// The tokens of a file, comments and blanks left out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Unclear> {
    let mut lexer = Lexer { text, at: 0, depth: 0 };
    // The core skips a byte order mark, too.
    lexer.take("\u{feff}");
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn unclear(&self, why: &'static str) -> Unclear {
        Unclear::at(self.text, self.at, why)
    }

    /// The next token; none at the end of the file.
    fn token(&mut self) -> Result<Option<Token>, Unclear> {
        self.skip_blanks_and_notes()?;
        let start = self.at;
        let Some(letter) = self.rest().chars().next() else { return Ok(None) };
        let kind = match letter {
            '"' => self.quoted()?,
            '<' if self.take("<<") => self.heredoc()?,
            '#' => self.line_comment(),
            '/' if self.rest().starts_with("//") => self.line_comment(),
            letter if is_first(letter) => self.name(),
            _ => {
                self.next();
                self.symbol(letter)?
            }
        };
        Ok(Some(Token { kind, start, end: self.at }))
    }

    fn skip_blanks_and_notes(&mut self) -> Result<(), Unclear> {
        loop {
            if self.take(" ") || self.take("\t") {
                continue;
            }
            if !self.take("/*") {
                return Ok(());
            }
            let end = self.rest().find("*/").ok_or_else(|| self.unclear("a comment does not end"))?;
            self.at += end + 2;
        }
    }

    /// A comment up to the end of its line stands for that end.
    fn line_comment(&mut self) -> Kind {
        self.at += self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
        Kind::Newline
    }

    fn name(&mut self) -> Kind {
        let length = self.rest().find(|letter| !is_first(letter) && !letter.is_numeric() && letter != '-');
        self.at += length.unwrap_or(self.rest().len());
        Kind::Name
    }

    fn symbol(&mut self, letter: char) -> Result<Kind, Unclear> {
        Ok(match letter {
            '\n' => Kind::Newline,
            '\r' if self.take("\n") => Kind::Newline,
            '{' | '[' | '(' => Kind::Open(letter),
            '}' | ']' | ')' => Kind::Close(letter),
            '=' if self.take("=") || self.take(">") => Kind::Other,
            '=' => Kind::Equal,
            '!' | '<' | '>' => {
                self.take("=");
                Kind::Other
            }
            '0'..='9' | '.' | ',' | '*' | '/' | '%' | '+' | '-' | '?' | ':' | '&' | '|' | '~' => Kind::Other,
            _ => return Err(self.unclear("a character that means nothing here")),
        })
    }

    fn quoted(&mut self) -> Result<Kind, Unclear> {
        self.next();
        let mut kind = Kind::Label;
        loop {
            match self.next() {
                Some('"') => return Ok(kind),
                Some('\\') => {
                    kind = Kind::Text;
                    self.next();
                }
                Some(mark @ ('$' | '%')) => {
                    kind = Kind::Text;
                    self.after_template_mark(mark)?;
                }
                Some('\n' | '\r') | None => return Err(self.unclear("a text does not end in its line")),
                Some(_) => {}
            }
        }
    }

    /// `${` and `%{` begin a template, `$${` and `%%{` are plain text, and so is any other `$` or `%`.
    fn after_template_mark(&mut self, mark: char) -> Result<(), Unclear> {
        if self.take("{") {
            return self.template();
        }
        if self.rest().starts_with(mark) && self.rest().get(1..).is_some_and(|rest| rest.starts_with('{')) {
            self.at += 2;
        }
        Ok(())
    }

    /// The inside of a template, up to the brace that closes it.
    fn template(&mut self) -> Result<(), Unclear> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unclear("templates are nested too deeply"));
        }
        let mut open = Vec::new();
        loop {
            match self.token()?.map(|token| token.kind) {
                Some(Kind::Open(bracket)) => open.push(bracket),
                Some(Kind::Close(bracket)) => match open.pop() {
                    Some(opened) if is_pair(opened, bracket) => {}
                    None if bracket == '}' => break,
                    _ => return Err(self.unclear("brackets do not match")),
                },
                Some(_) => {}
                None => return Err(self.unclear("a template does not end")),
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Lines up to one that has nothing but the marker. The end of that line is a token of its own.
    fn heredoc(&mut self) -> Result<Kind, Unclear> {
        self.take("-");
        let start = self.at;
        if self.rest().starts_with(is_first) {
            self.name();
        }
        let marker = self.text.get(start..self.at).unwrap_or_default();
        if marker.is_empty() || !(self.take("\n") || self.take("\r\n")) {
            return Err(self.unclear("<< begins no text"));
        }
        loop {
            let line_end = self.rest().find('\n').ok_or_else(|| self.unclear("a text does not end"))?;
            let line = self.rest().get(..line_end).unwrap_or_default();
            if line.trim() == marker {
                self.at += line.trim_end_matches('\r').len();
                return Ok(Kind::Text);
            }
            self.heredoc_line()?;
        }
    }

    fn heredoc_line(&mut self) -> Result<(), Unclear> {
        loop {
            match self.next() {
                Some('\n') => return Ok(()),
                Some('\r') if !self.rest().starts_with('\n') => {
                    return Err(self.unclear("a carriage return within a line"));
                }
                Some(mark @ ('$' | '%')) => self.after_template_mark(mark)?,
                Some(_) => {}
                None => return Err(self.unclear("a text does not end")),
            }
        }
    }
}

fn is_first(letter: char) -> bool {
    letter == '_' || letter.is_alphabetic()
}

/// Whether two brackets belong together.
pub(super) fn is_pair(open: char, close: char) -> bool {
    matches!((open, close), ('{', '}') | ('[', ']') | ('(', ')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens as texts, line ends as `~`.
    fn words(text: &str) -> Vec<&str> {
        let shown = |token: Token| match token.kind {
            Kind::Newline => "~",
            _ => text.get(token.start..token.end).unwrap(),
        };
        tokens(text).unwrap_or_else(|unclear| panic!("{text}: {unclear:?}")).into_iter().map(shown).collect()
    }

    #[test]
    fn texts_and_comments_are_no_structure() {
        for (text, expected) in [
            ("a = 1 # b {\nc", vec!["a", "=", "1", "~", "c"]),
            ("a // b {\nc", vec!["a", "~", "c"]),
            ("a /* b {\n */ c", vec!["a", "c"]),
            ("/**/a /*/ b */c", vec!["a", "c"]),
            ("a \"b {\" c", vec!["a", "\"b {\"", "c"]),
            (r#"a "\"{" c"#, vec!["a", r#""\"{""#, "c"]),
            (r#"a "${b["}"]} {" c"#, vec!["a", r#""${b["}"]} {""#, "c"]),
            (r#"a "$${b {" c"#, vec!["a", r#""$${b {""#, "c"]),
            (r#"a "$$${b {" c"#, vec!["a", r#""$$${b {""#, "c"]),
            (r#"a "%{ if "}" == "{" }x%{ endif }{" c"#, vec!["a", r#""%{ if "}" == "{" }x%{ endif }{""#, "c"]),
            (r#"a "$" "%" b"#, vec!["a", r#""$""#, r#""%""#, "b"]),
            ("a <<E\nb {\nE\nc", vec!["a", "<<E\nb {\nE", "~", "c"]),
            ("a <<-E\r\nb {\r\n  E\r\nc", vec!["a", "<<-E\r\nb {\r\n  E", "~", "c"]),
            ("a <<E\n${<<F\nE\nF\n}\nE\nc", vec!["a", "<<E\n${<<F\nE\nF\n}\nE", "~", "c"]),
            ("a <<E\n# x\n$\nE\nc", vec!["a", "<<E\n# x\n$\nE", "~", "c"]),
            ("a <<E\n${1}\n}E\nE\nc", vec!["a", "<<E\n${1}\n}E\nE", "~", "c"]),
            ("\u{feff}a-b_2 = ä", vec!["a-b_2", "=", "ä"]),
            ("a == b => c != d", vec!["a", "==", "b", "=>", "c", "!=", "d"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn only_a_plain_text_can_be_a_label() {
        for (text, kind) in [
            (r#""local""#, Kind::Label),
            (r#""l\u006fcal""#, Kind::Text),
            (r#""${x}""#, Kind::Text),
            ("local", Kind::Name),
            ("=", Kind::Equal),
            ("==", Kind::Other),
        ] {
            assert_eq!(tokens(text).unwrap()[0].kind, kind, "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            "\"a",
            "\"a\nb\"",
            "\"a\rb\"",
            "\"${a\"",
            "\"${(}\"",
            "/* a",
            "a << 2",
            "<<E\na",
            "<<E\na\nE",
            "<<E\na\rb\nE\n",
            "<<E x\nE\n",
            "a\rb",
            "a ; b",
            "a 'b'",
            "\u{a0}a",
            "\0",
        ] {
            assert!(tokens(text).is_err(), "{text:?}");
        }
        assert!(tokens(&format!("\"{}", "${\"".repeat(100_000))).is_err(), "no stack is endless");
    }
}
