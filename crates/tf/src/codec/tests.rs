//! Tables for both forms. Bytes are written by hand from the wire's description, not made by the encoder.

use serde_json::json;

use super::*;
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Type};
use crate::value::Number;

fn nested(name: &'static str, nesting: Nesting) -> NestedBlock {
    let block = Block {
        attributes: vec![Attribute::required("backup_id", "From."), Attribute::optional("volume_id", "To.")],
        ..Block::default()
    };
    NestedBlock { name, nesting, block, min_items: 0, max_items: 0, replaces: false }
}

/// One attribute of any type, one block of each nesting.
fn block() -> Block {
    Block {
        attributes: vec![
            Attribute::required("name", "A name."),
            Attribute::new("tags", Type::map(Type::Number), Mode::Optional, "Tags."),
        ],
        blocks: vec![nested("mapping", Nesting::List), nested("pair", Nesting::Set), nested("one", Nesting::Single)],
        ..Block::default()
    }
}

fn object_type() -> Type {
    Type::object([("a", Type::String), ("b", Type::Bool)])
}

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn every_wire_form_is_read() {
    let set = Type::set(Type::Number);
    let list = Type::list(Type::Bool);
    let map = Type::map(Type::String);
    let cases = [
        (Type::String, "c0", Value::Null),
        (Type::String, "a1 78", Value::from("x")),
        (Type::String, "d9 01 78", Value::from("x")),
        (Type::String, "da 0001 78", Value::from("x")),
        (Type::String, "db 00000001 78", Value::from("x")),
        (Type::Bool, "c2", Value::Bool(false)),
        (Type::Bool, "c3", Value::Bool(true)),
        (Type::Number, "07", number("7")),
        (Type::Number, "e0", number("-32")),
        (Type::Number, "cc ff", number("255")),
        (Type::Number, "cd ffff", number("65535")),
        (Type::Number, "ce ffffffff", number("4294967295")),
        (Type::Number, "cf ffffffffffffffff", number("18446744073709551615")),
        (Type::Number, "d0 80", number("-128")),
        (Type::Number, "d1 8000", number("-32768")),
        (Type::Number, "d2 80000000", number("-2147483648")),
        (Type::Number, "d3 8000000000000000", number("-9223372036854775808")),
        (Type::Number, "ca 3fc00000", number("1.5")),
        (Type::Number, "cb 3ff8000000000000", number("1.5")),
        (Type::Number, "cb 4000000000000000", number("2")),
        (Type::Number, "cb 3fb999999999999a", number("0.1000000000000000055511151231257827021181583404541015625")),
        (Type::Number, "b6 31323334353637383930313233343536373839302e35", number("12345678901234567890.5")),
        (Type::String, "d4 00 00", Value::Unknown),
        (Type::Bool, "c7 00 00", Value::Unknown),
        (Type::String, "c7 07 0c 82 01 c2 02 a2 62 2d", Value::Unknown),
        (list.clone(), "d5 07 1234", Value::Unknown),
        (map.clone(), "c8 0001 0c ff", Value::Unknown),
        (list.clone(), "93 c3 c0 d40000", Value::List(vec![Value::Bool(true), Value::Null, Value::Unknown])),
        (list, "dc 0001 c3", Value::List(vec![Value::Bool(true)])),
        (set.clone(), "94 03 01 a1 33 02", Value::List(vec![number("1"), number("2"), number("3")])),
        (set, "92 d40000 d40000", Value::List(vec![Value::Unknown, Value::Unknown])),
        (map.clone(), "81 a0 a1 78", Value::object([("", Value::from("x"))])),
        (map, "de 0001 a1 6b c0", Value::object([("k", Value::Null)])),
        (object_type(), "82 a1 62 c3 a1 61 c0", Value::object([("a", Value::Null), ("b", Value::Bool(true))])),
        (object_type(), "80", Value::object([("a", Value::Null), ("b", Value::Null)])),
    ];
    for (r#type, hex, value) in cases {
        assert_eq!(decode_msgpack_type(&r#type, &bytes(hex)), Ok(value), "{hex}");
    }
}

#[test]
fn everything_else_is_an_error_with_its_place() {
    let list = Type::list(Type::Bool);
    let cases = [
        (Type::String, "", "malformed value: it ends too early"),
        (Type::String, "a2 78", "malformed value: it ends too early"),
        (Type::String, "db ffffffff 78", "malformed value: it ends too early"),
        (Type::String, "c9 ffffffff 0c", "malformed value: it ends too early"),
        (Type::Number, "cf ff", "malformed value: it ends too early"),
        (list.clone(), "dd ffffffff c3", "malformed value: it ends too early"),
        (object_type(), "df ffffffff a1", "malformed value: it ends too early"),
        (Type::String, "a1 78 c0", "malformed value: bytes after its end"),
        (Type::String, "a1 ff", "string required, found invalid UTF-8"),
        (Type::String, "c4 01 78", "string required, found bytes"),
        (Type::String, "c1", "string required, found an invalid byte"),
        (Type::String, "07", "string required, found number"),
        (Type::Bool, "a4 74727565", "bool required, found string"),
        (Type::Number, "c3", "number required, found bool"),
        (Type::Number, "cb 7ff8000000000000", "number required, found something else than a finite decimal number"),
        (Type::Number, "ca 7f800000", "number required, found something else than a finite decimal number"),
        (Type::Number, "a3 6e616e", "number required, found something else than a finite decimal number"),
        (list.clone(), "80", "list required, found object"),
        (Type::set(Type::Bool), "c3", "set required, found bool"),
        (Type::set(object_type()), "91 81 a1 61 01", "in one of its elements, a: string required, found number"),
        (Type::set(Type::Bool), "91 01", "in one of its elements: bool required, found number"),
        (Type::map(Type::Bool), "90", "map required, found list"),
        (Type::map(Type::Bool), "81 c3 c3", "string key required, found bool"),
        (Type::map(Type::Bool), "82 a1 6b c3 a1 6b c2", "[\"k\"]: this key comes twice"),
        (Type::map(Type::Bool), "81 a1 6b 07", "[\"k\"]: bool required, found number"),
        (list, "92 c3 07", "[1]: bool required, found number"),
        (object_type(), "81 a1 7a c3", "z: the schema has no such name"),
        (object_type(), "82 a1 62 c3 a1 62 c3", "b: this name comes twice"),
    ];
    for (r#type, hex, message) in cases {
        assert_eq!(decode_msgpack_type(&r#type, &bytes(hex)).unwrap_err().to_string(), message, "{hex}");
    }
}

#[test]
fn deep_and_long_input_ends_early() {
    let deep = vec![0x91; 1_000_000];
    let error = decode_msgpack_type(&Type::list(Type::list(Type::String)), &deep).unwrap_err();
    assert_eq!(error.to_string(), "[0][0]: string required, found list");
    assert!(parse_json(&vec![b'['; 1_000_000]).unwrap_err().message.contains("recursion"));
}

#[test]
fn values_are_written_as_every_terraform_reads_them() {
    let cases = [
        (Type::String, Value::Null, "c0"),
        (Type::String, Value::Unknown, "d4 00 00"),
        (Type::String, Value::from("x"), "a1 78"),
        (Type::Bool, Value::Bool(true), "c3"),
        (Type::Number, number("7"), "a1 37"),
        (Type::Number, number("-33"), "a3 2d3333"),
        (Type::Number, number("1.5"), "cb 3ff8000000000000"),
        (Type::Number, number("0.1"), "a3 302e31"),
        (Type::Number, number("1e19"), "b4 3130303030303030303030303030303030303030"),
        (Type::Number, number("0.1000000000000000055511151231257827021181583404541015625"), "cb 3fb999999999999a"),
        (Type::Number, number("1e-400"), "a6 31652d343030"),
        (Type::list(Type::Bool), Value::List(vec![Value::Bool(true), Value::Null]), "92 c3 c0"),
        (Type::set(Type::Number), Value::List(vec![number("2"), number("1"), number("2")]), "92 a1 31 a1 32"),
        (Type::map(Type::String), Value::object([("k", Value::Unknown)]), "81 a1 6b d40000"),
        (object_type(), Value::object([("b", Value::Bool(false))]), "82 a1 61 c0 a1 62 c2"),
    ];
    for (r#type, value, hex) in cases {
        assert_eq!(encode_msgpack_type(&r#type, &value), Ok(bytes(hex)), "{value:?}");
    }
}

#[test]
fn a_body_is_written_with_every_name_and_empty_blocks() {
    let written = encode_msgpack(&block(), &Value::object([("name", Value::from("n"))])).unwrap();
    let expected = bytes("85 a4 6e616d65 a1 6e a4 74616773 c0 a7 6d617070696e67 90 a4 70616972 90 a3 6f6e65 c0");
    assert_eq!(written, expected);
    let read = decode_msgpack(&block(), &written).unwrap();
    assert_eq!(read.get("mapping"), &Value::List(Vec::new()));
    assert_eq!(read.get("one"), &Value::Null);
    assert_eq!(encode_msgpack(&block(), &Value::Null), Ok(vec![0xc0]));
    assert_eq!(decode_msgpack(&block(), &[0xc0]), Ok(Value::Null));
}

#[test]
fn a_list_of_blocks_is_read_as_empty_from_nil_and_may_be_unknown() {
    let read = decode_msgpack(&block(), &bytes("82 a7 6d617070696e67 c0 a4 70616972 d40000")).unwrap();
    assert_eq!(read.get("mapping"), &Value::List(Vec::new()));
    assert_eq!(read.get("pair"), &Value::Unknown);
    let again = decode_msgpack(&block(), &encode_msgpack(&block(), &read).unwrap());
    assert_eq!(again, Ok(read));
}

#[test]
fn wrong_values_are_errors_of_the_encoder_too() {
    let mapping = |element: Value| Value::object([("mapping", Value::List(vec![element]))]);
    let pair = |element: Value| Value::object([("pair", Value::List(vec![element]))]);
    let wrong = || Value::object([("backup_id", Value::Bool(true))]);
    let cases = [
        (Value::from("x"), "object required, found string"),
        (Value::object([("nam", Value::Null)]), "nam: the schema has no such name"),
        (Value::object([("name", Value::from(1))]), "name: string required, found number"),
        (
            Value::object([("tags", Value::object([("k", Value::from("1"))]))]),
            "tags[\"k\"]: number required, found string",
        ),
        (mapping(wrong()), "mapping[0].backup_id: string required, found bool"),
        (mapping(Value::Null), "mapping[0]: block required, found null"),
        (pair(wrong()), "pair: in one of its elements, backup_id: string required, found bool"),
        (pair(Value::Null), "pair: in one of its elements: block required, found null"),
        (Value::object([("one", Value::List(Vec::new()))]), "one: object required, found list"),
    ];
    for (value, message) in cases {
        assert_eq!(encode_msgpack(&block(), &value).unwrap_err().to_string(), message);
        let (fitted, errors) = fit(&block(), value);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, [message], "fitting finds the same");
        assert!(encode_msgpack(&block(), &fitted).is_ok(), "what was fitted can be written");
    }
}

#[test]
fn fitting_saves_all_that_fits() {
    let good = Value::object([("backup_id", Value::from("b"))]);
    let value = Value::object([
        ("name", Value::from("n")),
        ("typo", Value::from("x")),
        ("mapping", Value::List(vec![Value::Null, good.clone()])),
        ("pair", Value::List(vec![good.clone(), Value::from("x"), good])),
    ]);
    let (fitted, errors) = fit(&block(), value);
    let whole = Value::object([("backup_id", Value::from("b")), ("volume_id", Value::Null)]);
    assert_eq!(fitted.get("name"), &Value::from("n"));
    assert_eq!(fitted.get("mapping"), &Value::List(vec![whole.clone()]));
    assert_eq!(fitted.get("pair"), &Value::List(vec![whole]));
    assert_eq!(errors.len(), 3, "{errors:?}");
}

#[test]
fn blocks_with_unknowns_stay_apart_in_a_set() {
    let element = || Value::object([("backup_id", Value::from("b")), ("volume_id", Value::Unknown)]);
    let value = Value::object([("pair", Value::List(vec![element(), element()]))]);
    let read = decode_msgpack(&block(), &encode_msgpack(&block(), &value).unwrap()).unwrap();
    assert_eq!(read.get("pair"), value.get("pair"));
}

#[test]
fn stored_json_takes_the_shape_of_the_schema() {
    let stored = json!({
        "name": "n",
        "gone": {"any": ["thing"]},
        "tags": {"exact": "12345678901234567890.5", "int": 7},
        "pair": [{"backup_id": "b"}, {"backup_id": "a", "volume_id": "v"}, {"backup_id": "b", "old": 1}],
    });
    let read = decode_json(&block(), stored).unwrap();
    let pair = |backup: &str, volume: Value| Value::object([("backup_id", Value::from(backup)), ("volume_id", volume)]);
    let expected = Value::object([
        ("name", Value::from("n")),
        ("tags", Value::object([("exact", number("12345678901234567890.5")), ("int", number("7"))])),
        ("mapping", Value::List(Vec::new())),
        ("pair", Value::List(vec![pair("a", Value::from("v")), pair("b", Value::Null)])),
        ("one", Value::Null),
    ]);
    assert_eq!(read, expected);
    assert_eq!(decode_json(&block(), json!(null)), Ok(Value::Null));
    assert_eq!(decode_json(&block(), json!({"mapping": null})).unwrap().get("mapping"), &Value::List(Vec::new()));
}

#[test]
fn json_numbers_keep_their_digits() {
    for text in ["12345678901234567890.5", "18446744073709551616", "1e300", "0.1", "-7"] {
        let json = parse_json(format!(" {text}\n").as_bytes()).unwrap();
        assert_eq!(decode_json_type(&Type::Number, json), Ok(number(text)), "{text}");
    }
}

#[test]
fn wrong_json_is_an_error_with_its_place() {
    let cases = [
        (json!([]), "object required, found list"),
        (json!({"name": 1}), "name: string required, found number"),
        (json!({"tags": {"k": "many"}}), "tags[\"k\"]: number required, found something else than a decimal number"),
        (json!({"tags": []}), "tags: map required, found list"),
        (json!({"mapping": [{}, {"backup_id": true}]}), "mapping[1].backup_id: string required, found bool"),
        (json!({"mapping": [null]}), "mapping[0]: block required, found null"),
        (
            json!({"pair": [{"backup_id": {}}]}),
            "pair: in one of its elements, backup_id: string required, found object",
        ),
        (json!({"one": "x"}), "one: object required, found string"),
    ];
    for (json, message) in cases {
        assert_eq!(decode_json(&block(), json).unwrap_err().to_string(), message);
    }
    assert_eq!(decode_json_type(&Type::Bool, json!("true")), Ok(Value::Bool(true)));
    assert_eq!(decode_json_type(&Type::Bool, json!("yes")).unwrap_err().message, "bool required, found string");
    let error = parse_json(br#"{"password": "secret" "#).unwrap_err().to_string();
    assert!(error.starts_with("malformed JSON: ") && !error.contains("secret"), "{error}");
}

#[test]
fn types_have_terraforms_json() {
    let cases = [
        (Type::String, r#""string""#),
        (Type::Number, r#""number""#),
        (Type::Bool, r#""bool""#),
        (Type::list(Type::String), r#"["list","string"]"#),
        (Type::set(Type::map(Type::Bool)), r#"["set",["map","bool"]]"#),
        (object_type(), r#"["object",{"a":"string","b":"bool"}]"#),
    ];
    for (r#type, json) in cases {
        assert_eq!(String::from_utf8(type_json(&r#type)).unwrap(), json);
    }
}

#[test]
fn errors_become_diagnostics_that_blame_the_attribute() {
    let error = CodecError::wrong_kind("string", "bool").within(Step::Attribute("name".to_owned()));
    let diagnostic = error.into_diagnostic("Stored state cannot be read");
    assert_eq!(
        diagnostic,
        Diagnostic::error("Stored state cannot be read", "name: string required, found bool").at("name")
    );
    assert_eq!(CodecError::new("x").into_diagnostic("y"), Diagnostic::error("y", "x"));
}

#[test]
fn values_of_any_type_bring_theirs_along() {
    let block =
        Block { attributes: vec![Attribute::new("any", Type::Dynamic, crate::Mode::Optional, "")], ..Block::default() };
    let typed = |text: &str, value: Value| Value::object([("any", Value::List(vec![Value::from(text), value]))]);
    for (value, state) in [
        (typed("\"string\"", "a".into()), r#"{"any":{"type":"string","value":"a"}}"#),
        (typed("\"number\"", Value::from(7)), r#"{"any":{"type":"number","value":7}}"#),
        (
            typed(
                r#"["tuple",["string",["list","bool"]]]"#,
                Value::List(vec!["a".into(), Value::List(vec![true.into()])]),
            ),
            r#"{"any":{"type":["tuple",["string",["list","bool"]]],"value":["a",[true]]}}"#,
        ),
        (
            typed(
                r#"["object",{"a":["map","string"]}]"#,
                Value::object([("a", Value::object([("b", Value::from("c"))]))]),
            ),
            r#"{"any":{"type":["object",{"a":["map","string"]}],"value":{"a":{"b":"c"}}}}"#,
        ),
        (Value::object([("any", Value::Null)]), r#"{"any":null}"#),
    ] {
        let bytes = encode_msgpack(&block, &value).unwrap();
        assert_eq!(decode_msgpack(&block, &bytes).unwrap(), value, "{state}");
        assert_eq!(decode_json(&block, serde_json::from_str(state).unwrap()).unwrap(), value, "{state}");
        assert_eq!(fit(&block, value.clone()), (value, Vec::new()), "{state}");
    }
    let unknown = typed("\"string\"", Value::Unknown);
    assert_eq!(decode_msgpack(&block, &encode_msgpack(&block, &unknown).unwrap()).unwrap(), unknown);
    // A null is the same whatever its type is.
    let null = serde_json::from_str(r#"{"any":{"type":"string","value":null}}"#).unwrap();
    assert_eq!(decode_json(&block, null).unwrap(), Value::object([("any", Value::Null)]));
    assert_eq!(
        decode_msgpack(&block, b"\x81\xa3any\x92\xc4\x08\"string\"\xc0").unwrap(),
        Value::object([("any", Value::Null)])
    );
    for wrong in [
        r#"{"any":{"type":"text","value":"a"}}"#,
        r#"{"any":{"type":["tuple",["string"]],"value":[]}}"#,
        r#"{"any":"a"}"#,
    ] {
        assert!(decode_json(&block, serde_json::from_str(wrong).unwrap()).is_err(), "{wrong}");
    }
    assert!(encode_msgpack(&block, &Value::object([("any", Value::from("a"))])).is_err());
    // `any` = an array of one element.
    assert!(decode_msgpack(&block, b"\x81\xa3any\x91\xa1a").is_err());
}

#[test]
fn blocks_with_values_of_any_type_travel_as_one() {
    let nested =
        |name, block| NestedBlock { name, nesting: Nesting::List, block, min_items: 0, max_items: 0, replaces: false };
    let any = |name| Attribute::new(name, Type::Dynamic, crate::Mode::Optional, "");
    let inner = Block { attributes: vec![any("size")], ..Block::default() };
    let outer = Block { attributes: vec![any("type")], blocks: vec![nested("part", inner)], ..Block::default() };
    let block = Block { blocks: vec![nested("disk", outer)], ..Block::default() };
    let part = |size: Value| Value::object([("size", size)]);
    let typed = |text: &str, value: Value| Value::List(vec![Value::from(text), value]);
    let disk = |r#type: Value, parts: Vec<Value>| Value::object([("type", r#type), ("part", Value::List(parts))]);
    let disks = |disks: Vec<Value>| Value::object([("disk", Value::List(disks))]);
    // What a core has sent and stored for these: a tuple of as many objects, each with types of its own.
    for (value, r#type, state) in [
        (disks(Vec::new()), r#"["tuple",[]]"#, "[]"),
        (
            disks(vec![
                disk(typed("\"string\"", "SSD".into()), Vec::new()),
                disk(Value::Null, vec![part(Value::Null)]),
            ]),
            r#"["tuple",[["object",{"part":["tuple",[]],"type":"string"}],["object",{"part":["tuple",[["object",{"size":"dynamic"}]]],"type":"dynamic"}]]]"#,
            r#"[{"part":[],"type":"SSD"},{"part":[{"size":null}],"type":null}]"#,
        ),
        (
            disks(vec![disk(Value::Null, vec![part(typed("\"number\"", Value::from(7)))])]),
            r#"["tuple",[["object",{"part":["tuple",[["object",{"size":"number"}]]],"type":"dynamic"}]]]"#,
            r#"[{"part":[{"size":7}],"type":null}]"#,
        ),
    ] {
        let state = format!(r#"{{"disk":{{"type":{type},"value":{state}}}}}"#);
        assert_eq!(decode_json(&block, serde_json::from_str(&state).unwrap()).unwrap(), value, "{state}");
        let bytes = encode_msgpack(&block, &value).unwrap();
        let tuple = r#type.as_bytes();
        assert!(bytes.windows(tuple.len()).any(|window| window == tuple), "{state}");
        assert_eq!(decode_msgpack(&block, &bytes).unwrap(), value, "{state}");
        assert_eq!(fit(&block, value.clone()), (value, Vec::new()), "{state}");
    }
    let unknown = Value::object([("disk", Value::Unknown)]);
    assert_eq!(decode_msgpack(&block, &encode_msgpack(&block, &unknown).unwrap()).unwrap(), unknown);
    let absent = Value::object([("disk", Value::Null)]);
    assert_eq!(encode_msgpack(&block, &absent).unwrap(), encode_msgpack(&block, &disks(Vec::new())).unwrap());
    for wrong in [r#"{"disk":[]}"#, r#"{"disk":{"type":["tuple",["string"]],"value":["a"]}}"#] {
        assert!(decode_json(&block, serde_json::from_str(wrong).unwrap()).is_err(), "{wrong}");
    }
}
