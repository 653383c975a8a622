//! What a refresh makes of a backup that has ended: what its record tells goes into the state, and what the record does not
//! tell stays as it was known. Nothing that is good turns bad because a field is missing.

use std::time::Duration;

use cloud::dcs::Backup;
use engine::work::{Progress, Record, Results};
use tf::{Diagnostic, Diagnostics, Value};

use crate::operations::common::{flag, put};

/// How long a backup may be missing from a complete list before that means anything.
const YOUNG: Duration = Duration::from_secs(600);

/// The service lists it.
pub(super) fn listed(body: &mut Value, backup: &Backup, record: Record) -> Diagnostics {
    if record.progress == Progress::Unrecognised {
        return unreadable(body, &record.status);
    }
    let same_status = body.get("status").as_str() == Some(record.status.as_str());
    let mut told: Results = record.results.into_iter().filter(|(_, value)| !value.is_null()).collect();
    // Without the service's word on it, what it said before counts.
    if backup.is_support_restore.is_none() && same_status && flag(body, "restorable").is_some() {
        told.remove("restorable");
    }
    put(body, &told);
    body.set("status", Value::from(record.status.as_str()));
    match record.progress {
        Progress::Spent => gone(body, &record.status, "the service lists it as such"),
        _ => Diagnostics::new(),
    }
}

/// The complete list does not have it.
pub(super) fn unlisted(body: &mut Value) -> Diagnostics {
    if is_young(body) {
        return Diagnostics::new();
    }
    gone(body, "unlisted", "the service's complete list does not have it any more")
}

/// Its instance does not exist.
pub(super) fn instance_gone(body: &mut Value) -> Diagnostics {
    gone(body, "instance_gone", "its instance does not exist any more")
}

/// A record that does not say what has become of the backup changes nothing.
fn unreadable(body: &Value, status: &str) -> Diagnostics {
    let id = body.get("id").as_str().unwrap_or_default();
    let says = match status {
        "" => "tells no status".to_owned(),
        word => format!("has the status {word:?}, which no document explains"),
    };
    Diagnostic::warning(
        format!("What has become of backup {id} could not be read"),
        format!(
            "The service lists it, but its record {says}. The state keeps what was known: status {:?}, restorable = {}. A restore looks at the \
             record again before it sends anything.",
            body.get("status").as_str().unwrap_or("(none)"),
            flag(body, "restorable").map_or("(not known)".to_owned(), |restorable| restorable.to_string()),
        ),
    )
    .into()
}

/// A backup that is not usable any more stays in the state.
fn gone(body: &mut Value, status: &str, why: &str) -> Diagnostics {
    body.set("status", Value::from(status));
    body.set("restorable", Value::from(false));
    let id = body.get("id").as_str().unwrap_or_default().to_owned();
    Diagnostic::warning(
        format!("Backup {id} cannot be restored any more: {status}"),
        format!(
            "It is kept in the state, because {why}, and a backup cannot be made a second time. A new one is made by a change of `triggers` \
             or by `terraform apply -replace=ADDRESS`; `terraform state rm ADDRESS` forgets it."
        ),
    )
    .into()
}

fn is_young(body: &Value) -> bool {
    let created = body.get("created_at").as_str().and_then(cloud::time::parse);
    created.is_some_and(|created| cloud::time::now().duration_since(created).unsigned_abs() < YOUNG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::dcs::verdict;

    fn known() -> Value {
        Value::object([
            ("id", Value::from("i/b")),
            ("status", Value::from("succeed")),
            ("restorable", Value::from(true)),
            ("size", Value::from(7)),
            ("backup_name", Value::from("nightly")),
        ])
    }

    /// The record of a status word, which tells this about the rest.
    fn record(status: &str, restorable: bool) -> Record {
        Record {
            status: status.into(),
            progress: verdict(status, None),
            results: Results::from([
                ("size", Value::Null),
                ("backup_name", Value::from("renamed")),
                ("restorable", Value::from(restorable)),
            ]),
            ..Record::default()
        }
    }

    #[test]
    fn what_cannot_be_read_keeps_what_was_known_and_says_so() {
        for (word, says) in [("", "tells no status"), ("pondering", "\"pondering\"")] {
            let mut body = known();
            let told = listed(&mut body, &Backup::default(), record(word, false));
            assert_eq!(body, known(), "{word:?}");
            assert!(!told.has_error() && told.0.len() == 1 && told.0[0].detail.contains(says), "{word:?}: {told:?}");
        }
    }

    #[test]
    fn what_the_record_leaves_out_stays_as_it_was_known() {
        let mut body = known();
        assert!(listed(&mut body, &Backup::default(), record("succeed", true)).is_empty());
        assert_eq!(body.get("size"), &Value::from(7));
        assert_eq!(body.get("backup_name"), &Value::from("renamed"));
        // A service that no longer says that a restore is barred has not said that it is allowed.
        body.set("restorable", Value::from(false));
        listed(&mut body, &Backup::default(), record("succeed", true));
        assert_eq!(body.get("restorable"), &Value::from(false));
        let allowed = Backup { is_support_restore: Some(true), ..Backup::default() };
        listed(&mut body, &allowed, record("succeed", true));
        assert_eq!(body.get("restorable"), &Value::from(true));
    }

    #[test]
    fn what_is_spent_or_gone_is_told() {
        let mut body = known();
        let told = listed(&mut body, &Backup::default(), record("expired", false));
        assert!(told.0[0].summary.contains("cannot be restored any more: expired"), "{told:?}");
        assert_eq!(body.get("restorable"), &Value::from(false));
        let mut body = known();
        assert!(unlisted(&mut body).0[0].summary.contains("unlisted"));
        assert_eq!(body.get("status"), &Value::from("unlisted"));
    }
}
