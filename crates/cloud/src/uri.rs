//! Percent encoding, the same for what is sent and what is signed.

/// Encodes one path segment, query name or query value: unreserved characters stay, all else becomes `%XX`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.push(hex_digit(byte >> 4));
                encoded.push(hex_digit(byte & 15));
            }
        }
    }
    encoded
}

/// The query string in signing order: sorted by raw name in byte order, repeated names by value; `name=` when empty.
/// The very same string is signed and sent.
pub(crate) fn query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort();
    let pairs: Vec<String> = sorted.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

fn hex_digit(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode("aZ09-_.~"), "aZ09-_.~");
        assert_eq!(encode("a b/x,y*+ü"), "a%20b%2Fx%2Cy%2A%2B%C3%BC");
    }

    #[test]
    fn queries_are_sorted_by_raw_name_then_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = [pair("k", "b"), pair("a", "1"), pair("k", "a"), pair("B", "2"), pair("empty", "")];
        assert_eq!(query(&pairs), "B=2&a=1&empty=&k=a&k=b");
    }
}
