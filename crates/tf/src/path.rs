//! Where in a block a value stands.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute or a block type, by name.
    Attribute(String),
    /// An element of a map, by key.
    Key(String),
    /// An element of a list, by position from 0.
    Index(i64),
}

/// The way from a resource's, data source's or provider's body to a value. Elements of sets cannot be addressed: a path
/// ends at the set (tfplugin5 wire, AttributePath).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The body itself.
    pub fn root() -> Path {
        Path::default()
    }

    /// This path and then an attribute or block.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Path {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// This path and then an element of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Path {
        self.then(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// This path and then an element of a map.
    #[must_use]
    pub fn key(&self, key: &str) -> Path {
        self.then(Step::Key(key.to_owned()))
    }

    fn then(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }
}

impl From<&str> for Path {
    fn from(name: &str) -> Path {
        Path::root().attribute(name)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}
