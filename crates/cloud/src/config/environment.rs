//! The environment as a value, so that tests decide what is in it.

use std::collections::BTreeMap;

use super::arguments::ConfigError;
use crate::address::shown;

/// Environment variables. An empty variable counts as not set.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process. Names and values that are no Unicode are left out.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Environment(std::env::vars_os().filter_map(text).collect())
    }

    /// The value of a variable, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// Whether a variable is set and says nothing.
    pub fn is_blank(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.trim().is_empty())
    }

    /// A variable that says yes or no: `true`, `1`, `yes`, `on`, `t` or their opposites, in any case; `None` if it is not
    /// set.
    ///
    /// # Errors
    /// The variable says neither; the error names it.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        flag(text).map(Some).ok_or_else(|| ConfigError {
            argument: None,
            summary: "Neither true nor false".to_owned(),
            detail: format!("The environment variable {name} is {}; it must be true or false.", shown(text)),
        })
    }

    /// True if any variable with this prefix is set.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(name, value)| name.starts_with(prefix) && !value.trim().is_empty())
    }

    /// The first of several variables that is set, with its name.
    pub fn first<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &str)> {
        names.iter().find_map(|name| self.get(name).map(|value| (*name, value)))
    }
}

/// Yes or no, as people write it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" => Some(true),
        "false" | "0" | "no" | "off" | "f" => Some(false),
        _ => None,
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Environment {
        Environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: values hold passwords and keys.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_say_yes_or_no_or_are_refused_by_name() {
        for (text, want) in [("true", true), ("1", true), (" On ", true), ("T", true), ("no", false), ("OFF", false)] {
            let environment: Environment = [("X", text)].into_iter().collect();
            assert_eq!(environment.flag("X"), Ok(Some(want)), "{text}");
        }
        let environment: Environment = [("X", "maybe"), ("Y", " ")].into_iter().collect();
        assert!(environment.flag("X").is_err_and(|error| error.detail.contains("variable X")));
        assert_eq!((environment.flag("Y"), environment.flag("Z")), (Ok(None), Ok(None)));
    }
}
