//! One table per kind of record: the name, the type, the text and the source of each member. The schema, the published
//! page and the values all come from it, so that they cannot differ.

use tf::{Attribute, Mode, Type, Value};

use engine::work::Results;

/// One member of the object that shows a record of type `T`.
pub(crate) struct Member<T> {
    /// As the user types it; as the service spells it, in snake case.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) r#type: Type,
    /// Published text, Markdown.
    pub(crate) text: &'static str,
    /// Takes it out of a record; null when the service left it out.
    of: Box<dyn Fn(&T) -> Value + Send + Sync>,
}

impl<T: 'static> Member<T> {
    /// A text as the service writes it.
    pub(crate) fn text(name: &'static str, text: &'static str, of: fn(&T) -> Option<&str>) -> Member<T> {
        Member::value(name, Type::String, text, move |record| of(record).map_or(Value::Null, Value::from))
    }

    /// A moment, brought to RFC 3339 in UTC. What cannot be read as a moment stays as the service writes it.
    pub(crate) fn time(name: &'static str, text: &'static str, of: fn(&T) -> Option<&str>) -> Member<T> {
        Member::value(name, Type::String, text, move |record| time(of(record)))
    }

    /// A whole number.
    pub(crate) fn whole(name: &'static str, text: &'static str, of: fn(&T) -> Option<i64>) -> Member<T> {
        Member::value(name, Type::Number, text, move |record| of(record).map_or(Value::Null, Value::from))
    }

    /// A truth value.
    pub(crate) fn flag(name: &'static str, text: &'static str, of: fn(&T) -> Option<bool>) -> Member<T> {
        Member::value(name, Type::Bool, text, move |record| of(record).map_or(Value::Null, Value::from))
    }

    /// Anything else.
    pub(crate) fn value(
        name: &'static str,
        r#type: Type,
        text: &'static str,
        of: impl Fn(&T) -> Value + Send + Sync + 'static,
    ) -> Member<T> {
        Member { name, r#type, text, of: Box::new(of) }
    }
}

/// A moment of a service as RFC 3339 in UTC, or null.
pub(crate) fn time(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::from(cloud::time::normalise(text)))
}

/// The type of the object.
pub(crate) fn object_type<T>(members: &[Member<T>]) -> Type {
    Type::object(members.iter().map(|member| (member.name, member.r#type.clone())))
}

/// The computed attribute that lists such objects. Its text ends with what each of them has.
pub(crate) fn list_attribute<T>(name: &'static str, text: &str, members: &[Member<T>]) -> Attribute {
    Attribute::new(name, Type::list(object_type(members)), Mode::Computed, published(text, members))
}

/// The text with a list of the members. A schema lives as long as the process, and so do its texts.
pub(crate) fn published<T>(text: &str, members: &[Member<T>]) -> &'static str {
    let mut whole = format!("{text} Each has:\n");
    for member in members {
        whole.push_str(&format!("\n  - `{}` ({}) {}", member.name, type_name(&member.r#type), member.text));
    }
    whole.leak()
}

/// The list of IDs beside a list of objects.
pub(crate) fn ids_attribute(text: &'static str) -> Attribute {
    Attribute::new("ids", Type::list(Type::String), Mode::Computed, text)
}

/// The members as attributes of their own.
pub(crate) fn attributes<T>(members: &[Member<T>]) -> Vec<Attribute> {
    let attribute =
        |member: &Member<T>| Attribute::new(member.name, member.r#type.clone(), Mode::Computed, member.text);
    members.iter().map(attribute).collect()
}

/// The values for [`attributes`].
pub(crate) fn facts<T>(members: &[Member<T>], record: &T) -> Results {
    members.iter().map(|member| (member.name, (member.of)(record))).collect()
}

/// The object that shows one record.
pub(crate) fn object<T>(members: &[Member<T>], record: &T) -> Value {
    Value::object(facts(members, record))
}

/// The objects that show the records, in their order.
pub(crate) fn objects<'a, T: 'a>(members: &[Member<T>], records: impl IntoIterator<Item = &'a T>) -> Value {
    Value::List(records.into_iter().map(|record| object(members, record)).collect())
}

/// The IDs in the records' order. A record without one has none.
pub(crate) fn ids<'a>(ids: impl IntoIterator<Item = Option<&'a str>>) -> Value {
    Value::List(ids.into_iter().flatten().map(Value::from).collect())
}

fn type_name(r#type: &Type) -> &'static str {
    match r#type {
        Type::String => "String",
        Type::Number => "Number",
        Type::Bool => "Boolean",
        Type::List(_) | Type::Set(_) => "List",
        Type::Map(_) => "Map",
        Type::Object(_) => "Object",
        Type::Tuple(_) => "Tuple",
        Type::Dynamic => "Any",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(Option<&'static str>);

    fn members() -> Vec<Member<Thing>> {
        vec![
            Member::text("name", "Name.", |thing| thing.0),
            Member::time("created_at", "When.", |thing| thing.0),
            Member::whole("size", "Bytes.", |thing| thing.0.map(|_| 7)),
            Member::flag("ready", "Whether.", |thing| thing.0.map(|_| true)),
        ]
    }

    #[test]
    fn one_table_makes_type_text_and_values() {
        let attribute = list_attribute("things", "The things.", &members());
        assert_eq!(
            attribute.description,
            "The things. Each has:\n\n  - `name` (String) Name.\n  - `created_at` (String) When.\n  - `size` (Number) Bytes.\n  \
             - `ready` (Boolean) Whether."
        );
        let things = objects(&members(), &[Thing(None), Thing(Some("2025-05-20T09:40:40+0000"))]);
        let empty = Value::object(["name", "created_at", "size", "ready"].map(|name| (name, Value::Null)));
        let full = Value::object([
            ("name", Value::from("2025-05-20T09:40:40+0000")),
            ("created_at", Value::from("2025-05-20T09:40:40Z")),
            ("size", Value::from(7)),
            ("ready", Value::from(true)),
        ]);
        assert_eq!(things, Value::List(vec![empty, full]));
        assert!(tf::codec::encode_msgpack_type(&attribute.r#type, &things).is_ok());
    }
}
