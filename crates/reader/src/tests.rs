//! Whatever `serde_json` reads is read alike, and what it refuses is refused with its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Word {
    Plain,
    Holding(u8),
    Naming { text: String },
    Both(u8, u8),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wrapped(i64);

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Inner {
    number: Option<u16>,
    part: f64,
    whole: Value,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Outer {
    name: String,
    flag: bool,
    word: Option<Word>,
    wrapped: Option<Wrapped>,
    pair: Option<(u8, String)>,
    letter: Option<char>,
    #[serde(default)]
    inner: Vec<Inner>,
    #[serde(default)]
    named: BTreeMap<String, Inner>,
}

#[test]
fn what_fits_is_read_as_serde_json_reads_it() {
    let whole = |more: Value| {
        let mut value = json!({"name": "n", "flag": true, "unknown": [1, {"a": null}]});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    for more in [
        json!({}),
        json!({"word": "plain", "wrapped": -5, "pair": [1, "x"], "letter": "l"}),
        json!({"word": {"holding": 7}}),
        json!({"word": {"naming": {"text": "t"}}}),
        json!({"word": {"both": [1, 2]}}),
        json!({"word": null, "wrapped": null, "inner": []}),
        json!({"inner": [{}, {"number": 65535, "part": 1}, {"part": 1e-7, "whole": {"a": [1.50, "x", null, true]}}]}),
        json!({"named": {"a": {"number": null}, "b": {"part": -2.5}}}),
    ] {
        let value = whole(more);
        let ours: Outer = read(value.clone()).unwrap_or_else(|problem| panic!("{value}: {problem}"));
        assert_eq!(ours, serde_json::from_value(value.clone()).unwrap(), "{value}");
    }
    let big: Value = serde_json::from_str("123456789012345678901234567890.5").unwrap();
    assert_eq!(read::<Value>(big.clone()).unwrap(), big, "numbers keep their digits");
}

#[test]
fn what_does_not_fit_names_its_place() {
    let whole = |more: Value| {
        let mut value = json!({"name": "n", "flag": true});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    for (value, expected) in [
        (json!([]), "expected an object, found a list"),
        (json!({"flag": true}), "missing field `name`"),
        (whole(json!({"name": 5})), "name: expected a string, found a number"),
        (whole(json!({"flag": "yes"})), "flag: expected a boolean, found a string"),
        (whole(json!({"word": "another"})), "word: unknown variant `another`"),
        (whole(json!({"word": {"plain": 1}})), "word: expected the word alone, found a number"),
        (whole(json!({"word": {"holding": "x"}})), "word: expected u8, found a string"),
        (whole(json!({"word": 5})), "word: expected a word, found a number"),
        (whole(json!({"wrapped": 1.5})), "wrapped: "),
        (whole(json!({"pair": [1]})), "pair: invalid length 1"),
        (whole(json!({"letter": "long"})), "letter: expected a character, found another string"),
        (whole(json!({"inner": {}})), "inner: expected a list, found an object"),
        (whole(json!({"inner": [{}, {"number": 65536}]})), "inner[1].number: "),
        (whole(json!({"inner": [{}, {"number": "1"}]})), "inner[1].number: expected u16, found a string"),
        (whole(json!({"inner": [{"nmber": 1}]})), "inner[0].nmber: unknown field `nmber`"),
        (whole(json!({"named": {"a": {"part": []}}})), "named.a.part: expected f64, found a list"),
    ] {
        let problem = read::<Outer>(value.clone()).unwrap_err().to_string();
        assert!(problem.starts_with(expected), "{value}: {problem}");
        assert!(serde_json::from_value::<Outer>(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn no_problem_shows_a_string_that_was_found() {
    for value in [
        json!({"name": "n", "flag": "secret"}),
        json!({"name": "n", "flag": true, "letter": "secret"}),
        json!({"name": "n", "flag": true, "wrapped": "secret"}),
        json!({"name": "n", "flag": true, "inner": [{"part": "secret"}]}),
    ] {
        let problem = read::<Outer>(value).unwrap_err().to_string();
        assert!(!problem.contains("secret"), "{problem}");
    }
}
