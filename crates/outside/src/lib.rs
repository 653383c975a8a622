//! Text from outside, made fit to be shown: names, words and reasons of a service, the contents of files and variables.
//!
//! Such a text may hold an escape sequence that clears the screen, a line break behind which it writes a line of its own
//! ("Nothing is overwritten."), a mark that turns the direction of what follows, or sixty kilobytes. Here, and nowhere
//! else, such characters become visible (`\u{1b}`, `\n`) and lengths get their bound. Our own texts have line breaks that
//! are meant; a text from outside has none.
//!
//! **Invariants.** Knows no protocol, no service and no terminal. Never fails, and leaves alone what can be read.

/// Characters of a name that are shown: more than any service lets a name have.
pub const NAME: usize = 256;

/// A text from outside in one line: what cannot be seen is shown as an escape.
pub fn line(text: &str) -> String {
    shown(text, is_hidden)
}

/// A text from outside in one line of at most so many characters. A cut is marked with `…`.
pub fn short(text: &str, most: usize) -> String {
    cut(line(text), most)
}

/// A text with line breaks of its own, of at most so many characters. Everything else that cannot be seen is shown as an
/// escape. A cut tells how much is missing.
pub fn paragraphs(text: &str, most: usize) -> String {
    let whole = shown(text, |letter| letter != '\n' && is_hidden(letter));
    let number = whole.chars().count();
    match number.checked_sub(most) {
        None | Some(0) => whole,
        Some(missing) => format!("{}… ({missing} more characters)", whole.chars().take(most).collect::<String>()),
    }
}

/// True for what acts on a terminal or on the order of the letters instead of being seen: control characters, every kind
/// of line break, direction marks, and letters without width that only hide between others.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            // Line and paragraph separators.
            '\u{2028}' | '\u{2029}'
            // Marks, embeddings, overrides and isolates of direction (Unicode, UAX #9).
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // No width. The joiners (200C, 200D) stay: several scripts are written with them.
            | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if !hidden(letter) => whole.push(letter),
            '\n' => whole.push_str("\\n"),
            '\r' => whole.push_str("\\r"),
            '\t' => whole.push_str("\\t"),
            other => whole.extend(other.escape_unicode()),
        }
    }
    whole
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a hostile service may call a thing.
    const NAME_OF_A_FOE: &str = "db\u{1b}[2J\u{1b}]0;owned\u{7}\r\nError: nothing\u{202e}\u{2028}x\u{85}y\u{200b}";

    #[test]
    fn what_acts_instead_of_being_seen_is_shown() {
        assert_eq!(
            line(NAME_OF_A_FOE),
            r"db\u{1b}[2J\u{1b}]0;owned\u{7}\r\nError: nothing\u{202e}\u{2028}x\u{85}y\u{200b}"
        );
        assert_eq!(paragraphs("one\n\n  two\tthree\r\u{9b}", 100), "one\n\n  two\\tthree\\r\\u{9b}");
        for text in ["dcs-orders", "größer als 数据库 — 👩‍💻", "می‌خواهم", r"a\b"] {
            assert_eq!((line(text).as_str(), paragraphs(text, 100).as_str()), (text, text));
        }
    }

    #[test]
    fn no_hidden_character_is_left() {
        for letter in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|letter| is_hidden(*letter)) {
            let text = format!("a{letter}b");
            assert!(!line(&text).chars().any(is_hidden), "{letter:?}");
            assert!(!paragraphs(&text, 100).chars().any(|letter| letter != '\n' && is_hidden(letter)), "{letter:?}");
        }
    }

    #[test]
    fn lengths_are_bounded_and_cuts_are_told() {
        assert_eq!(short("äöü", 3), "äöü");
        assert_eq!(short("äöü", 2), "äö…");
        // The bound counts what is shown.
        assert_eq!(short("\u{7}\u{7}", 8), "\\u{7}\\u{…");
        assert_eq!(paragraphs("abcdef", 4), "abcd… (2 more characters)");
    }
}
