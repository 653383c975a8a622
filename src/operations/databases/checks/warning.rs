//! What a restore of a database instance will overwrite, in the user's words.

use cloud::dbs::Instance;
use jiff::Timestamp;
use tf::Diagnostic;

use super::Facts;
use crate::operations::checks::{Place, Read};
use crate::operations::databases::{Asked, Product, called, moment};
use crate::operations::words::{age, bytes, named};

/// The warning that each plan of a restore carries.
pub fn overwrite_warning<P: Product>(facts: &Facts, asked: &Asked, place: &Place, now: Timestamp) -> Diagnostic {
    let target = words::<P>(facts.target.as_ref(), asked.target.as_deref());
    let source = words::<P>(facts.source.as_ref(), asked.source.as_deref());
    let in_place = asked.source.is_some() && asked.source == asked.target;
    let (what, since) = point(facts, asked, now);
    let lost = match (in_place, &since) {
        (true, Some(since)) => format!("Everything written to it after {since} is lost"),
        (true, None) => "Everything written to it since then is lost".to_owned(),
        (false, _) => "Everything that the target holds now is lost".to_owned(),
    };
    let from = if in_place { String::new() } else { format!("\n  Source: {source}") };
    let names = asked.names.as_ref().map(|names| {
        let pairs: Vec<String> = names.iter().map(|(old, new)| format!("{old} as {new}")).collect();
        format!("\n  Only:   {}", pairs.join(", "))
    });
    let untouched = if in_place { "" } else { " The source is not touched." };
    let detail = format!(
        "{lost}.\n\n  Where:  {place}\n  Target: {target}{from}\n  To:     {what}{}\n\nThe target is not usable meanwhile; the service restores \
         some 30 to 40 MB a second.{untouched} A restore cannot be stopped or undone.",
        names.unwrap_or_default()
    );
    let summary = match in_place {
        true => format!("{target} will be overwritten with {what}"),
        false => format!("{target} will be overwritten with {source}: {what}"),
    };
    Diagnostic::warning(summary, detail).at(P::RESTORE.target)
}

/// What the data goes back to, and the moment of it.
pub fn point(facts: &Facts, asked: &Asked, now: Timestamp) -> (String, Option<String>) {
    if let Some(time) = asked.time {
        let words = moment::in_words(time);
        let how_old = cloud::time::from_millis(time).map(|time| format!(", {}", age(time, now))).unwrap_or_default();
        return (format!("its state as of {words}{how_old}"), Some(words));
    }
    let Some(id) = asked.backup.as_deref() else { return ("a point that is not known yet".to_owned(), None) };
    let Some(backup) = facts.backup(asked) else { return (format!("backup {id}"), None) };
    let what = format!("backup {}", named(backup.name.as_deref(), id));
    let begun = backup.begin_time.as_deref().and_then(cloud::time::parse);
    let size = backup.bytes().filter(|size| *size > 0).map(|size| format!(", {}", bytes(size))).unwrap_or_default();
    match begun {
        Some(begun) => {
            let words = crate::operations::words::moment(begun);
            (format!("{what} of {words}, {}{size}", age(begun, now)), Some(words))
        }
        None => (format!("{what}{size}"), None),
    }
}

/// An instance by name and id, as the beginning of a sentence.
pub fn words<P: Product>(read: Option<&Read<Instance>>, id: Option<&str>) -> String {
    let Some(id) = id else { return format!("A {} instance that is not known yet", P::NAME) };
    let name = read.and_then(|read| read.as_ref().ok()).and_then(|instance| instance.name.as_deref());
    called::<P>(&named(name, id))
}
