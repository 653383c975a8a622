//! How far a new instance is, by itself and by the task that makes it.

use cloud::dbs::{self, Instance, Job};
use cloud::rds::{self, SERVICE};
use cloud::{Error, Scope};
use engine::work::{Failure, Progress, Record, Results};
use tf::Value;

use crate::operations::common::{marks, moment_or_null, string_or_null};
use crate::operations::databases::tasks;

/// What the status of a new instance means for its making (facts/rds.md 3.1), and the word of a task that failed.
pub(super) fn verdict(status: &str) -> Progress {
    match status {
        "BUILD" | "RESTORING" => Progress::Running,
        "CREATE FAIL" | "FAILED" | "Failed" => Progress::Failed(Failure::default()),
        "deleted" => Progress::Spent,
        // It was made; what happens to it since is another matter.
        "ACTIVE"
        | "BACKING UP"
        | "MODIFYING"
        | "REBOOTING"
        | "MODIFYING INSTANCE TYPE"
        | "SWITCHOVER"
        | "MIGRATING"
        | "MODIFYING DATABASE PORT"
        | "FROZEN"
        | "STORAGE FULL" => Progress::Succeeded,
        _ => Progress::Unrecognised,
    }
}

/// The task that makes an instance: by its id where that is known and found, else the first of the instance's own list.
///
/// # Errors
/// What could not be read now, and may be later. Without a right to read tasks there is none.
pub(super) async fn find(scope: &Scope, instance: &str, job: Option<&str>) -> Result<Option<Job>, Error> {
    if let Some(job) = job {
        match dbs::job(scope, SERVICE, job).await {
            Ok(job) => return Ok(Some(job)),
            Err(error) if error.is_transient() => return Err(error),
            Err(_) => {}
        }
    }
    let (since, until) = tasks::window();
    let listed = match rds::tasks(scope, instance, since, until).await {
        Ok(listed) => listed,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            tracing::info!(error = %error, "the tasks of the new instance are not readable: its status alone tells");
            return Ok(None);
        }
    };
    let is_it = |task: &Job| match job {
        Some(job) => task.id.as_deref().is_some_and(|id| tf::same_id(id, job)),
        None => task.name.as_deref().is_some_and(makes),
    };
    Ok(listed.into_iter().filter(is_it).min_by_key(Job::created))
}

/// Whether a task of this name may be the making of an instance. The names are not documented but for one,
/// `CreateMysqlSingleHAInstance`.
fn makes(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("create") || name.contains("restore")
}

/// A new instance as the engine and the state want it; nothing where neither it nor its task is there.
pub(super) fn record(id: &str, instance: Option<&Instance>, task: Option<&Job>) -> Option<Record> {
    if instance.is_none() && task.is_none() {
        return None;
    }
    let status = instance.and_then(|instance| instance.status.clone()).unwrap_or_default();
    let by_task =
        task.map(|task| tasks::verdict(task.status.as_deref().unwrap_or_default(), task.fail_reason.as_deref()));
    let progress = match by_task {
        Some(Progress::Failed(failure)) => Progress::Failed(failure),
        Some(Progress::Running) => Progress::Running,
        // The task has ended and the list does not have the instance yet.
        _ if instance.is_none() => Progress::Running,
        Some(Progress::Succeeded) if status == "BUILD" => Progress::Running,
        _ => verdict(&status),
    };
    let failed = matches!(progress, Progress::Failed(_));
    let ended = task.filter(|_| progress == Progress::Succeeded).and_then(|task| task.end_time.as_deref());
    let began = task.and_then(|task| task.created_time.as_deref());
    let created = instance.and_then(|instance| instance.created.as_deref());
    let size = instance.and_then(|instance| instance.volume.size).map(|size| size.to_string());
    let mut results = Results::from([
        ("job_id", string_or_null(task.and_then(|task| task.id.as_deref()))),
        (
            "started_at",
            task.and_then(Job::created).map_or_else(
                || moment_or_null(began.or(created)),
                |created| Value::from(cloud::time::rfc3339(created)),
            ),
        ),
        ("ready_at", moment_or_null(ended)),
    ]);
    results.extend(instance.map(addresses).unwrap_or_default());
    Some(Record {
        operation: id.to_owned(),
        // The instance may look well while its task says that it failed: the state has to tell.
        status: if failed && !matches!(verdict(&status), Progress::Failed(_)) { "Failed".to_owned() } else { status },
        progress,
        created_at: task.and_then(Job::created).or_else(|| created.and_then(cloud::time::parse)),
        results,
        marks: marks([
            ("name", instance.and_then(|instance| instance.name.as_deref())),
            ("vpc", instance.and_then(|instance| instance.vpc_id.as_deref())),
            ("subnet", instance.and_then(|instance| instance.subnet_id.as_deref())),
            ("size", size.as_deref()),
        ]),
    })
}

/// The addresses of an instance, as a result; nothing while it has none.
pub(super) fn addresses(instance: &Instance) -> Results {
    let addresses: Vec<Value> = instance.private_ips.iter().map(|address| Value::from(address.as_str())).collect();
    let value = if addresses.is_empty() { Value::Null } else { Value::List(addresses) };
    Results::from([("private_ips", value)])
}
