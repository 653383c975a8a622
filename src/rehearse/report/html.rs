//! A page under construction. What comes from outside gets into it by [`Html::text`], [`Html::paragraphs`] and
//! [`Html::data`] only, where it can neither be markup nor act on the order of the letters; everything else in it is a
//! constant of this program.

use std::fmt::Write;

use serde::Serialize;

/// Characters of one text with line breaks of its own. The warnings of this provider are shorter by far.
const LONGEST_TEXT: usize = 10_000;

/// Markup that is safe to show.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// A text in one line, also fit for an attribute in quotation marks.
    pub(super) fn text(&mut self, text: &str) -> &mut Html {
        self.escaped(&outside::line(text))
    }

    /// A text whose line breaks are meant.
    pub(super) fn paragraphs(&mut self, text: &str) -> &mut Html {
        self.escaped(&outside::paragraphs(text, LONGEST_TEXT))
    }

    /// A place in percent.
    pub(super) fn percent(&mut self, value: f64) -> &mut Html {
        // Writing into a text cannot fail.
        let _ = write!(self.0, "{value:.3}%");
        self
    }

    /// A whole number.
    pub(super) fn count(&mut self, number: usize) -> &mut Html {
        let _ = write!(self.0, "{number}");
        self
    }

    /// JSON for a `script` element that is data. In JSON each character may be written as an escape, so that nothing in it
    /// ends the element, and nothing in it is hidden.
    pub(super) fn data(&mut self, value: &impl Serialize) -> &mut Html {
        // What is shown here consists of texts, numbers and lists: that it cannot be written as JSON does not happen.
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        for letter in json.chars() {
            if letter != '\n' && (matches!(letter, '<' | '>' | '&') || outside::is_hidden(letter)) {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(self.0, "\\u{unit:04x}");
                }
            } else {
                self.0.push(letter);
            }
        }
        self
    }

    /// The whole page.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn escaped(&mut self, text: &str) -> &mut Html {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(write: impl FnOnce(&mut Html)) -> String {
        let mut html = Html::default();
        write(&mut html);
        html.into_text()
    }

    #[test]
    fn a_text_from_outside_is_no_markup() {
        let text = "<script>\"x\"</script> & 'y'\u{202e}\n";
        let shown = "&lt;script&gt;&quot;x&quot;&lt;/script&gt; &amp; &#39;y&#39;\\u{202e}";
        assert_eq!(
            written(|html| {
                html.text(text);
            }),
            format!("{shown}\\n")
        );
        assert_eq!(
            written(|html| {
                html.paragraphs(text);
            }),
            format!("{shown}\n")
        );
    }

    #[test]
    fn data_stays_what_it_is_and_ends_no_element() {
        let value = json!({"</script><!--": "a & b\u{2028}\u{202e}\u{7}\u{e0041}ä\"\\"});
        let data = written(|html| {
            html.data(&value);
        });
        assert!(!data.contains(['<', '>', '&']), "{data}");
        assert!(!data.chars().any(|letter| letter != '\n' && outside::is_hidden(letter)), "{data}");
        assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), value);
    }
}
