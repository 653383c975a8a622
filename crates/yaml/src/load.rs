//! Events of the parser, put together.

use std::collections::BTreeMap;

use granit_parser::{Event, Marker};
use serde_json::{Map, Value};

use super::{Error, Words, scalar};

/// Mappings and lists that may be open at once: as deep as JSON values may nest elsewhere.
const DEEPEST: usize = 100;
/// Values that aliases and merge keys may copy in all. Ten lines of aliases of aliases would fill any memory.
const MOST_COPIES: usize = 100_000;
/// Copies the members of another mapping into the one it stands in.
const MERGE_KEY: &str = "<<";

/// Takes events in order and keeps what is open.
pub(super) struct Loader {
    words: Words,
    open: Vec<Open>,
    /// Finished values that have an anchor, with their sizes.
    anchors: BTreeMap<usize, (Value, usize)>,
    copies: usize,
    document: Option<Value>,
}

/// A mapping or list whose end has not come.
struct Open {
    anchor: usize,
    start: Marker,
    /// Values in it so far, itself included.
    size: usize,
    container: Container,
}

enum Container {
    List(Vec<Value>),
    Mapping {
        members: Map<String, Value>,
        /// The key whose value comes next.
        key: Option<String>,
        /// What the merge keys name, in order.
        merged: Vec<Map<String, Value>>,
    },
}

impl Loader {
    pub(super) fn new(words: Words) -> Loader {
        Loader { words, open: Vec::new(), anchors: BTreeMap::new(), copies: 0, document: None }
    }

    /// The document; null if there was none.
    pub(super) fn into_document(self) -> Value {
        self.document.unwrap_or_default()
    }

    pub(super) fn take(&mut self, event: Event<'_>, place: Marker) -> Result<(), Error> {
        match event {
            Event::DocumentStart(..) if self.document.is_some() => {
                Err(Error::at(place, "a second document begins here; only one is expected"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar::value(&text, style, tag.as_deref(), self.words);
                self.finish(value, 1, anchor, place, Some(&text))
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, place, Container::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let container = Container::Mapping { members: Map::new(), key: None, merged: Vec::new() };
                self.begin(anchor, place, container)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, start: Marker, container: Container) -> Result<(), Error> {
        if self.open.len() >= DEEPEST {
            return Err(Error::at(start, format!("more than {DEEPEST} levels are nested here")));
        }
        self.open.push(Open { anchor, start, size: 1, container });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(Open { anchor, start, size, container }) = self.open.pop() else { return Ok(()) };
        let value = match container {
            Container::List(elements) => Value::Array(elements),
            Container::Mapping { mut members, merged, .. } => {
                for (key, value) in merged.into_iter().flatten() {
                    members.entry(key).or_insert(value);
                }
                Value::Object(members)
            }
        };
        self.finish(value, size, anchor, start, None)
    }

    fn alias(&mut self, anchor: usize, place: Marker) -> Result<(), Error> {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            return Err(Error::at(place, "this alias stands inside of what it names"));
        };
        let (value, size) = (value.clone(), *size);
        self.copies = self.copies.saturating_add(size);
        if self.copies > MOST_COPIES {
            return Err(Error::at(place, format!("aliases up to here copy more than {MOST_COPIES} values")));
        }
        self.finish(value, size, 0, place, None)
    }

    /// Puts a finished value where it belongs. `word`: its text, if it is a scalar, for it may be a key.
    fn finish(
        &mut self,
        value: Value,
        size: usize,
        anchor: usize,
        place: Marker,
        word: Option<&str>,
    ) -> Result<(), Error> {
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else {
            self.document = Some(value);
            return Ok(());
        };
        parent.size = parent.size.saturating_add(size);
        match &mut parent.container {
            Container::List(elements) => elements.push(value),
            Container::Mapping { members, key, merged } => match key.take() {
                None => *key = Some(new_key(members, value, word, place)?),
                Some(key) if key == MERGE_KEY => merge(merged, value, place)?,
                Some(key) => drop(members.insert(key, value)),
            },
        }
        Ok(())
    }
}

/// The text of a key, which must be new.
fn new_key(members: &Map<String, Value>, value: Value, word: Option<&str>, place: Marker) -> Result<String, Error> {
    // An alias has no word of its own, but what it names may have been one.
    let key = match (word, value) {
        (Some(word), _) => word.to_owned(),
        (None, Value::String(text)) => text,
        _ => return Err(Error::at(place, "a key must be one word")),
    };
    if members.contains_key(&key) {
        return Err(Error::at(place, "this key stands twice in one mapping, and only one of them can be meant"));
    }
    Ok(key)
}

fn merge(merged: &mut Vec<Map<String, Value>>, value: Value, place: Marker) -> Result<(), Error> {
    let sources = match value {
        Value::Array(elements) => elements,
        other => vec![other],
    };
    for source in sources {
        match source {
            Value::Object(members) => merged.push(members),
            _ => return Err(Error::at(place, "\"<<\" takes a mapping or a list of mappings")),
        }
    }
    Ok(())
}
