//! MessagePack, as tfplugin5 carries values.

use std::collections::BTreeMap;

use rmp::{Marker, decode, encode};

use super::shape::{Kind, Members, Shape};
use super::types::{self, type_json};
use super::{CodecError, dynamic, kind_of, normalize_set};
use crate::path::Step;
use crate::schema::{Block, Type};
use crate::value::{Number, Value};

/// What Terraform itself writes for a plain unknown: extension 0 with one zero byte.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];
/// Most elements that memory is set aside for on the word of a header.
const MOST_RESERVED: usize = 1024;

/// Reads the value of a block. Keys may come in any order; missing ones become null or empty blocks. Unknowns are read
/// in every form and lose their refinements. Sets come out sorted, without repetitions.
///
/// # Errors
/// Malformed or truncated bytes, bytes after the value, a key that the schema has not, a key twice, a value of the wrong
/// kind, NaN and infinities.
pub fn decode_msgpack(schema: &Block, bytes: &[u8]) -> Result<Value, CodecError> {
    decode_shape(Shape::Body(schema), bytes)
}

/// Like [`decode_msgpack`], for a bare type: the arguments of functions.
///
/// # Errors
/// As for [`decode_msgpack`].
pub fn decode_msgpack_type(r#type: &Type, bytes: &[u8]) -> Result<Value, CodecError> {
    decode_shape(Shape::Type(r#type), bytes)
}

/// Writes the value of a block with every key of the schema: what the value lacks is written as null or empty blocks.
///
/// # Errors
/// A member that the schema has not, a value of the wrong kind, a null among blocks. See [`super::fit`] for saving what
/// can be saved.
pub fn encode_msgpack(schema: &Block, value: &Value) -> Result<Vec<u8>, CodecError> {
    encode_shape(Shape::Body(schema), value)
}

/// Like [`encode_msgpack`], for a bare type: the results of functions.
///
/// # Errors
/// As for [`encode_msgpack`].
pub fn encode_msgpack_type(r#type: &Type, value: &Value) -> Result<Vec<u8>, CodecError> {
    encode_shape(Shape::Type(r#type), value)
}

fn decode_shape(shape: Shape<'_>, bytes: &[u8]) -> Result<Value, CodecError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(shape)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(CodecError::new("malformed value: bytes after its end")) }
}

fn encode_shape(shape: Shape<'_>, value: &Value) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    write(&mut bytes, shape, value)?;
    Ok(bytes)
}

struct Reader<'b> {
    /// What was not read yet.
    rest: &'b [u8],
}

impl Reader<'_> {
    fn value(&mut self, shape: Shape<'_>) -> Result<Value, CodecError> {
        match self.peek()? {
            Marker::Null => {
                self.take(1)?;
                shape.absent()
            }
            marker if is_extension(marker) => self.unknown(),
            marker => self.known(shape, marker),
        }
    }

    fn known(&mut self, shape: Shape<'_>, marker: Marker) -> Result<Value, CodecError> {
        match shape.kind() {
            Kind::String if is_string(marker) => self.string().map(Value::String),
            Kind::Bool if matches!(marker, Marker::True | Marker::False) => {
                decode::read_bool(&mut self.rest).map(Value::Bool).map_err(|_| cut_short())
            }
            Kind::Number if is_number(marker) || is_string(marker) => self.number(marker).map(Value::Number),
            Kind::List(element) if is_array(marker) => self.elements(element, false),
            Kind::Set(element) if is_array(marker) => self.elements(element, true),
            Kind::Map(element) if is_map(marker) => self.map(element),
            Kind::Object(members) if is_map(marker) => self.object(members),
            Kind::Tuple(types) if is_array(marker) => self.tuple(types),
            Kind::Dynamic if is_array(marker) => {
                self.dynamic().map(|(r#type, value)| dynamic::with_type(&r#type, value))
            }
            Kind::Blocks(block) if is_array(marker) => {
                let (r#type, value) = self.dynamic()?;
                dynamic::blocks(block, &r#type, value)
            }
            _ => Err(CodecError::wrong_kind(shape.noun(), marker_kind(marker))),
        }
    }

    fn peek(&self) -> Result<Marker, CodecError> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(cut_short)
    }

    fn take(&mut self, length: usize) -> Result<&[u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Any extension. Its payload (refinements) is optional knowledge, which nothing here uses.
    fn unknown(&mut self) -> Result<Value, CodecError> {
        let meta = decode::read_ext_meta(&mut self.rest).map_err(|_| cut_short())?;
        self.take(size(meta.size)?)?;
        Ok(Value::Unknown)
    }

    fn string(&mut self) -> Result<String, CodecError> {
        let length = decode::read_str_len(&mut self.rest).map_err(|_| cut_short())?;
        let bytes = self.take(size(length)?)?;
        let text = std::str::from_utf8(bytes).map_err(|_| CodecError::new("string required, found invalid UTF-8"))?;
        Ok(text.to_owned())
    }

    fn number(&mut self, marker: Marker) -> Result<Number, CodecError> {
        let not_a_number = || CodecError::new("number required, found something else than a finite decimal number");
        match marker {
            Marker::F32 => {
                let float = decode::read_f32(&mut self.rest).map_err(|_| cut_short())?;
                Number::from_f64_exact(f64::from(float)).ok_or_else(not_a_number)
            }
            Marker::F64 => {
                let float = decode::read_f64(&mut self.rest).map_err(|_| cut_short())?;
                Number::from_f64_exact(float).ok_or_else(not_a_number)
            }
            Marker::U64 => decode::read_u64(&mut self.rest).map(Number::from).map_err(|_| cut_short()),
            marker if is_string(marker) => Number::parse(&self.string()?).ok_or_else(not_a_number),
            _ => decode::read_int::<i64, _>(&mut self.rest).map(Number::Int).map_err(|_| cut_short()),
        }
    }

    fn elements(&mut self, shape: Shape<'_>, set: bool) -> Result<Value, CodecError> {
        let count = decode::read_array_len(&mut self.rest).map_err(|_| cut_short())?;
        let mut elements = Vec::with_capacity(self.believable(count)?.min(MOST_RESERVED));
        for index in 0..count {
            let element = self.value(shape);
            elements.push(
                element.map_err(
                    |error| {
                        if set { error.within_set() } else { error.within(Step::Index(i64::from(index))) }
                    },
                )?,
            );
        }
        if set {
            normalize_set(&mut elements);
        }
        Ok(Value::List(elements))
    }

    fn tuple(&mut self, types: &[Type]) -> Result<Value, CodecError> {
        self.array_of(types.len())?;
        let elements = (0_i64..)
            .zip(types)
            .map(|(index, r#type)| self.value(Shape::Type(r#type)).map_err(|error| error.within(Step::Index(index))));
        elements.collect::<Result<Vec<Value>, CodecError>>().map(Value::List)
    }

    /// Type and value, in this order.
    fn dynamic(&mut self) -> Result<(Type, Value), CodecError> {
        self.array_of(2)?;
        let text = match self.peek()? {
            marker if is_string(marker) => self.string()?,
            _ => {
                let length = decode::read_bin_len(&mut self.rest).map_err(|_| cut_short())?;
                String::from_utf8_lossy(self.take(size(length)?)?).into_owned()
            }
        };
        let r#type = types::parse(&text)?;
        let value = self.value(Shape::Type(&r#type))?;
        Ok((r#type, value))
    }

    fn array_of(&mut self, length: usize) -> Result<(), CodecError> {
        let count = size(decode::read_array_len(&mut self.rest).map_err(|_| cut_short())?)?;
        if count == length {
            Ok(())
        } else {
            Err(CodecError::new(format!("{length} elements required, found {count}")))
        }
    }

    fn map(&mut self, shape: Shape<'_>) -> Result<Value, CodecError> {
        let mut members = BTreeMap::new();
        for _ in 0..self.map_length()? {
            let key = self.key()?;
            let value = self.value(shape).map_err(|error| error.within(Step::Key(key.clone())))?;
            if members.contains_key(&key) {
                return Err(CodecError::new("this key comes twice").within(Step::Key(key)));
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }

    fn object(&mut self, members: Members<'_>) -> Result<Value, CodecError> {
        let mut object = BTreeMap::new();
        for _ in 0..self.map_length()? {
            let name = self.key()?;
            let step = || Step::Attribute(name.clone());
            let shape =
                members.find(&name).ok_or_else(|| CodecError::new("the schema has no such name").within(step()))?;
            let value = self.value(shape).map_err(|error| error.within(step()))?;
            if object.contains_key(&name) {
                return Err(CodecError::new("this name comes twice").within(step()));
            }
            object.insert(name, value);
        }
        for (name, shape) in members.all() {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), shape.absent()?);
            }
        }
        Ok(Value::Object(object))
    }

    fn map_length(&mut self) -> Result<u32, CodecError> {
        let count = decode::read_map_len(&mut self.rest).map_err(|_| cut_short())?;
        self.believable(count)?;
        Ok(count)
    }

    fn key(&mut self) -> Result<String, CodecError> {
        let marker = self.peek()?;
        if is_string(marker) { self.string() } else { Err(CodecError::wrong_kind("string key", marker_kind(marker))) }
    }

    /// A count that the remaining bytes can hold: each element takes at least one.
    fn believable(&self, count: u32) -> Result<usize, CodecError> {
        let count = size(count)?;
        if count <= self.rest.len() { Ok(count) } else { Err(cut_short()) }
    }
}

fn cut_short() -> CodecError {
    CodecError::new("malformed value: it ends too early")
}

fn size(length: u32) -> Result<usize, CodecError> {
    usize::try_from(length).map_err(|_| CodecError::new("value too large"))
}

fn is_extension(marker: Marker) -> bool {
    use Marker::{Ext8, Ext16, Ext32, FixExt1, FixExt2, FixExt4, FixExt8, FixExt16};
    matches!(marker, FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16 | Ext8 | Ext16 | Ext32)
}

fn is_string(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}

fn is_array(marker: Marker) -> bool {
    matches!(marker, Marker::FixArray(_) | Marker::Array16 | Marker::Array32)
}

fn is_map(marker: Marker) -> bool {
    matches!(marker, Marker::FixMap(_) | Marker::Map16 | Marker::Map32)
}

fn is_number(marker: Marker) -> bool {
    use Marker::{F32, F64, FixNeg, FixPos, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(marker, FixPos(_) | FixNeg(_) | U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64 | F32 | F64)
}

fn marker_kind(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "bool",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::Reserved => "an invalid byte",
        marker if is_string(marker) => "string",
        marker if is_number(marker) => "number",
        marker if is_array(marker) => "list",
        marker if is_map(marker) => "object",
        _ => "an unknown value",
    }
}

fn write(bytes: &mut Vec<u8>, shape: Shape<'_>, value: &Value) -> Result<(), CodecError> {
    match (shape.kind(), value) {
        (Kind::Blocks(block), Value::Null) => write_blocks(bytes, block, &[]),
        (_, Value::Null) => match shape.absent()? {
            Value::List(_) => write_array_length(bytes, 0),
            _ => encode::write_nil(bytes).map_err(|_| not_written()),
        },
        (_, Value::Unknown) => {
            bytes.extend(UNKNOWN);
            Ok(())
        }
        (Kind::String, Value::String(text)) => write_string(bytes, text),
        (Kind::Bool, Value::Bool(flag)) => encode::write_bool(bytes, *flag).map_err(|_| not_written()),
        (Kind::Number, Value::Number(number)) => write_number(bytes, number),
        (Kind::List(element), Value::List(elements)) => write_list(bytes, element, elements),
        (Kind::Set(element), Value::List(elements)) => write_set(bytes, element, elements),
        (Kind::Map(element), Value::Object(members)) => write_map(bytes, element, members),
        (Kind::Object(shapes), Value::Object(members)) => write_object(bytes, shapes, members),
        (Kind::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            write_array_length(bytes, elements.len())?;
            types.iter().zip(elements).try_for_each(|(r#type, element)| write(bytes, Shape::Type(r#type), element))
        }
        (Kind::Dynamic, value @ Value::List(_)) => {
            let (r#type, value) = dynamic::without_type(value)?;
            write_dynamic(bytes, &r#type, &value)
        }
        (Kind::Blocks(block), Value::List(elements)) => write_blocks(bytes, block, elements),
        (_, value) => Err(CodecError::wrong_kind(shape.noun(), kind_of(value))),
    }
}

fn write_dynamic(bytes: &mut Vec<u8>, r#type: &Type, value: &Value) -> Result<(), CodecError> {
    write_array_length(bytes, 2)?;
    encode::write_bin(bytes, &type_json(r#type)).map_err(|_| not_written())?;
    write(bytes, Shape::Type(r#type), value)
}

fn write_blocks(bytes: &mut Vec<u8>, block: &Block, elements: &[Value]) -> Result<(), CodecError> {
    let (r#type, value) = dynamic::as_one(block, elements)?;
    write_dynamic(bytes, &r#type, &value)
}

/// Whole numbers as decimal text, what a float holds exactly as float, else decimal text.
///
/// Terraform's own encoder writes whole numbers as integers. Terraform 1.10 to 1.14 then compare what a refresh returned
/// with what the state file had by the precision of the number too, and an integer has another one than the file's text:
/// `plan -refresh-only -detailed-exitcode` said 2 with nothing changed, for ever (hashicorp/terraform, issue 36403). All
/// cores read the text form, and it has the precision of the file.
fn write_number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), CodecError> {
    let Number::Decimal(text) = number else { return write_string(bytes, &number.to_string()) };
    let float = number.as_f64();
    if float.fract() != 0.0 && Number::from_f64_exact(float).as_ref() == Some(number) {
        encode::write_f64(bytes, float).map_err(|_| not_written())
    } else {
        write_string(bytes, text)
    }
}

fn write_list(bytes: &mut Vec<u8>, shape: Shape<'_>, elements: &[Value]) -> Result<(), CodecError> {
    write_array_length(bytes, elements.len())?;
    for (index, element) in (0_i64..).zip(elements) {
        write(bytes, shape, element).map_err(|error| error.within(Step::Index(index)))?;
    }
    Ok(())
}

/// Sorted and without repetitions, whatever the order of the value, so that equal sets have equal bytes.
fn write_set(bytes: &mut Vec<u8>, shape: Shape<'_>, elements: &[Value]) -> Result<(), CodecError> {
    let mut elements = elements.to_vec();
    normalize_set(&mut elements);
    write_array_length(bytes, elements.len())?;
    for element in &elements {
        write(bytes, shape, element).map_err(CodecError::within_set)?;
    }
    Ok(())
}

fn write_map(bytes: &mut Vec<u8>, shape: Shape<'_>, members: &BTreeMap<String, Value>) -> Result<(), CodecError> {
    write_map_length(bytes, members.len())?;
    for (key, value) in members {
        write_string(bytes, key)?;
        write(bytes, shape, value).map_err(|error| error.within(Step::Key(key.clone())))?;
    }
    Ok(())
}

fn write_object(bytes: &mut Vec<u8>, shapes: Members<'_>, members: &BTreeMap<String, Value>) -> Result<(), CodecError> {
    if let Some(name) = members.keys().find(|name| shapes.find(name).is_none()) {
        return Err(CodecError::new("the schema has no such name").within(Step::Attribute(name.clone())));
    }
    let shapes = shapes.all();
    write_map_length(bytes, shapes.len())?;
    for (name, shape) in shapes {
        write_string(bytes, name)?;
        let value = members.get(name).unwrap_or(&Value::Null);
        write(bytes, shape, value).map_err(|error| error.within(Step::Attribute(name.to_owned())))?;
    }
    Ok(())
}

fn write_string(bytes: &mut Vec<u8>, text: &str) -> Result<(), CodecError> {
    wire_length(text.len())?;
    encode::write_str(bytes, text).map_err(|_| not_written())
}

fn write_array_length(bytes: &mut Vec<u8>, length: usize) -> Result<(), CodecError> {
    encode::write_array_len(bytes, wire_length(length)?).map(drop).map_err(|_| not_written())
}

fn write_map_length(bytes: &mut Vec<u8>, length: usize) -> Result<(), CodecError> {
    encode::write_map_len(bytes, wire_length(length)?).map(drop).map_err(|_| not_written())
}

fn wire_length(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length).map_err(|_| CodecError::new("too large for a message"))
}

/// Writing to a `Vec` does not fail; the library's signature says it could.
fn not_written() -> CodecError {
    CodecError::new("could not be written")
}
