//! Both decoders against everything: what was written reads back, and no bytes make them panic.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq};
use proptest::sample::Index;
use serde_json::Value as Json;

use super::*;
use crate::generate::{any_block, block_and_value, runner};

#[test]
fn what_was_written_reads_back() {
    runner(400)
        .run(&block_and_value(), |(block, value)| {
            let bytes = encode_msgpack(&block, &value).unwrap();
            prop_assert_eq!(decode_msgpack(&block, &bytes), Ok(value.clone()));
            prop_assert_eq!(fit(&block, value.clone()), (value, Vec::new()));
            Ok(())
        })
        .unwrap();
}

#[test]
fn stored_states_read_back() {
    runner(400)
        .run(&block_and_value(), |(block, value)| {
            // States hold no unknowns; turning them into nulls may leave sets to be put in order again.
            let state = fit(&block, value.with_unknowns_as_null()).0;
            let json = parse_json(to_json(&state).to_string().as_bytes()).unwrap();
            prop_assert_eq!(decode_json(&block, json), Ok(state));
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_bytes_make_a_decoder_panic() {
    runner(2000)
        .run(&(any_block(1), vec(any::<u8>(), 0..80)), |(block, bytes)| {
            let _ = decode_msgpack(&block, &bytes);
            let _ = parse_json(&bytes).map(|json| decode_json(&block, json));
            Ok(())
        })
        .unwrap();
}

#[test]
fn whatever_a_damaged_message_says_is_read_or_refused() {
    let damage = vec((any::<Index>(), any::<u8>()), 0..4);
    runner(2000)
        .run(&(block_and_value(), damage, any::<Index>()), |((block, value), damage, end)| {
            let mut bytes = encode_msgpack(&block, &value).unwrap();
            for (index, byte) in damage {
                *index.get_mut(&mut bytes) = byte;
            }
            bytes.truncate(end.index(bytes.len()) + 1);
            if let Ok(read) = decode_msgpack(&block, &bytes) {
                // What was accepted is a value of the schema: it can be written, and reads back the same.
                let written = encode_msgpack(&block, &read).unwrap();
                prop_assert_eq!(decode_msgpack(&block, &written), Ok(read));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_json_makes_the_decoder_panic() {
    runner(1000)
        .run(&(any_block(1), any_json()), |(block, json)| {
            if let Ok(read) = decode_json(&block, json) {
                let written = encode_msgpack(&block, &read).unwrap();
                prop_assert_eq!(decode_msgpack(&block, &written), Ok(read));
            }
            Ok(())
        })
        .unwrap();
}

/// JSON whose names are those of generated schemas, so that decoding gets beyond the first step.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = proptest::prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[0-9a-z.e-]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        proptest::prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map("[a-dpq]", inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<Json>()),
        ]
    })
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Bool(flag) => Json::from(*flag),
        Value::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(elements) => elements.iter().map(to_json).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect(),
    }
}
