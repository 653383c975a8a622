//! Tasks as records: what their words mean, and which of them are about a restore from one instance to another.

use cloud::dbs::Job;
use engine::work::{Failure, Progress, Record, Results};
use tf::Value;

use crate::operations::common::{marks, moment_or_null, percent, string_or_null};

/// How far back lists of tasks are read: they take no start earlier than 30 days ago.
const LIST_DAYS: i64 = 29;

/// The window in which tasks are listed, in epoch milliseconds.
pub fn window() -> (i64, i64) {
    let now = cloud::time::now();
    let since = cloud::time::millis(now - jiff::SignedDuration::from_hours(24 * LIST_DAYS));
    // An hour of slack: the service's clock may be ahead of ours.
    let until = cloud::time::millis(now + jiff::SignedDuration::from_hours(1));
    (since, until)
}

/// What the status word of a task means (task information of DDM, RDS and DDS; `Complete` stands in an example of RDS).
pub fn verdict(status: &str, reason: Option<&str>) -> Progress {
    match status {
        "Running" => Progress::Running,
        "Completed" | "Complete" => Progress::Succeeded,
        "Failed" => Progress::Failed(Failure { code: None, message: reason.map(str::to_owned) }),
        _ => Progress::Unrecognised,
    }
}

/// A task as the engine and the state want it.
pub fn record(job: &Job) -> Record {
    let status = job.status.clone().unwrap_or_default();
    let progress = verdict(&status, job.fail_reason.as_deref());
    let percent = if progress == Progress::Succeeded { Value::from(100) } else { percent(job.process.as_deref()) };
    // The end time is filled in even while the task runs; what it means then is not documented.
    let ended = if progress.is_over() { moment_or_null(job.end_time.as_deref()) } else { Value::Null };
    let created = job.created().map_or_else(
        || moment_or_null(job.created_time.as_deref()),
        |created| Value::from(cloud::time::rfc3339(created)),
    );
    Record {
        operation: job.id.clone().unwrap_or_default(),
        status,
        created_at: job.created(),
        results: Results::from([
            ("progress", percent),
            ("created_at", created),
            ("ended_at", ended),
            ("fail_reason", string_or_null(job.fail_reason.as_deref())),
        ]),
        marks: marks([("name", job.name.as_deref()), ("instance", job.instance_id())]),
        progress,
    }
}

/// The two ends of a restore. A task names one of them, and no document says which.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// The instance that the data is from.
    pub source: &'a str,
    /// The instance that is overwritten.
    pub target: &'a str,
}

impl Ends<'_> {
    /// Whether a task is about either end.
    pub fn concern(&self, record: &Record) -> bool {
        self.names_target(record) || tf::same_id(record.mark("instance"), self.source)
    }

    /// Whether a task names the target.
    pub fn names_target(&self, record: &Record) -> bool {
        tf::same_id(record.mark("instance"), self.target)
    }

    /// Whether a running task names the source, so that it could be about another target: see [`Ends::mark`].
    pub fn is_open(&self, record: &Record) -> bool {
        tf::same_id(record.mark("instance"), self.source) && !record.progress.is_over()
    }

    /// Notes of tasks that name the source whether they are about this target, which its own state tells: `restoring`.
    pub fn mark(&self, records: &mut [Record], restoring: bool) {
        for record in records.iter_mut().filter(|record| self.is_open(record)) {
            record.marks.insert("target", if restoring { self.target.to_owned() } else { String::new() });
        }
    }

    /// Whether a task could be the same restore, by all that it tells of the two ends.
    pub fn is_same(&self, record: &Record) -> bool {
        match record.marks.get("target") {
            Some(target) => tf::same_id(target, self.target),
            None => self.concern(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_documents_say() {
        assert_eq!(verdict("Running", None), Progress::Running);
        assert_eq!(verdict("Completed", None), Progress::Succeeded);
        assert_eq!(verdict("Complete", None), Progress::Succeeded);
        assert!(matches!(verdict("Failed", Some("disk full")), Progress::Failed(_)));
        assert_eq!(verdict("running", None), Progress::Unrecognised);
    }

    #[test]
    fn progress_has_three_forms_and_an_end_counts_once_it_is_over() {
        for process in ["60", "60%", "60% "] {
            let job = Job {
                status: Some("Running".into()),
                process: Some(process.into()),
                end_time: Some("2018-08-06T10:41:14+0000".into()),
                ..Job::default()
            };
            let record = record(&job);
            assert_eq!((&record.results["progress"], &record.results["ended_at"]), (&Value::from(60), &Value::Null));
        }
    }

    #[test]
    fn a_running_task_that_names_the_source_is_told_by_the_target() {
        let ends = Ends { source: "s", target: "t" };
        let task = |instance: &str, progress| Record {
            marks: marks([("instance", Some(instance))]),
            progress,
            ..Record::default()
        };
        for (instance, progress, restoring, same) in [
            ("t", Progress::Running, false, true),
            ("s", Progress::Running, true, true),
            ("s", Progress::Running, false, false),
            // Over: nobody can tell any more, so it may be.
            ("s", Progress::Succeeded, false, true),
            ("x", Progress::Running, true, false),
        ] {
            let mut records = [task(instance, progress.clone())];
            ends.mark(&mut records, restoring);
            assert_eq!(ends.is_same(&records[0]), same, "{instance} {progress:?} {restoring}");
        }
    }
}
