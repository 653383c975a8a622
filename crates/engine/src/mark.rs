//! The text of `pending_operation`: what a later run needs to take up work that this run did not see end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is left to find out about a piece of work. Kept in the state, because the one call that sees a tainted object
/// without a refresh sees its state and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was started and has this id.
    Started(String),
    /// It was sent and nobody knows whether it was accepted.
    Unknown(Attempt),
}

/// An attempt of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Tells attempts apart.
    pub attempt: String,
    /// When it was sent, RFC 3339 by the local clock.
    pub sent_at: String,
    /// The service's ids of the work that was on record before.
    pub before: BTreeSet<String>,
    /// True when the service said that it took the request, only not under which id.
    #[serde(default)]
    pub accepted: bool,
}

impl Attempt {
    /// How long ago it was sent, by the local clock. Zero when that cannot be told.
    pub fn age(&self) -> Duration {
        let sent_at = self.sent_at.parse::<jiff::Timestamp>().ok();
        let age = sent_at.map(|sent_at| jiff::Timestamp::now().duration_since(sent_at));
        age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default()
    }
}

const UNKNOWN: &str = "unknown:";

impl Mark {
    /// As it stands in the state.
    pub fn to_text(&self) -> String {
        match self {
            Mark::Started(operation) => operation.clone(),
            Mark::Unknown(attempt) => {
                // A struct of strings always has a JSON form; an empty mark would still mean "unknown, nothing seen".
                format!("{UNKNOWN}{}", serde_json::to_string(attempt).unwrap_or_default())
            }
        }
    }

    /// Reads what stands in the state. A mark that cannot be read is an unknown attempt before which nothing was seen.
    pub fn parse(text: &str) -> Mark {
        match text.strip_prefix(UNKNOWN) {
            None => Mark::Started(text.to_owned()),
            Some(json) => Mark::Unknown(serde_json::from_str(json).unwrap_or_else(|_| Attempt {
                attempt: String::new(),
                sent_at: String::new(),
                before: BTreeSet::new(),
                accepted: false,
            })),
        }
    }

    /// The service's id, once known.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Mark::Started(operation) => Some(operation),
            Mark::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_survive_the_state() {
        let attempt = Attempt {
            attempt: "a1".into(),
            sent_at: "2026-11-20T10:00:00Z".into(),
            before: BTreeSet::from(["r1".to_owned(), "r2".to_owned()]),
            accepted: false,
        };
        for mark in [Mark::Started("c2f0".into()), Mark::Unknown(attempt)] {
            assert_eq!(Mark::parse(&mark.to_text()), mark);
        }
    }

    #[test]
    fn the_age_of_an_attempt_is_never_negative() {
        let sent =
            |sent_at: String| Attempt { attempt: String::new(), sent_at, before: BTreeSet::new(), accepted: false };
        let now = jiff::Timestamp::now();
        assert!(sent((now - jiff::SignedDuration::from_secs(90)).to_string()).age() >= Duration::from_secs(90));
        for odd in [(now + jiff::SignedDuration::from_secs(90)).to_string(), String::new(), "yesterday".into()] {
            assert_eq!(sent(odd).age(), Duration::ZERO);
        }
    }

    #[test]
    fn a_damaged_mark_is_an_unknown_attempt() {
        let Mark::Unknown(attempt) = Mark::parse("unknown:{\"attempt\":") else { panic!("read as started") };
        assert!(attempt.before.is_empty());
    }
}
