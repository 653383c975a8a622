//! Tables: what people write, and what it means.

use serde_json::{Value, json};

use super::{Words, read};

fn written(text: &str) -> Value {
    read(text, Words::AsWritten).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn words_of_configuration_files_stay_as_they_were_written() {
    let cases = [
        ("project_id: 0123", json!("0123")),
        ("project_id: '0123'", json!("0123")),
        ("project_id: 12345678901234567890123456789012", json!("12345678901234567890123456789012")),
        ("password: 1e3", json!("1e3")),
        ("password: 123e4567", json!("123e4567")),
        ("password: 1.10", json!("1.10")),
        ("password: 0x1F", json!("0x1F")),
        ("password: 1_000", json!("1_000")),
        ("password: 12:30:45", json!("12:30:45")),
        ("password: +5", json!("+5")),
        ("password: .inf", json!(".inf")),
        ("username: n", json!("n")),
        ("username: y", json!("y")),
        ("verify: yes", json!("yes")),
        ("verify: no", json!("no")),
        ("verify: Off", json!("Off")),
        ("verify: false", json!("false")),
        ("password: p@ss:w#rd", json!("p@ss:w#rd")),
        ("password: p # a comment", json!("p")),
        ("password: \"p # no comment\"", json!("p # no comment")),
        ("password: 'it''s'", json!("it's")),
        ("password: \"\\u00e9\\x41\\n\"", json!("éA\n")),
        ("password: !!str null", json!("null")),
        ("password: \"null\"", json!("null")),
        ("password: >-\n  two\n  lines", json!("two lines")),
        ("password: |\n  two\n  lines\n", json!("two\nlines\n")),
        ("cacert: ~/ca.pem", json!("~/ca.pem")),
        ("cacert: ~", Value::Null),
        ("cacert: null", Value::Null),
        ("cacert:", Value::Null),
        ("cacert: \"\"", json!("")),
        ("url: http://host:8080/v3", json!("http://host:8080/v3")),
        ("name: ä ö", json!("ä ö")),
        (
            "regions: [eu-nl, {name: eu-de, values: {a: 1}}]",
            json!(["eu-nl", { "name": "eu-de", "values": { "a": "1" } }]),
        ),
    ];
    for (text, expected) in cases {
        let document = written(text);
        let members: Vec<&Value> = document.as_object().unwrap().values().collect();
        assert_eq!(members, [&expected], "{text:?}");
    }
}

#[test]
fn typed_words_are_those_of_json() {
    let cases = [
        ("7", json!(7)),
        ("-7", json!(-7)),
        ("1.5", json!(1.5)),
        ("1e3", serde_json::from_str("1e3").unwrap()),
        ("12345678901234567890123", serde_json::from_str("12345678901234567890123").unwrap()),
        ("true", json!(true)),
        ("False", json!(false)),
        ("null", Value::Null),
        ("yes", json!("yes")),
        ("off", json!("off")),
        ("0123", json!("0123")),
        ("0x1F", json!("0x1F")),
        ("+5", json!("+5")),
        (".5", json!(".5")),
        ("5.", json!("5.")),
        ("-", json!("-")),
        ("1 000", json!("1 000")),
        ("2020-01-01", json!("2020-01-01")),
        ("\"7\"", json!("7")),
        ("!!str 7", json!("7")),
    ];
    for (word, expected) in cases {
        // A lone dash would be a list.
        let text = format!("{{ \"a\": [{word}] }}");
        match read(&text, Words::Typed) {
            Ok(document) => assert_eq!(document, json!({ "a": [expected] }), "{word}"),
            Err(error) => assert_eq!(word, "-", "{error}"),
        }
    }
}

#[test]
fn documents_of_every_make_are_read() {
    let cases = [
        ("", Value::Null),
        ("# only a comment\n", Value::Null),
        ("---\na: b\n...\n", json!({ "a": "b" })),
        ("%YAML 1.1\n---\na: b\n", json!({ "a": "b" })),
        ("\u{feff}a: b\n", json!({ "a": "b" })),
        ("\u{feff}{\"a\": \"b\"}", json!({ "a": "b" })),
        ("a: b\r\nc:\r\n  d: e\r\n", json!({ "a": "b", "c": { "d": "e" } })),
        ("{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": \"x\\/y\"\n\t}\n}\n", json!({ "a": "1", "b": { "c": "x/y" } })),
        ("{\"a\": \"\\ud83d\\ude00\"}", json!({ "a": "😀" })),
        ("{\"a\": [], \"b\": {}}", json!({ "a": [], "b": {} })),
        ("1: a\ntrue: b\n", json!({ "1": "a", "true": "b" })),
        ("- a\n- b: c\n  d: e\n", json!(["a", { "b": "c", "d": "e" }])),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn anchors_aliases_and_merge_keys_work_as_in_other_tools() {
    let cases = [
        ("{a: &x {u: 1}, b: {auth: *x}}", json!({ "a": { "u": "1" }, "b": { "auth": { "u": "1" } } })),
        ("{a: &x word, *x : b}", json!({ "a": "word", "word": "b" })),
        (
            "base: &auth\n  auth_url: u\n  password: p\nauth:\n  <<: *auth\n  password: own\n",
            json!({ "base": { "auth_url": "u", "password": "p" }, "auth": { "auth_url": "u", "password": "own" } }),
        ),
        ("{b: &b {x: 2}, c: {x: own, <<: *b}}", json!({ "b": { "x": "2" }, "c": { "x": "own" } })),
        (
            "{a: &a {x: 1}, b: &b {x: 2, y: 3}, c: {<<: [*a, *b]}}",
            json!({ "a": { "x": "1" }, "b": { "x": "2", "y": "3" }, "c": { "x": "1", "y": "3" } }),
        ),
        // Merged members may hold an own merge key already applied.
        (
            "{a: &a {x: 1}, b: &b {<<: *a, y: 2}, c: {<<: *b}}",
            json!({ "a": { "x": "1" }, "b": { "x": "1", "y": "2" }, "c": { "x": "1", "y": "2" } }),
        ),
        ("{c: {<<: {x: 1}, y: 2}}", json!({ "c": { "x": "1", "y": "2" } })),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_an_error_with_its_place_and_without_values() {
    let cases = [
        ("a: 1\na: s3cret\n", 2, "stands twice"),
        ("{a: 1, b: {c: 1, c: s3cret}}", 1, "stands twice"),
        ("a: 1\n---\nb: s3cret\n", 2, "second document"),
        ("a: *s3cret\n", 1, ""),
        ("a: &a [*a]\n", 1, "inside of what it names"),
        ("a: {<<: s3cret}\n", 1, "takes a mapping"),
        ("? [s3cret]\n: b\n", 1, "must be one word"),
        ("a:\n\tb: s3cret\n", 2, ""),
        ("a: s3cret: x\n", 1, ""),
        ("a:\n  - \"s3cret\n", 2, ""),
        ("clouds: [", 1, ""),
    ];
    for (text, line, reason) in cases {
        let error = read(text, Words::AsWritten).expect_err(text);
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.reason.contains(reason), "{text:?}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{text:?}: {error}");
    }
}

#[test]
fn hostile_texts_end_soon() {
    let aliases = |line: &dyn Fn(char, char) -> String| {
        ('b'..='t').zip('a'..='s').fold("a: &a {k: x}\n".to_owned(), |text, (name, before)| text + &line(name, before))
    };
    let cases = [
        ("aliases of aliases", aliases(&|name, before| format!("{name}: &{name} {{l: *{before}, r: *{before}}}\n"))),
        ("aliases in lists", aliases(&|name, before| format!("{name}: &{name} [*{before}, *{before}]\n"))),
        ("merges of merges", {
            let wide: String = (0..2000).map(|key| format!("k{key}: v\n  ")).collect();
            let uses: String = (0..200).map(|key| format!("m{key}: {{<<: *base}}\n")).collect();
            format!("base: &base\n  {wide}\n{uses}")
        }),
        ("brackets", "[".repeat(1 << 20)),
        ("braces", "{a: ".repeat(1 << 18)),
        ("indents", (0..1400).map(|depth| " ".repeat(depth) + "a:\n").collect()),
        ("dashes", "- ".repeat(1 << 19)),
        ("question marks", "? ".repeat(1 << 19)),
    ];
    for (name, text) in cases {
        let start = std::time::Instant::now();
        assert!(read(&text, Words::Typed).is_err(), "{name}");
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{name}: {:?}", start.elapsed());
    }
}
