//! DCS (Redis), API v1.0 and v2: what its operations and look-ups share: the instance, the words, the lists.

pub mod backup;
pub mod backups;
pub mod checks;
pub mod links;
pub mod listings;
mod refresh;
pub mod restore;
pub mod restores;

use std::sync::Arc;

use cloud::dcs::{self, Backup, Instance, Restore, Version};
use cloud::{Error, Scope};
use tf::{Diagnostic, Diagnostics, Path, Value};

use engine::lists::Lists;
use engine::work::{Failure, Freshness, Progress, Readiness};

/// The API version that a body names; `v2` unless it says otherwise.
pub fn version(body: &Value) -> Version {
    match body.get("api_version").as_str() {
        Some("v1.0") => Version::V1,
        _ => Version::V2,
    }
}

/// All backups of an instance, shared by everybody who needs them.
pub async fn backups(
    lists: &Lists,
    scope: &Scope,
    version: Version,
    instance: &str,
    freshness: Freshness,
) -> Result<Arc<Vec<Backup>>, Error> {
    let key = backups_key(scope, version, instance);
    lists.get(&key, freshness, dcs::list_backups(scope, version, instance)).await
}

/// The name of that list.
pub fn backups_key(scope: &Scope, version: Version, instance: &str) -> String {
    format!("dcs/{}/{}/{instance}/backups/{}", scope.region, scope.project_id, version.segment())
}

/// All restores of an instance, shared by everybody who needs them.
pub async fn restores(
    lists: &Lists,
    scope: &Scope,
    version: Version,
    instance: &str,
    freshness: Freshness,
) -> Result<Arc<Vec<Restore>>, Error> {
    let key = format!("dcs/{}/{}/{instance}/restores/{}", scope.region, scope.project_id, version.segment());
    lists.get(&key, freshness, dcs::list_restores(scope, version, instance)).await
}

/// What the status word of a backup or restore record means (DCS API, backup and restore record lists).
pub fn verdict(status: &str, error_code: Option<&str>) -> Progress {
    match status {
        "waiting" | "backuping" | "restoring" => Progress::Running,
        "succeed" => Progress::Succeeded,
        "failed" => Progress::Failed(failure(error_code)),
        "expired" | "deleted" => Progress::Spent,
        _ => Progress::Unrecognised,
    }
}

fn failure(code: Option<&str>) -> Failure {
    Failure { code: code.map(str::to_owned), message: code.and_then(meaning).map(str::to_owned) }
}

/// What a code inside a record means (DCS API, backup record list).
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code.rsplit('.').next()? {
        "0001" => "the backup or restore tool did not start",
        "0002" => "the operation took too long for the service",
        "0003" => "the service could not delete its storage bucket",
        "0004" => "the service had no keys for its storage",
        "0005" => "the service could not create its storage bucket",
        "0006" => "the service could not read the size of the backup",
        "0007" => "the data could not be synchronised during the restore",
        "0008" => "the automatic backup did not run because another task was running",
        _ => return None,
    })
}

/// Whether the instance can take a backup or restore now. The status does not change during a backup, the task does.
pub fn readiness(instance: &Instance) -> Readiness {
    let Some(status) = instance.status.as_deref().filter(|status| !status.is_empty()) else {
        return Readiness::Unclear("the service tells no status of the instance".to_owned());
    };
    if instance.cache_mode.as_deref() == Some("single") {
        return Readiness::Broken(
            "it is a single-node instance, which can be neither backed up nor restored".to_owned(),
        );
    }
    match (status, instance.task.as_deref()) {
        ("RUNNING", None) => Readiness::Ready,
        ("RUNNING", Some(task)) => Readiness::Busy(format!("task {task}")),
        ("ERROR" | "CREATEFAILED" | "FROZEN" | "CLOSED" | "DELETED", _) => {
            Readiness::Broken(format!("its status is {status}, which does not pass by itself"))
        }
        (other, _) => Readiness::Busy(format!("status {other}")),
    }
}

/// Reads the instance and tells whether it can take the work.
pub async fn instance_readiness(scope: &Scope, version: Version, instance: &str) -> Result<Readiness, Error> {
    Ok(readiness(&dcs::instance(scope, version, instance).await?))
}

/// A remark is limited to 128 bytes: the API speaks of characters, the console of bytes, and bytes are the safe reading.
pub fn check_remark(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && text.len() > 128
    {
        diagnostics.push(
            Diagnostic::error(
                "The remark is too long",
                format!("It has {} bytes in UTF-8; the service takes up to 128. Letters beyond ASCII count for more than one.", text.len()),
            )
            .at(path.clone()),
        );
    }
}

/// The error of an id that the records do not have.
fn not_on_record(what: &str, instance: &str, number: usize, id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("No such {what}"),
        format!("DCS instance {instance} has {number} {what}s on record, and {id} is not one of them."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_documents_say() {
        assert_eq!(verdict("backuping", None), Progress::Running);
        assert_eq!(verdict("succeed", None), Progress::Succeeded);
        assert_eq!(verdict("expired", None), Progress::Spent);
        assert_eq!(verdict("succeeded", None), Progress::Unrecognised);
        let Progress::Failed(failure) = verdict("failed", Some("dcs.08.0007")) else { panic!("not failed") };
        assert!(failure.message.unwrap().contains("synchronised"));
    }

    #[test]
    fn readiness_follows_status_and_task() {
        let instance = |status: &str, task: Option<&str>, mode: &str| Instance {
            status: Some(status.into()),
            task: task.map(Into::into),
            cache_mode: Some(mode.into()),
            ..Instance::default()
        };
        assert_eq!(readiness(&instance("RUNNING", None, "ha")), Readiness::Ready);
        assert!(matches!(readiness(&instance("RUNNING", Some("BACKUPING"), "ha")), Readiness::Busy(_)));
        assert!(matches!(readiness(&instance("RESTORING", None, "ha")), Readiness::Busy(_)));
        assert!(matches!(readiness(&instance("ERROR", None, "ha")), Readiness::Broken(_)));
        // An answer without a status is no sign that anything runs.
        assert!(matches!(readiness(&Instance::default()), Readiness::Unclear(_)));
        assert!(matches!(readiness(&instance("RUNNING", None, "single")), Readiness::Broken(_)));
    }

    #[test]
    fn a_remark_is_counted_in_bytes() {
        let mut diagnostics = Diagnostics::new();
        check_remark(&Value::from("ü".repeat(64)), &Path::from("remark"), &mut diagnostics);
        assert!(diagnostics.is_empty());
        check_remark(&Value::from("ü".repeat(65)), &Path::from("remark"), &mut diagnostics);
        assert!(diagnostics.has_error());
    }
}
