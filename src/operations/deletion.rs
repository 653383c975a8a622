//! Deleting one thing: accepted is not gone, and refused for now is not refused.

use async_trait::async_trait;
use cloud::{Error, Kind as ErrorKind};
use engine::{Bounds, follow};
use jiff::Timestamp;
use tf::{Diagnostic, Diagnostics};
use tokio::time::Instant;

use crate::operations::words;
use crate::report;

/// One thing on its way out.
#[async_trait]
pub trait Removal: Send + Sync {
    /// What it is called in messages, as the beginning of a sentence: `Backup 5b… of RDS instance 5d…`.
    fn what(&self) -> String;

    /// Asks the service to delete it. Asking twice does no harm.
    ///
    /// # Errors
    /// Refused, or not answered.
    async fn ask(&self) -> Result<(), Error>;

    /// Whether the service still has it, on a fresh look.
    ///
    /// # Errors
    /// Nobody can tell.
    async fn is_there(&self) -> Result<bool, Error>;
}

/// One backup that can be restored, as far as its loss is concerned.
pub struct Restorable<'a> {
    /// Its ID.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// Of which moment it is, where the service tells.
    pub time: Option<Timestamp>,
}

impl Restorable<'_> {
    fn described(&self) -> String {
        let name = words::named(self.name, self.id);
        match self.time {
            Some(time) => format!("{name} of {}", words::moment(time)),
            None => name,
        }
    }
}

/// What goes with a backup: the only one of `of` that can be restored, or the newest. A sentence that begins with a space;
/// `None` for any other backup, and for one that is not among `restorable` itself.
pub fn loss(of: &str, id: &str, restorable: &[Restorable<'_>]) -> Option<String> {
    let is_it = |backup: &&Restorable<'_>| tf::same_id(backup.id, id);
    let own = restorable.iter().find(is_it)?;
    let mut others = restorable.iter().filter(|backup| !is_it(backup)).peekable();
    if others.peek().is_none() {
        return Some(format!(" It is the only backup of {of} that can be restored."));
    }
    // Nobody knows whether one that tells no time is newer.
    let dated: Vec<(Timestamp, &Restorable<'_>)> =
        others.map(|backup| Some((backup.time?, backup))).collect::<Option<_>>()?;
    let (newest, next) = dated.into_iter().max_by_key(|(time, _)| *time)?;
    (own.time? > newest).then(|| {
        format!(" It is the newest backup of {of} that can be restored; the newest beside it is {}.", next.described())
    })
}

/// Deletes, and waits until it is gone. Already gone is success.
pub async fn run(removal: &dyn Removal, bounds: &Bounds) -> Diagnostics {
    let began = Instant::now();
    let mut accepted = false;
    loop {
        let waiting_for = match cloud::with_patience(bounds.over(), step(removal, &mut accepted)).await {
            Ok(None) => return Diagnostics::new(),
            Ok(Some(why)) => why,
            Err(error) => {
                return report::call_failed(format!("{} could not be deleted", removal.what()), &error).into();
            }
        };
        let next = Instant::now() + follow::pause(began.elapsed());
        if next > bounds.deadline {
            return gave_up(removal, &waiting_for, bounds).into();
        }
        tokio::select! {
            biased;
            () = bounds.stop.cancelled() => return gave_up(removal, "Terraform asked to stop", bounds).into(),
            () = tokio::time::sleep_until(next) => {}
        }
    }
}

/// One request, and what there is to wait for after it; nothing once it is gone.
async fn step(removal: &dyn Removal, accepted: &mut bool) -> Result<Option<String>, Error> {
    if !*accepted {
        match removal.ask().await {
            Ok(()) => *accepted = true,
            // The code of what is gone may also stand for what is in use, and some refusals mean "already gone": a look tells.
            Err(error) if is_open(&error) => {
                return match removal.is_there().await {
                    Ok(false) => Ok(None),
                    Err(read) if read.is_not_found() => Ok(None),
                    Ok(true) if matches!(error.kind(), ErrorKind::Depends | ErrorKind::NotFound) => {
                        Ok(Some(error.to_string()))
                    }
                    _ => Err(error),
                };
            }
            Err(error) if error.is_busy() || error.is_transient() => return Ok(Some(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    match removal.is_there().await {
        Ok(false) => Ok(None),
        Ok(true) => Ok(Some("the service still lists it".to_owned())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) if error.is_transient() => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Whether only a look can tell what a refusal means.
fn is_open(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Depends | ErrorKind::Invalid | ErrorKind::Refused)
}

/// The error of a deletion that was not seen to its end.
pub fn gave_up(removal: &dyn Removal, why: &str, bounds: &Bounds) -> Diagnostic {
    Diagnostic::error(
        format!("{} is not deleted yet", removal.what()),
        format!(
            "Gave up after {}: {why}. It stays in the state; run apply again.",
            tf::duration::display(bounds.timeout)
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    /// What the service answers, in order: to requests to delete, and to looks. The last one counts on.
    struct Played {
        asked: Mutex<VecDeque<Result<(), Error>>>,
        there: Mutex<VecDeque<Result<bool, Error>>>,
    }

    fn next<T: Clone>(answers: &Mutex<VecDeque<T>>) -> T {
        let mut answers = answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }

    #[async_trait]
    impl Removal for Played {
        fn what(&self) -> String {
            "Backup b".to_owned()
        }

        async fn ask(&self) -> Result<(), Error> {
            next(&self.asked)
        }

        async fn is_there(&self) -> Result<bool, Error> {
            next(&self.there)
        }
    }

    fn of(kind: ErrorKind) -> Error {
        Error::of_kind(kind, "played")
    }

    #[tokio::test(start_paused = true)]
    async fn gone_is_told_by_a_look_and_a_refusal_by_what_it_means() {
        use ErrorKind::{Busy, Depends, Forbidden, NotFound, Refused, Unavailable};
        let refused = "could not be deleted";
        let late = "is not deleted yet";
        for (asked, there, told) in [
            (vec![Ok(())], vec![Ok(true), Ok(false)], None),
            (vec![Ok(())], vec![Err(of(NotFound))], None),
            (vec![Ok(())], vec![Err(of(Unavailable)), Ok(false)], None),
            (vec![Ok(())], vec![Ok(true)], Some(late)),
            (vec![Ok(())], vec![Err(of(Forbidden))], Some(refused)),
            (vec![Err(of(Busy)), Ok(())], vec![Ok(false)], None),
            (vec![Err(of(NotFound))], vec![Ok(false)], None),
            (vec![Err(of(NotFound))], vec![Err(of(NotFound))], None),
            // In use under the code of what is gone, then free.
            (vec![Err(of(NotFound)), Ok(())], vec![Ok(true), Ok(false)], None),
            (vec![Err(of(Depends)), Ok(())], vec![Ok(true), Ok(false)], None),
            (vec![Err(of(Refused))], vec![Ok(false)], None),
            (vec![Err(of(Refused))], vec![Ok(true)], Some(refused)),
            (vec![Err(of(Forbidden))], vec![Ok(true)], Some(refused)),
        ] {
            let case = format!("{asked:?} {there:?}");
            let played = Played { asked: Mutex::new(asked.into()), there: Mutex::new(there.into()) };
            let bounds = Bounds::new(Duration::from_secs(60), tf::provider::StopToken::new());
            let found = run(&played, &bounds).await;
            let summary = found.0.first().map(|diagnostic| diagnostic.summary.clone());
            match told {
                None => assert_eq!(summary, None, "{case}"),
                Some(told) => assert!(summary.is_some_and(|summary| summary.contains(told)), "{case}"),
            }
        }
    }

    #[test]
    fn the_loss_of_the_newest_or_only_backup_is_told() {
        let backup = |id: &'static str, day: Option<i64>| Restorable {
            id,
            name: Some("nightly"),
            time: day.and_then(|day| Timestamp::from_second(1_767_225_600 + 86_400 * day).ok()),
        };
        let [old, new, odd] = [("old", Some(0)), ("new", Some(1)), ("odd", None)];
        let capitals = ("5d0000000000000000000000000000aain01", Some(1));
        for (listed, id, told) in [
            (
                vec![old, new],
                "new",
                Some(
                    "is the newest backup of i that can be restored; the newest beside it is nightly (old) of 2026-01-01 00:00 UTC.",
                ),
            ),
            (vec![old, capitals], "5D0000000000000000000000000000AAIN01", Some("the newest")),
            (vec![old, new], "old", None),
            (vec![new], "new", Some("It is the only backup of i that can be restored.")),
            (vec![odd], "odd", Some("the only")),
            (vec![old, odd], "odd", None),
            (vec![old, odd], "old", None),
            (vec![old, new], "unlisted", None),
            (vec![], "new", None),
        ] {
            let listed: Vec<Restorable<'_>> = listed.into_iter().map(|(id, day)| backup(id, day)).collect();
            let found = loss("i", id, &listed);
            assert_eq!(found.is_some(), told.is_some(), "{id}: {found:?}");
            assert!(found.as_deref().unwrap_or_default().contains(told.unwrap_or_default()), "{id}: {found:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait() {
        let played = Played { asked: Mutex::new(vec![Ok(())].into()), there: Mutex::new(vec![Ok(true)].into()) };
        let bounds = Bounds::new(Duration::from_secs(60), tf::provider::StopToken::new());
        bounds.stop.cancel();
        let found = run(&played, &bounds).await;
        assert!(found.0[0].detail.contains("asked to stop"), "{found:?}");
    }
}
