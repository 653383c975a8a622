//! The text of `pending_operation`: what a later run needs to take up work that this run did not see end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is left to find out about a piece of work. Kept in the state, because the one call that sees a tainted object
/// without a refresh sees its state and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It was started and has this id.
    Started(String),
    /// It was sent and nobody knows whether it was accepted.
    Unknown(Attempt),
}

/// An attempt of unknown outcome, with all that was seen of it since. What one run learned, the next one must know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What the target was seen busy with after the request, perhaps with this very request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<String>,
    /// Ids of new records that are about the same without matching in all: each may be this request's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub similar: BTreeSet<String>,
    /// True when the text in the state was damaged: nothing can be told from it but that there was an attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

impl Attempt {
    /// How long ago it was sent, by the local clock. Zero when that cannot be told.
    pub fn age(&self) -> Duration {
        let sent_at = self.sent_at.parse::<jiff::Timestamp>().ok();
        let age = sent_at.map(|sent_at| jiff::Timestamp::now().duration_since(sent_at));
        age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default()
    }

    /// Whether something was seen that this request may have caused. Such an attempt is never sent again by itself where
    /// doing it twice destroys data.
    pub fn has_signs(&self) -> bool {
        self.accepted || self.busy.is_some() || !self.similar.is_empty() || self.damaged
    }
}

const UNKNOWN: &str = "unknown:";

impl Pending {
    /// As it stands in the state.
    pub fn to_text(&self) -> String {
        match self {
            Pending::Started(operation) => operation.clone(),
            Pending::Unknown(attempt) => {
                // A struct of strings always has a JSON form; an empty text would be read as a damaged attempt.
                format!("{UNKNOWN}{}", serde_json::to_string(attempt).unwrap_or_default())
            }
        }
    }

    /// Reads what stands in the state. What cannot be read is an attempt of which nothing is known: no record may be taken
    /// for its own, and it is not sent again by itself.
    pub fn parse(text: &str) -> Pending {
        match text.strip_prefix(UNKNOWN) {
            None => Pending::Started(text.to_owned()),
            Some(json) => Pending::Unknown(
                serde_json::from_str(json).unwrap_or_else(|_| Attempt { damaged: true, ..Attempt::default() }),
            ),
        }
    }

    /// The service's id, once known.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Pending::Started(operation) => Some(operation),
            Pending::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt {
            attempt: "a1".into(),
            sent_at: "2026-11-20T10:00:00Z".into(),
            before: BTreeSet::from(["r1".to_owned(), "r2".to_owned()]),
            ..Attempt::default()
        }
    }

    #[test]
    fn what_is_pending_survives_the_state() {
        let signs = Attempt {
            busy: Some("status RESTORING".into()),
            similar: BTreeSet::from(["r3".into()]),
            accepted: true,
            ..attempt()
        };
        for pending in [Pending::Started("c2f0".into()), Pending::Unknown(attempt()), Pending::Unknown(signs)] {
            assert_eq!(Pending::parse(&pending.to_text()), pending);
        }
    }

    #[test]
    fn a_text_of_an_earlier_version_is_read() {
        let text = r#"unknown:{"attempt":"a1","sent_at":"2026-11-20T10:00:00Z","before":["r1","r2"],"accepted":false}"#;
        assert_eq!(Pending::parse(text), Pending::Unknown(attempt()));
    }

    #[test]
    fn the_age_of_an_attempt_is_never_negative() {
        let sent = |sent_at: String| Attempt { sent_at, ..Attempt::default() };
        let now = jiff::Timestamp::now();
        assert!(sent((now - jiff::SignedDuration::from_secs(90)).to_string()).age() >= Duration::from_secs(90));
        for odd in [(now + jiff::SignedDuration::from_secs(90)).to_string(), String::new(), "yesterday".into()] {
            assert_eq!(sent(odd).age(), Duration::ZERO);
        }
    }

    #[test]
    fn damage_means_that_nothing_is_known() {
        for text in ["unknown:{\"attempt\":", "unknown:", "unknown:{}", "unknown:[1]"] {
            let Pending::Unknown(attempt) = Pending::parse(text) else { panic!("{text}: read as started") };
            assert!(attempt.damaged && attempt.has_signs(), "{text}");
        }
    }

    #[test]
    fn each_sign_counts() {
        assert!(!attempt().has_signs());
        assert!(Attempt { accepted: true, ..attempt() }.has_signs());
        assert!(Attempt { busy: Some("task".into()), ..attempt() }.has_signs());
        assert!(Attempt { similar: BTreeSet::from(["r".into()]), ..attempt() }.has_signs());
    }
}
