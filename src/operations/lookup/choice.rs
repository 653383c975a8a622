//! Which records a list shows, and in which order: the filters that all dated lists share.

use std::cmp::Reverse;

use cloud::time::Timestamp;
use tf::{Attribute, Diagnostic, Mode, Type, Value};

use crate::moments;
use crate::operations::common;

/// A record with a moment of creation and an ID.
pub(crate) trait Dated {
    /// When it was made, as the service writes it.
    fn created(&self) -> Option<&str>;

    /// Its ID.
    fn id(&self) -> Option<&str>;
}

/// The arguments `created_after` and `most_recent`.
pub(crate) fn arguments() -> [Attribute; 2] {
    [
        Attribute::optional(
            "created_after",
            "Only what was created after this moment, RFC 3339 with a zone. What has no readable moment of creation does not pass.",
        )
        .check(moments::check_rfc3339),
        Attribute::new(
            "most_recent",
            Type::Bool,
            Mode::Optional,
            "Only the newest of those that pass the other filters. Then an empty result is an error, because a configuration reads the first \
             element; without it, an empty list is none.",
        ),
    ]
}

/// Those that pass `created_after`, newest first and then by ID; only the first of them with `most_recent`. What has no
/// readable moment of creation comes last.
pub(crate) fn choose<'a, T: Dated>(config: &Value, records: impl IntoIterator<Item = &'a T>) -> Vec<&'a T> {
    let after = created_after(config);
    let created = |record: &&T| record.created().and_then(cloud::time::parse);
    let passes = |record: &&'a T| after.is_none_or(|after| created(record).is_some_and(|created| created > after));
    let mut chosen: Vec<&T> = records.into_iter().filter(passes).collect();
    chosen.sort_by_cached_key(|record| (Reverse(created(record)), record.id().map(str::to_owned)));
    if wants_most_recent(config) {
        chosen.truncate(1);
    }
    chosen
}

/// The moment of `created_after`.
pub(crate) fn created_after(config: &Value) -> Option<Timestamp> {
    config.get("created_after").as_str().and_then(|text| moments::parse(text).ok())
}

/// Whether a word of a record is what the filter of that name asks for.
pub(crate) fn fits(config: &Value, filter: &str, word: Option<&str>) -> bool {
    config.get(filter).as_str().is_none_or(|wanted| word == Some(wanted))
}

/// Refuses an empty result, and one that nothing can be done with, where `most_recent` promises one record. `looked_through` ends the sentence "Looked
/// through …", `filters` names the arguments that filter.
pub(crate) fn require_one<T: Dated>(
    config: &Value,
    chosen: &[&T],
    noun: &str,
    looked_through: &str,
    filters: &[&str],
) -> Result<(), Diagnostic> {
    if !wants_most_recent(config) {
        return Ok(());
    }
    if let Some(newest) = chosen.first() {
        return match newest.id() {
            Some(_) => Ok(()),
            None => Err(Diagnostic::error(
                format!("The most recent {noun} has no ID"),
                format!(
                    "Looked through {looked_through}. The newest that passes, of {}, has no ID in the service's list, so that nothing can be \
                     done with it, and an older one is not what was asked for. Without most_recent the list shows what there is.",
                    newest.created().unwrap_or("an unknown moment")
                ),
            )
            .at("most_recent")),
        };
    }
    Err(Diagnostic::error(
        format!("There is no {noun} to take as the most recent one"),
        format!(
            "Looked through {looked_through}. {}\n\nWith most_recent, an empty result is an error, because a configuration reads the first \
             element. Without it, the list is empty and no error.",
            passing(config, filters)
        ),
    )
    .at("most_recent"))
}

fn passing(config: &Value, filters: &[&str]) -> String {
    let shown = |name: &&str| config.get(name).as_str().map(|wanted| format!("  {name} = {wanted:?}"));
    let set: Vec<String> = filters.iter().chain(&["created_after"]).filter_map(shown).collect();
    match set.is_empty() {
        true => "No filter is set.".to_owned(),
        false => format!("Nothing passes these filters together:\n{}", set.join("\n")),
    }
}

fn wants_most_recent(config: &Value) -> bool {
    common::flag(config, "most_recent").unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name and a moment; one without a name has no ID.
    struct Thing(&'static str, Option<&'static str>);

    impl Dated for Thing {
        fn created(&self) -> Option<&str> {
            self.1
        }

        fn id(&self) -> Option<&str> {
            Some(self.0).filter(|id| !id.is_empty())
        }
    }

    const THINGS: [Thing; 6] = [
        Thing("none", None),
        Thing("old", Some("2026-01-01T00:00:00Z")),
        Thing("unreadable", Some("soon")),
        Thing("twin-b", Some("2026-01-03T00:00:00+0000")),
        Thing("naive", Some("2026-01-02T00:00:00")),
        Thing("twin-a", Some("2026-01-03T01:00:00+01:00")),
    ];

    fn chosen(config: &[(&str, Value)]) -> Vec<&'static str> {
        let config = Value::object(config.iter().cloned());
        choose(&config, &THINGS).into_iter().map(|thing| thing.0).collect()
    }

    #[test]
    fn newest_first_whatever_form_the_times_have() {
        assert_eq!(chosen(&[]), ["twin-a", "twin-b", "naive", "old", "none", "unreadable"]);
        assert_eq!(chosen(&[("most_recent", Value::from(true))]), ["twin-a"]);
        assert_eq!(chosen(&[("most_recent", Value::from(false))]).len(), 6);
    }

    #[test]
    fn created_after_leaves_out_the_moment_itself_and_the_unreadable() {
        let after = |text: &str| chosen(&[("created_after", Value::from(text))]);
        assert_eq!(after("2026-01-01T00:00:00Z"), ["twin-a", "twin-b", "naive"]);
        assert_eq!(after("2025-12-31T23:59:59.999Z"), ["twin-a", "twin-b", "naive", "old"]);
        assert_eq!(after("2026-01-03T01:00:00+01:00"), Vec::<&str>::new());
    }

    #[test]
    fn an_empty_result_is_an_error_for_the_most_recent_only() {
        let filters = [("status", Value::from("succeed")), ("created_after", Value::from("2027-01-01T00:00:00Z"))];
        let mut config = Value::object(filters);
        let empty: [&Thing; 0] = [];
        assert_eq!(require_one(&config, &empty, "backup", "6 records", &["status"]), Ok(()));
        config.set("most_recent", Value::from(true));
        assert_eq!(require_one(&config, &[&THINGS[0]], "backup", "6 records", &["status"]), Ok(()));
        let error = require_one(&config, &empty, "backup", "6 records", &["status"]).unwrap_err();
        for part in ["6 records", "status = \"succeed\"", "created_after = \"2027-01-01T00:00:00Z\"", "Without it"] {
            assert!(error.detail.contains(part), "{part}: {}", error.detail);
        }
        let bare = Value::object([("most_recent", Value::from(true))]);
        assert!(
            require_one(&bare, &empty, "backup", "0 records", &["status"])
                .unwrap_err()
                .detail
                .contains("No filter is set.")
        );
    }

    #[test]
    fn the_most_recent_one_has_an_id_or_is_an_error() {
        let nameless = Thing("", Some("2026-01-09T00:00:00Z"));
        let config = Value::object([("most_recent", Value::from(true))]);
        let error = require_one(&config, &[&nameless], "backup", "6 records", &[]).unwrap_err();
        assert!(error.summary.contains("has no ID") && error.detail.contains("2026-01-09"), "{error:?}");
        assert_eq!(require_one(&Value::Null, &[&nameless], "backup", "6 records", &[]), Ok(()));
    }

    #[test]
    fn a_filter_that_is_not_set_fits_all() {
        let config = Value::object([("status", Value::from("succeed"))]);
        assert!(fits(&config, "status", Some("succeed")) && fits(&config, "backup_type", None));
        assert!(!fits(&config, "status", Some("failed")) && !fits(&config, "status", None));
    }
}
