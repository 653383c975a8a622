//! Moments, ages, sizes and names, as messages have them.

use jiff::Timestamp;

/// A moment to the minute: `2026-11-20 02:13 UTC`.
pub fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How old something is, in the one unit that says it best: `6 hours old`.
pub fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(time).as_secs();
    let count = |number: i64, unit: &str| format!("{number} {unit}{} old", if number == 1 { "" } else { "s" });
    match seconds {
        ..-60 => "dated in the future".to_owned(),
        -60..60 => "less than a minute old".to_owned(),
        60..7200 => count(seconds / 60, "minute"),
        7200..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// A size in the unit that says it best: `1.2 GiB`.
pub fn bytes(size: i64) -> String {
    let size = size.max(0);
    for (unit, name) in [(1_i64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if size >= unit {
            let tenths = i128::from(size) * 10 / i128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{size} bytes")
}

/// A thing by name and id: `cache-1 (5d1e…)`, or by id alone.
pub fn named(name: Option<&str>, id: &str) -> String {
    match name {
        Some(name) if name != id => format!("{} ({id})", outside::short(name, outside::NAME)),
        _ => id.to_owned(),
    }
}

/// What to say about an id that is none: a sentence that begins with a space, or nothing. Ids of these clouds are 32
/// hexadecimal digits, with or without hyphens, and at times a few letters behind (`…in09`).
pub fn name_hint(id: &str) -> &'static str {
    let digits: Vec<char> = id.chars().filter(|letter| *letter != '-').collect();
    let is_id = digits.len() >= 32 && digits.iter().take(32).all(char::is_ascii_hexdigit);
    match is_id || id.is_empty() {
        true => "",
        false => " It looks like a name, not like an ID: the console shows the ID beside the name.",
    }
}

/// A number of things: `1 backup`, `2 backups`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`.
pub fn enumerated(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [several @ .., last] => format!("{} and {last}", several.join(", ")),
    }
}

/// The text as the beginning of a sentence.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A moment to the second, without its fraction: what intervals of time are given in.
pub fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ages_are_told_in_one_unit() {
        let now = at("2026-11-20T12:00:00Z");
        for (time, words) in [
            ("2026-11-20T11:59:40Z", "less than a minute old"),
            ("2026-11-20T11:58:50Z", "1 minute old"),
            ("2026-11-20T10:10:00Z", "110 minutes old"),
            ("2026-11-20T06:00:00Z", "6 hours old"),
            ("2026-11-17T06:00:00Z", "3 days old"),
            ("2026-11-20T13:00:00Z", "dated in the future"),
        ] {
            assert_eq!(age(at(time), now), words, "{time}");
        }
    }

    #[test]
    fn a_name_in_place_of_an_id_is_told() {
        for id in ["5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294", "1f5c1b4d0d9f4f1c8f9e1b2a3c4d5e6fin09", ""] {
            assert_eq!(name_hint(id), "", "{id}");
        }
        for name in ["dcs-orders", "orders", "5d1e9a30-7c42"] {
            assert!(name_hint(name).contains("looks like a name"), "{name}");
        }
    }

    #[test]
    fn sizes_and_names() {
        for (size, words) in
            [(0, "0 bytes"), (880_232, "859.6 KiB"), (5 << 30, "5.0 GiB"), (-1, "0 bytes"), (i64::MAX, "8388607.9 TiB")]
        {
            assert_eq!(bytes(size), words, "{size}");
        }
        assert_eq!(named(Some("cache-1"), "i"), "cache-1 (i)");
        assert_eq!(named(None, "i"), "i");
        assert_eq!(enumerated(&["a", "b", "c"]), "a, b and c");
        assert_eq!(moment(at("2026-11-20T02:13:59Z")), "2026-11-20 02:13 UTC");
        assert_eq!(capitalised("disk x"), "Disk x");
        assert_eq!((counted(1, "backup"), counted(0, "backup")), ("1 backup".into(), "0 backups".into()));
    }
}
