//! What a plan leaves for the apply, and what the state keeps beside the object.

use serde::{Deserialize, Serialize};

/// Private data of a resource. Opaque to Terraform, stored in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::forms) struct Private {
    version: u32,
    /// What the object is here for.
    pub(super) intent: Intent,
    /// Arguments that an import could not learn: the configuration fills them in once, in place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unlearned: Vec<String>,
    /// The request that started the work, for the service's support; none for what was imported or joined, and where the
    /// answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
    /// A replacement leaves what the old object made where it is, so that the records go on telling of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) leaves: bool,
}

/// What a plan intends. The delete half of a replacement gets the intent of the create that follows it
/// (seen alike in Terraform and OpenTofu): that is how it knows whether to hand over or to let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Intent {
    /// An object at rest in the state.
    Stored,
    /// A create that starts new work.
    Fresh,
    /// A create that takes up work that exists: this one, or whichever is handed over.
    Resume {
        /// The service's id of the work, if the plan knew it.
        operation: Option<String>,
    },
    /// A replacement that was asked for. It runs anew, unless what changed was only unknown and turns out the same.
    Replace {
        /// True when nothing is known to differ.
        perhaps_same: bool,
    },
    /// A create whose arguments are not known yet.
    Undecided,
    /// A destroy.
    Destroy,
}

impl Intent {
    /// Whether only the apply can tell that the work is the same.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Intent::Undecided | Intent::Replace { perhaps_same: true })
    }
}

impl Private {
    /// Private data with this intent.
    pub(super) fn new(intent: Intent) -> Private {
        Private { version: 1, intent, unlearned: Vec::new(), request: None, leaves: false }
    }

    /// The same, of work that this request started.
    pub(super) fn started_by(self, request: Option<String>) -> Private {
        Private { request, ..self }
    }

    /// The same, where what a replacement leaves behind is known.
    pub(super) fn leaving(self, leaves: bool) -> Private {
        Private { leaves, ..self }
    }

    /// Reads stored bytes; `None` for empty ones. Garbage and unknown versions count as an object at rest: nothing is
    /// ever started or skipped because of them.
    pub(super) fn parse(bytes: &[u8]) -> Option<Private> {
        if bytes.is_empty() {
            return None;
        }
        let read = serde_json::from_slice::<Private>(bytes).ok().filter(|private| private.version == 1);
        Some(read.unwrap_or_else(|| Private::new(Intent::Stored)))
    }

    /// As a state keeps it beside an object: nothing where there is nothing to tell. The core copies the private data of
    /// every instance many times.
    pub(super) fn kept(&self, is_at_rest: bool) -> Vec<u8> {
        match is_at_rest && self.intent == Intent::Stored && self.unlearned.is_empty() {
            true => Vec::new(),
            false => self.to_bytes(),
        }
    }

    /// As a plan tells it. Never empty: empty bytes in a second call mean that there was no first one.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|_| b"{}".to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_survives_and_is_never_empty() {
        for intent in [
            Intent::Stored,
            Intent::Fresh,
            Intent::Resume { operation: Some("r-1".into()) },
            Intent::Resume { operation: None },
            Intent::Replace { perhaps_same: true },
            Intent::Undecided,
            Intent::Destroy,
        ] {
            for request in [None, Some("req-1".to_owned())] {
                let private = Private::new(intent.clone()).started_by(request).leaving(true);
                assert_eq!(Private::parse(&private.to_bytes()), Some(private));
            }
        }
    }

    #[test]
    fn garbage_is_an_object_at_rest_and_nothing_is_nothing() {
        assert_eq!(Private::parse(b""), None);
        for bytes in [b"{}".as_slice(), b"\xff\x00", b"{\"version\":9,\"intent\":\"fresh\"}"] {
            assert_eq!(Private::parse(bytes).unwrap().intent, Intent::Stored);
        }
    }
}
