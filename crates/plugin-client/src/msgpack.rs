//! Values as tests write them (JSON) and as the wire carries them (MessagePack).
//!
//! The wire names no types; without a schema the JSON kind decides, which is what tests want.

use rmp::decode::{self, RmpRead};
use rmp::{Marker, encode};
use serde_json::{Map, Number, Value};

use crate::{Error, UNKNOWN};

/// Writes a value. [`UNKNOWN`] becomes an unknown; integers stay integers, other numbers become floats.
///
/// # Errors
/// None for JSON values of sensible size.
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    write(&mut bytes, value)?;
    Ok(bytes)
}

/// Reads a value. An unknown, with or without refinements, becomes [`UNKNOWN`]; a number beyond 64 bits stays text.
///
/// # Errors
/// Malformed or trailing bytes.
pub fn decode(mut bytes: &[u8]) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let value = read(&mut bytes)?;
    if bytes.is_empty() { Ok(value) } else { Err("bytes after the value".into()) }
}

fn write(bytes: &mut Vec<u8>, value: &Value) -> Result<(), Error> {
    match value {
        Value::Null => encode::write_nil(bytes)?,
        Value::Bool(flag) => encode::write_bool(bytes, *flag)?,
        Value::Number(number) => match number.as_i64() {
            Some(integer) => drop(encode::write_sint(bytes, integer)?),
            None => encode::write_f64(bytes, number.as_f64().ok_or("a number beyond f64")?)?,
        },
        Value::String(text) if text == UNKNOWN => bytes.extend([0xd4, 0, 0]),
        Value::String(text) => encode::write_str(bytes, text)?,
        Value::Array(elements) => {
            encode::write_array_len(bytes, u32::try_from(elements.len())?)?;
            elements.iter().try_for_each(|element| write(bytes, element))?;
        }
        Value::Object(members) => {
            encode::write_map_len(bytes, u32::try_from(members.len())?)?;
            for (name, member) in members {
                encode::write_str(bytes, name)?;
                write(bytes, member)?;
            }
        }
    }
    Ok(())
}

fn read(bytes: &mut &[u8]) -> Result<Value, Error> {
    let marker = Marker::from_u8(*bytes.first().ok_or("truncated")?);
    Ok(match marker {
        Marker::Null => {
            decode::read_nil(bytes).map_err(text)?;
            Value::Null
        }
        Marker::True | Marker::False => Value::Bool(decode::read_bool(bytes).map_err(text)?),
        Marker::F32 => float(f64::from(decode::read_f32(bytes).map_err(text)?))?,
        Marker::F64 => float(decode::read_f64(bytes).map_err(text)?)?,
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => Value::String(read_text(bytes)?),
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
            let length = decode::read_array_len(bytes).map_err(text)?;
            Value::Array((0..length).map(|_| read(bytes)).collect::<Result<_, Error>>()?)
        }
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
            let length = decode::read_map_len(bytes).map_err(text)?;
            let member = |_| Ok((read_text(bytes)?, read(bytes)?));
            Value::Object((0..length).map(member).collect::<Result<Map<_, _>, Error>>()?)
        }
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => {
            let extension = decode::read_ext_meta(bytes).map_err(text)?;
            skip(bytes, extension.size)?;
            Value::String(UNKNOWN.to_owned())
        }
        _ => Value::Number(decode::read_int::<i64, _>(bytes).map_err(text)?.into()),
    })
}

fn read_text(bytes: &mut &[u8]) -> Result<String, Error> {
    let length = decode::read_str_len(bytes).map_err(text)?;
    let mut buffer = vec![0; usize::try_from(length)?.min(bytes.len())];
    bytes.read_exact_buf(&mut buffer).map_err(text)?;
    if buffer.len() < usize::try_from(length)? { Err("truncated".into()) } else { Ok(String::from_utf8(buffer)?) }
}

fn skip(bytes: &mut &[u8], length: u32) -> Result<(), Error> {
    *bytes = bytes.get(usize::try_from(length)?..).ok_or("truncated")?;
    Ok(())
}

fn float(number: f64) -> Result<Value, Error> {
    Ok(Value::Number(Number::from_f64(number).ok_or("a number that is none")?))
}

fn text(error: impl std::fmt::Debug) -> Error {
    format!("malformed: {error:?}").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_survive_the_wire() {
        for value in [
            json!(null),
            json!({"a": [1, -1, 300, 70_000, 5_000_000_000_i64, true, "x", 1.5], "b": {}, "c": UNKNOWN}),
            json!("y".repeat(70_000)),
        ] {
            assert_eq!(decode(&encode(&value).unwrap()).unwrap(), value);
        }
    }

    #[test]
    fn reads_unknowns_with_refinements_and_refuses_rubbish() {
        let refined = [0xc7, 0x07, 0x0c, 0x82, 0x01, 0xc2, 0x02, 0xa2, 0x62, 0x2d];
        assert_eq!(decode(&refined).unwrap(), json!(UNKNOWN));
        for rubbish in [&[0x81][..], &[0xa5, b'x'], &[0xc0, 0xc0], &[0xc1], &[0xdb, 0xff, 0xff, 0xff, 0xff]] {
            assert!(decode(rubbish).is_err(), "{rubbish:x?}");
        }
    }
}
