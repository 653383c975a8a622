//! What may be written: types, attributes, blocks. One schema serves the codec, validation, planning and the docs.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::value::Value;

/// A type of Terraform's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A number of any size.
    Number,
    /// `true` or `false`.
    Bool,
    /// Ordered elements of one type.
    List(Box<Type>),
    /// Unordered, distinct elements of one type.
    Set(Box<Type>),
    /// Elements of one type by string key.
    Map(Box<Type>),
    /// Named members, each with its type.
    Object(BTreeMap<String, Type>),
    /// So many elements, each with its type.
    Tuple(Vec<Type>),
    /// A value of any type, which it brings along: a [`crate::Value::List`] of the type, as its JSON text, and the value.
    Dynamic,
}

impl Type {
    /// An object type with these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Type)>) -> Type {
        Type::Object(members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect())
    }

    /// `list(element)`
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The provider does.
    Computed,
    /// The user may, else the provider does.
    OptionalComputed,
}

/// Checks one known, non-null value and adds what is wrong with it, blamed on the path. Called only with known values.
pub type Check = fn(&Value, &Path, &mut Diagnostics);

/// One attribute. Build it with [`Attribute::new`] and the methods below.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// As the user types it.
    pub name: &'static str,
    /// Its type.
    pub r#type: Type,
    /// Who sets it.
    pub mode: Mode,
    /// Published text, Markdown.
    pub description: &'static str,
    /// Hidden in the user interface.
    pub sensitive: bool,
    /// Read from the configuration alone and kept nowhere (Terraform 1.11): see [`crate::write_only`].
    pub write_only: bool,
    /// A change of it replaces the resource (contract: *again*).
    pub replaces: bool,
    /// Computed, and once known it stays through updates ("use state for unknown").
    pub stable: bool,
    /// Filled in when the user wrote nothing (only with [`Mode::OptionalComputed`]).
    pub default: Option<Value>,
    /// Accepted values; empty means any. Strings only.
    pub one_of: &'static [&'static str],
    /// Further checks of a known value.
    pub checks: Vec<Check>,
}

impl Attribute {
    /// A plain attribute.
    pub fn new(name: &'static str, r#type: Type, mode: Mode, description: &'static str) -> Attribute {
        Attribute {
            name,
            r#type,
            mode,
            description,
            sensitive: false,
            write_only: false,
            replaces: false,
            stable: false,
            default: None,
            one_of: &[],
            checks: Vec::new(),
        }
    }

    /// Required, of type string.
    pub fn required(name: &'static str, description: &'static str) -> Attribute {
        Attribute::new(name, Type::String, Mode::Required, description)
    }

    /// Optional, of type string.
    pub fn optional(name: &'static str, description: &'static str) -> Attribute {
        Attribute::new(name, Type::String, Mode::Optional, description)
    }

    /// Computed, of type string.
    pub fn computed(name: &'static str, description: &'static str) -> Attribute {
        Attribute::new(name, Type::String, Mode::Computed, description)
    }

    /// Hidden in the user interface.
    #[must_use]
    pub fn sensitive(mut self) -> Attribute {
        self.sensitive = true;
        self
    }

    /// Hidden, and kept nowhere by a core that knows how (Terraform 1.11); an older one keeps it as a sensitive value.
    #[must_use]
    pub fn write_only(mut self) -> Attribute {
        self.write_only = true;
        self.sensitive()
    }

    /// A change replaces the resource.
    #[must_use]
    pub fn replaces(mut self) -> Attribute {
        self.replaces = true;
        self
    }

    /// Keeps its value through updates.
    #[must_use]
    pub fn stable(mut self) -> Attribute {
        self.stable = true;
        self
    }

    /// Sets another type.
    #[must_use]
    pub fn of(mut self, r#type: Type) -> Attribute {
        self.r#type = r#type;
        self
    }

    /// Sets a default, which makes the attribute optional and computed.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Attribute {
        self.default = Some(value.into());
        self.mode = Mode::OptionalComputed;
        self
    }

    /// Also computed when the user writes nothing.
    #[must_use]
    pub fn or_computed(mut self) -> Attribute {
        self.mode = Mode::OptionalComputed;
        self
    }

    /// Restricts a string to these values.
    #[must_use]
    pub fn one_of(mut self, values: &'static [&'static str]) -> Attribute {
        self.one_of = values;
        self
    }

    /// Adds a check.
    #[must_use]
    pub fn check(mut self, check: Check) -> Attribute {
        self.checks.push(check);
        self
    }
}

/// How many blocks of a type there may be and how they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one block, kept as an object or null.
    Single,
    /// Ordered blocks, kept as a list, never null.
    List,
    /// Unordered blocks, kept as a set, never null.
    Set,
}

/// A block type inside a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// As the user types it.
    pub name: &'static str,
    /// How the blocks are kept.
    pub nesting: Nesting,
    /// What stands in each.
    pub block: Block,
    /// Smallest number of blocks.
    pub min_items: i64,
    /// Largest number of blocks; 0 means no limit.
    pub max_items: i64,
    /// A change of it replaces the resource (contract: *again*).
    pub replaces: bool,
}

/// The body of a resource, data source, provider or nested block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Published text, Markdown.
    pub description: &'static str,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its nested blocks.
    pub blocks: Vec<NestedBlock>,
}

impl Block {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The nested block of that name.
    pub fn nested(&self, name: &str) -> Option<&NestedBlock> {
        self.blocks.iter().find(|block| block.name == name)
    }
}

/// A block with the version of its stored form.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Raised whenever stored states need an upgrade.
    pub version: i64,
    /// The body.
    pub block: Block,
}
