//! What tells one operation from another, and when two mean the same.

use std::collections::BTreeMap;

use tf::Value;
use tf::same::canonical_id;

/// The identity of an operation: what a user would have to change to mean another one.
///
/// Most of it has to be equal. Some of it the user may leave to the provider (region, project, a format): that counts only
/// where both sides know it. And pairs that were derived once and are written out later are the same pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// What has to be equal, in one form for what means the same; also the key by which objects are found.
    exact: String,
    /// What may be left to the provider, by name: two or three arguments, and thousands of identities are remembered.
    left_open: Vec<(&'static str, Open)>,
    /// Pairs as the user wrote them out.
    written: Option<BTreeMap<String, String>>,
    /// Pairs as they were sent.
    sent: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    value: Value,
    /// A place (region, project): the provider's own where nothing is known.
    is_place: bool,
}

impl Identity {
    /// Adds an argument that has to be equal.
    pub fn exactly(&mut self, name: &'static str, value: &Value) {
        self.exact.push_str(name);
        self.exact.push('=');
        write_argument(value, &mut self.exact);
        self.exact.push(';');
    }

    /// Adds an argument that the user may leave to the provider. Where it `is_place`, null on either side is open, too.
    pub fn left_open(&mut self, name: &'static str, value: &Value, is_place: bool) {
        self.left_open.retain(|(other, _)| *other != name);
        let place = self.left_open.partition_point(|(other, _)| *other < name);
        self.left_open.insert(place, (name, Open { value: value.clone(), is_place }));
    }

    fn open(&self, name: &str) -> Option<&Open> {
        self.left_open.iter().find(|(other, _)| *other == name).map(|(_, open)| open)
    }

    /// Adds pairs: as written out, and as sent.
    pub fn pairs(&mut self, written: Option<BTreeMap<String, String>>, sent: Option<BTreeMap<String, String>>) {
        self.written = written;
        self.sent = sent;
    }

    /// The key under which operations that may be the same are kept.
    pub(crate) fn key(&self) -> &str {
        &self.exact
    }

    /// Whether what is `planned` means the same operation as this one, which is known.
    pub fn is_same_as(&self, planned: &Identity) -> bool {
        let open = |name: &str| match (self.open(name), planned.open(name)) {
            (Some(known), Some(planned)) => {
                known.value == planned.value
                    || planned.value.is_unknown()
                    || planned.is_place && (known.value.is_null() || planned.value.is_null())
            }
            (known, planned) => known == planned,
        };
        let same_pairs = self.written == planned.written || planned.written.is_some() && planned.written == self.sent;
        self.exact == planned.exact && same_pairs && planned.left_open.iter().all(|(name, _)| open(name))
    }
}

/// Whether two values of an argument mean the same wherever an identity is decided: nothing and empty are one, and UUIDs
/// do not differ by their case (`tf::same` has the rules).
pub fn means_the_same(one: &Value, other: &Value) -> bool {
    let canonical = |value: &Value| {
        let mut text = String::new();
        write_argument(value, &mut text);
        text
    };
    one == other || canonical(one) == canonical(other)
}

/// One text for all values of an argument that mean the same; an empty text is nothing there.
fn write_argument(value: &Value, text: &mut String) {
    match value {
        Value::String(string) if string.is_empty() => text.push('-'),
        value => write_canonical(value, text),
    }
}

/// One text for all values that mean the same. Lists are sets here: blocks whose order means nothing.
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        value if value.is_nothing() => text.push('-'),
        Value::Unknown => text.push('?'),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(&format!("{:?}", canonical_id(string))),
        Value::List(elements) => {
            let canonical = |element| {
                let mut text = String::new();
                write_canonical(element, &mut text);
                text
            };
            let mut elements: Vec<String> = elements.iter().map(canonical).collect();
            elements.sort();
            text.push_str(&format!("[{}]", elements.join(",")));
        }
        Value::Object(members) => {
            text.push('{');
            for (name, member) in members.iter().filter(|(_, member)| !member.is_nothing()) {
                text.push_str(&format!("{name:?}:"));
                write_canonical(member, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Null => text.push('-'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    fn identity(instance: Value, triggers: Value, region: Value) -> Identity {
        let mut identity = Identity::default();
        identity.exactly("instance_id", &instance);
        identity.exactly("triggers", &triggers);
        identity.left_open("region", &region, true);
        identity
    }

    #[test]
    fn nothing_and_empty_are_one_and_uuids_ignore_their_case() {
        let empty = || Value::Object(BTreeMap::new());
        let small = "7f0c3a4e-1d2b-4c5d-8e9f-0a1b2c3d4e5f";
        for (one, other, same) in [
            (Value::Null, empty(), true),
            (Value::Null, Value::List(Vec::new()), true),
            (Value::Null, Value::from(""), true),
            (empty(), Value::object([("a", Value::from("1"))]), false),
            (Value::from(small), Value::from(small.to_uppercase()), true),
            (Value::from("Abc"), Value::from("abc"), false),
            (Value::from(1), Value::from(2), false),
            (Value::List(vec!["a".into(), "b".into()]), Value::List(vec!["b".into(), "a".into()]), true),
            (Value::from("-"), Value::Null, false),
            (Value::from("?"), Value::Unknown, false),
            (Value::object([("a", Value::Null)]), Value::Null, true),
            (Value::object([("a", Value::from(""))]), Value::Null, false),
        ] {
            assert_eq!(means_the_same(&one, &other), same, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_place_counts_where_both_sides_know_it() {
        let known = identity("i".into(), Value::Null, "eu-de".into());
        for (region, same) in
            [(Value::from("eu-de"), true), (Value::Unknown, true), (Value::Null, true), (Value::from("eu-nl"), false)]
        {
            assert_eq!(known.is_same_as(&identity("i".into(), Value::Null, region.clone())), same, "{region:?}");
        }
        assert!(!known.is_same_as(&identity("j".into(), Value::Null, Value::Null)));
        assert!(!known.is_same_as(&identity("i".into(), Value::object([("a", Value::from("1"))]), Value::Null)));
    }

    #[test]
    fn a_choice_left_to_the_service_counts_once_it_is_made() {
        let format = |value: Value| {
            let mut identity = Identity::default();
            identity.left_open("backup_format", &value, false);
            identity
        };
        assert!(format("rdb".into()).is_same_as(&format(Value::Unknown)));
        assert!(!format(Value::Null).is_same_as(&format("rdb".into())));
        assert!(!format("rdb".into()).is_same_as(&format("aof".into())));
    }

    #[test]
    fn derived_pairs_that_are_written_out_are_the_same_pairs() {
        let pairs = |written: Option<&[(&str, &str)]>, sent: Option<&[(&str, &str)]>| {
            let mut identity = Identity::default();
            identity.pairs(written.map(map), sent.map(map));
            identity
        };
        let derived = pairs(None, Some(&[("c1", "v1")]));
        assert!(derived.is_same_as(&pairs(Some(&[("c1", "v1")]), None)));
        assert!(derived.is_same_as(&pairs(None, None)));
        assert!(!derived.is_same_as(&pairs(Some(&[("c1", "v2")]), None)));
        let written = pairs(Some(&[("c1", "v1")]), Some(&[("c1", "v1")]));
        assert!(written.is_same_as(&pairs(Some(&[("c1", "v1")]), None)));
        assert!(!written.is_same_as(&pairs(None, None)));
    }
}
