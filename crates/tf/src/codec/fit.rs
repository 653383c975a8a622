//! The normal form of values that were built by hand.

use std::collections::BTreeMap;

use super::shape::{Kind, Members, Shape};
use super::{CodecError, kind_of, normalize_set};
use crate::path::Step;
use crate::schema::Block;
use crate::value::Value;

/// Brings a value to the form that decoding gives: every name of the schema present, lists and sets of blocks never null,
/// sets sorted and without repetitions. Two values of the same meaning are equal afterwards.
///
/// What does not fit is left out and listed in the errors, so that an answer with a mistake in it can still be saved
/// together with an error: the ID of work that was started must not be lost. No errors means that
/// [`encode_msgpack`](super::encode_msgpack) takes the result, and then nothing was left out.
pub fn fit(schema: &Block, value: Value) -> (Value, Vec<CodecError>) {
    let (value, errors) = fit_shape(Shape::Body(schema), value);
    (value.unwrap_or_default(), errors)
}

/// `None`: not even null fits here, so the element that holds it goes.
fn fit_shape(shape: Shape<'_>, value: Value) -> (Option<Value>, Vec<CodecError>) {
    match (shape.kind(), value) {
        (_, Value::Null) => match shape.absent() {
            Ok(value) => (Some(value), Vec::new()),
            Err(error) => (None, vec![error]),
        },
        (Kind::String, value @ Value::String(_))
        | (Kind::Bool, value @ Value::Bool(_))
        | (Kind::Number, value @ Value::Number(_))
        | (_, value @ Value::Unknown) => (Some(value), Vec::new()),
        (Kind::List(element), Value::List(elements)) => fit_list(element, elements),
        (Kind::Blocks(block), Value::List(elements)) => fit_list(Shape::Element(block), elements),
        (Kind::Set(element), Value::List(elements)) => fit_set(element, elements),
        (Kind::Map(element), Value::Object(members)) => fit_map(element, members),
        (Kind::Object(shapes), Value::Object(members)) => fit_object(shapes, members),
        // What has been read is as it must be, and nothing else has values of these kinds.
        (Kind::Tuple(_) | Kind::Dynamic, value @ Value::List(_)) => (Some(value), Vec::new()),
        (_, value) => (shape.absent().ok(), vec![CodecError::wrong_kind(shape.noun(), kind_of(&value))]),
    }
}

fn fit_list(shape: Shape<'_>, elements: Vec<Value>) -> (Option<Value>, Vec<CodecError>) {
    let mut errors = Vec::new();
    let mut fitted = Vec::with_capacity(elements.len());
    for (index, element) in (0_i64..).zip(elements) {
        let (element, found) = fit_shape(shape, element);
        fitted.extend(element);
        errors.extend(found.into_iter().map(|error| error.within(Step::Index(index))));
    }
    (Some(Value::List(fitted)), errors)
}

fn fit_set(shape: Shape<'_>, elements: Vec<Value>) -> (Option<Value>, Vec<CodecError>) {
    let mut errors = Vec::new();
    let mut fitted = Vec::with_capacity(elements.len());
    for element in elements {
        let (element, found) = fit_shape(shape, element);
        fitted.extend(element);
        errors.extend(found.into_iter().map(CodecError::within_set));
    }
    normalize_set(&mut fitted);
    (Some(Value::List(fitted)), errors)
}

fn fit_map(shape: Shape<'_>, members: BTreeMap<String, Value>) -> (Option<Value>, Vec<CodecError>) {
    let mut errors = Vec::new();
    let mut fitted = BTreeMap::new();
    for (key, value) in members {
        let (value, found) = fit_shape(shape, value);
        errors.extend(found.into_iter().map(|error| error.within(Step::Key(key.clone()))));
        if let Some(value) = value {
            fitted.insert(key, value);
        }
    }
    (Some(Value::Object(fitted)), errors)
}

fn fit_object(shapes: Members<'_>, mut members: BTreeMap<String, Value>) -> (Option<Value>, Vec<CodecError>) {
    let mut errors = Vec::new();
    let mut fitted = BTreeMap::new();
    for (name, shape) in shapes.all() {
        let (value, found) = fit_shape(shape, members.remove(name).unwrap_or_default());
        errors.extend(found.into_iter().map(|error| error.within(Step::Attribute(name.to_owned()))));
        fitted.insert(name.to_owned(), value.unwrap_or_default());
    }
    let unknown_names = members.into_keys();
    errors
        .extend(unknown_names.map(|name| CodecError::new("the schema has no such name").within(Step::Attribute(name))));
    (Some(Value::Object(fitted)), errors)
}
