//! The moments that a database instance can be restored to, as a look-up.

use std::marker::PhantomData;

use async_trait::async_trait;
use cloud::Scope;
use tf::{Attribute, Diagnostic, Diagnostics, Path, Value};

use super::{Product, Reader, called, times};
use crate::operations::common::{required, text};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up, for a service.
pub struct DatabaseRestoreTimes<P>(pub PhantomData<P>);

const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

#[async_trait]
impl<P: Product> Lookup for DatabaseRestoreTimes<P> {
    fn type_name(&self) -> &'static str {
        P::RESTORE.times
    }

    fn description(&self) -> &'static str {
        "The moments that an instance can be restored to, as intervals, newest first; of one day, or of yesterday and today (UTC). **The \
         intervals move with the time**: whoever takes `latest` as the `restore_time` of a restore adds `ignore_changes = [restore_time]`, because a \
         change of it restores again."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::required("instance_id", "ID of the instance whose data is restored.")
                .check(tf::validate::check_id),
            Attribute::optional("date", "The day, `yyyy-mm-dd`. Without it, yesterday and today are asked for.")
                .check(check_date),
        ];
        attributes.extend(times::attributes("The intervals, newest first; empty if there is no moment to restore to."));
        attributes
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let instance = required(config, "instance_id");
        let reader = Reader { lists: &runtime.engine.lists, scope, freshness: SHARED };
        let now = cloud::time::now();
        let days = match text(config, "date") {
            Some(date) => vec![date],
            None => [now - DAY, now].map(|day| day.strftime("%Y-%m-%d").to_string()).to_vec(),
        };
        let mut intervals = Vec::new();
        for day in &days {
            match reader.times::<P>(&instance, Some(day)).await {
                Ok(found) => {
                    let new: Vec<_> = found.iter().filter(|interval| !intervals.contains(*interval)).cloned().collect();
                    intervals.extend(new);
                }
                Err(error) => {
                    let of = called::<P>(&instance);
                    let what = format!("The times that {of} can be restored to");
                    return Err(unreadable(&error, scope, &what, &of, "instance_id"));
                }
            }
        }
        Ok(times::found(&instance, &intervals))
    }
}

/// Check: a day that exists.
fn check_date(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && (text.len() != 10 || text.parse::<jiff::civil::Date>().is_err())
    {
        let shown: String = text.chars().take(40).collect();
        diagnostics.push(tf::validate::invalid(path, format!("must be a day such as 2026-01-31; got {shown:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists() {
        for (text, wrong) in
            [("2026-01-31", 0), ("2026-02-30", 1), ("31.01.2026", 1), ("2026-01-31T00:00:00", 1), ("", 1)]
        {
            let mut diagnostics = Diagnostics::new();
            check_date(&Value::from(text), &Path::from("date"), &mut diagnostics);
            assert_eq!(diagnostics.0.len(), wrong, "{text}");
        }
    }
}
