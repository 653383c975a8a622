//! The delete: makes the backup, or follows the one that an earlier delete has begun, and says whether the target may go.

use std::time::Duration;

use cloud::Scope;
use engine::Bounds;
use engine::outcome::{Ended, Interruption};
use engine::pending::Pending;
use engine::request::From;
use engine::work::{Freshness, Progress, Record};
use tf::provider::DeleteRequest;
use tf::{Diagnostics, Severity, Value};

use super::schema::SKIP;
use super::{Last, words};
use crate::forms::resource::decide;
use crate::forms::resource::object::{pending, set_pending};
use crate::forms::resource::private::{Intent, Private};
use crate::forms::resource::schema::timeout;
use crate::operations::common;
use crate::runtime::Runtime;

/// How old a backup that an earlier delete has begun may be to count as the last one: what was written since is not in it.
/// No document gives a time; a day is this project's choice, long enough for whoever comes back the next morning.
const LAST: Duration = Duration::from_secs(24 * 3600);

/// Where the backup stands before a delete.
#[derive(Debug, PartialEq, Eq)]
enum Stand {
    /// As the object says.
    AsKept,
    /// It runs, or ended well lately, under this ID.
    Found(String),
    /// What was begun has ended, and is not the last backup: another one has to be made.
    Over,
}

impl Last {
    /// Makes the backup; an error keeps the object, and so its target.
    pub(super) async fn make(&self, request: DeleteRequest) -> Diagnostics {
        let mut body = request.prior;
        if common::flag(&body, SKIP) == Some(true) {
            return self.skipped(&body).into();
        }
        let runtime = match self.managed.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return self.kept(&body, diagnostic.into()),
        };
        let scope = match self.managed.scope(&runtime, &body).await {
            Ok(scope) => scope,
            Err(diagnostic) => return self.kept(&body, diagnostic.into()),
        };
        let private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        let bounds = Bounds::new(timeout(&body, "delete", self.managed.operation.default_timeout()), request.stop);
        let from = match bounds.within(self.stand(&runtime, &scope, &body)).await {
            Ok(Stand::Found(operation)) => From::Operation(operation),
            Ok(Stand::Over) => {
                self.renew(&mut body);
                body.set("status", Value::Null);
                From::Nothing
            }
            // Without a look at what is on record nothing is begun: the engine looks, too, and says why it cannot.
            Ok(Stand::AsKept) | Err(_) => pending(&body).map_or(From::Nothing, |pending| decide::from(&pending)),
        };
        if let From::Operation(operation) = &from {
            set_pending(&mut body, Some(&Pending::Started(operation.clone())));
        }
        let saver = self.managed.saver((body.clone(), Value::Null), private.clone(), &scope, &request.save_point);
        let voice = |body: &Value, request| words::voice(self, body, bounds.timeout, request);
        let (answer, ended) = self.managed.journey(&runtime, &scope, saver, from, (true, &voice), &bounds).await;
        let mut body = answer.state.unwrap_or(body);
        let mut diagnostics = answer.diagnostics;
        if let Ended::Over(_, Record { progress: Progress::Succeeded, .. }) = &ended {
            // A backup that was made twice is told, but no reason to keep the target.
            diagnostics.push(self.made(&body));
            return diagnostics;
        }
        match &ended {
            Ended::Over(..) | Ended::Left(_, _, Interruption::Vanished) => self.renew(&mut body),
            // What was told to the service in an earlier run and led to nothing is over, too.
            Ended::NotStarted(_) => set_pending(&mut body, None),
            _ => {}
        }
        request.save_point.save(body.clone(), answer.private);
        self.kept(&body, diagnostics)
    }

    /// What became of the backup that an earlier delete has begun, or that nobody saw begin: a run that was killed leaves
    /// no mark, but the name of the backup is known.
    async fn stand(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> Stand {
        let work = self.managed.work(runtime, scope, body);
        let (lists, left) = (&runtime.engine.lists, pending(body));
        let record = match &left {
            Some(Pending::Started(operation)) => work.look(lists, operation, Freshness::Now).await.ok().flatten(),
            _ => {
                let records = work.records(lists, Freshness::Now).await.unwrap_or_default();
                records.into_iter().find(|record| work.started(record))
            }
        };
        record.map_or(Stand::AsKept, |record| judge(&record, cloud::time::now()))
    }

    /// The object before another backup: with a name that none has.
    fn renew(&self, body: &mut Value) {
        let status = body.get("status").clone();
        self.reset(body);
        body.set("status", status);
        body.set("name", Last::fresh_name(body));
    }

    /// The same diagnostics, with what each error means for the target.
    fn kept(&self, body: &Value, mut diagnostics: Diagnostics) -> Diagnostics {
        if !diagnostics.has_error() {
            diagnostics.push(self.not_made(body));
        }
        for error in diagnostics.0.iter_mut().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            error.detail = format!("{}\n\n{}", error.detail, self.keeps());
            // The argument belongs to no configuration any more.
            error.attribute = None;
        }
        diagnostics
    }
}

/// Whether a record is of a backup that can be the last one.
fn judge(record: &Record, now: jiff::Timestamp) -> Stand {
    let age = record.created_at.map(|created| now.duration_since(created));
    let is_old = age.is_none_or(|age| age.is_positive() && age.unsigned_abs() > LAST);
    match record.progress {
        Progress::Failed(_) | Progress::Spent => Stand::Over,
        Progress::Succeeded if is_old => Stand::Over,
        _ => Stand::Found(record.operation.clone()),
    }
}

#[cfg(test)]
mod tests {
    use engine::work::Failure;

    use super::*;

    #[test]
    fn what_runs_is_followed_and_what_ended_well_lately_counts() {
        let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let found = || Stand::Found("b".to_owned());
        for (progress, created, stand) in [
            (Progress::Running, Some("2026-11-10T12:00:00Z"), found()),
            (Progress::Unrecognised, Some("2026-11-10T12:00:00Z"), found()),
            (Progress::Succeeded, Some("2026-11-20T08:00:00Z"), found()),
            (Progress::Succeeded, Some("2026-11-20T12:05:00Z"), found()),
            (Progress::Succeeded, Some("2026-11-19T11:59:00Z"), Stand::Over),
            (Progress::Succeeded, None, Stand::Over),
            (Progress::Failed(Failure::default()), Some("2026-11-20T11:00:00Z"), Stand::Over),
            (Progress::Spent, Some("2026-11-20T11:00:00Z"), Stand::Over),
        ] {
            let created_at = created.map(|time| time.parse().unwrap());
            let record = Record { operation: "b".into(), progress: progress.clone(), created_at, ..Record::default() };
            assert_eq!(judge(&record, now), stand, "{progress:?} {created:?}");
        }
    }
}
