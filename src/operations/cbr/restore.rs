//! `recovery_cbr_restore`: overwrites a server or disk with a CBR backup (API v3, "Restoring a Backup").

mod work;

use std::time::Duration;

use async_trait::async_trait;
use cloud::Scope;
use cloud::cbr::{self, Backup, OperationLog};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Mode, NestedBlock, Nesting, Type, Value};

use super::checks::{self, Asked, Target};
use crate::operations::checks::{self as preflight, Place, Written};
use crate::operations::common::{self, flag, is_id, marks, moment_or_null, required, string_map, string_or_null, text};
use crate::operations::{Definition, Found, IdParts, Operation, Pairs};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::Lists;
use engine::work::{Effect, Failure, Progress, Record, Results, Work};
use work::RestoreWork;

/// The operation.
pub struct CbrRestore;

/// Which disk backup goes to which disk.
const PAIRS: Pairs = Pairs { block: "mapping", from: "backup_id", to: "volume_id", sent: "volume_pairs" };

#[async_trait]
impl Operation for CbrRestore {
    fn name(&self) -> &'static str {
        "recovery_cbr_restore"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Overwrites a server or a disk with a CBR backup, once, and keeps the ID of the operation. A server is shut down by the service, \
             restored and started again; a disk must be detached beforehand. Destroying the resource undoes nothing.",
            arguments: vec![
                Attribute::required(
                    "backup_id",
                    "The backup to restore: of a server (then with `server_id`) or of a disk (`volume_id`).",
                )
                .replaces()
                .check(tf::validate::check_path_part),
                Attribute::optional("server_id", "The server that is overwritten.")
                    .replaces()
                    .check(tf::validate::check_path_part),
                Attribute::optional("volume_id", "The disk that is overwritten.")
                    .replaces()
                    .check(tf::validate::check_path_part),
                Attribute::optional("resource_id", "A target of another kind (a desktop). Huawei Cloud only.")
                    .replaces()
                    .check(tf::validate::check_path_part),
                Attribute::optional(
                    "destination_path",
                    "Where files go in a file restore, 1 to 255 characters. Huawei Cloud only.",
                )
                .replaces()
                .check(check_path),
                Attribute::optional(
                    "power_on",
                    "Whether the server runs after the restore. Unset, the service decides (it starts it).",
                )
                .of(Type::Bool),
            ],
            results: vec![
                Attribute::computed("operation_id", "ID of the operation in the service's operation log."),
                Attribute::new(
                    "volume_pairs",
                    Type::map(Type::String),
                    Mode::Computed,
                    "Which disk backup goes to which disk, as it is sent.",
                ),
                Attribute::computed(
                    "restore_point",
                    "The moment that the data goes back to, RFC 3339 in UTC: when the backup was made.",
                ),
                common::progress(),
                Attribute::computed("started_at", "When the restore began, RFC 3339."),
                Attribute::computed("ended_at", "When the restore ended, RFC 3339."),
                Attribute::computed("vault_id", "The vault that holds the backup."),
                Attribute::computed("resource_type", "What the backup is of, such as `OS::Nova::Server`."),
                Attribute::computed("error_code", "The service's code if the restore failed."),
                Attribute::computed("error_message", "The service's text if the restore failed."),
            ],
            blocks: vec![NestedBlock {
                name: "mapping",
                nesting: Nesting::Set,
                block: Block {
                    description: "Which disk backup (a child of a server backup) goes to which disk. Without any, each goes back to its \
                                  original disk, which is possible for the backup's own server only. Their order means nothing.",
                    attributes: vec![
                        Attribute::required("backup_id", "A child of the server backup.")
                            .check(tf::validate::check_path_part),
                        Attribute::required("volume_id", "The disk that receives its data.")
                            .check(tf::validate::check_path_part),
                    ],
                    blocks: Vec::new(),
                },
                min_items: 0,
                max_items: 0,
                replaces: true,
            }],
        }
    }

    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "backup_id", operation: "operation_id", lasting: true }
    }

    fn verdict(&self, status: &str) -> Progress {
        verdict(status, Failure::default())
    }

    fn pairs(&self) -> Option<&'static Pairs> {
        Some(&PAIRS)
    }

    fn planned_results(&self) -> &'static [&'static str] {
        &["restore_point", "volume_pairs"]
    }

    fn overwrites(&self, body: &Value) -> Option<String> {
        Some(format!("{} with CBR backup {}", Target::known(body)?.named(), body.get("backup_id").as_str()?))
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(120 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        check_target(config, &mut diagnostics);
        check_mappings(config, &mut diagnostics);
        diagnostics
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(RestoreWork {
            scope: scope.clone(),
            checks,
            backup: required(body, "backup_id"),
            target: Target::known(body).unwrap_or_else(|| Target::Resource(String::new())),
            pairs: PAIRS.known(body),
            destination_path: text(body, "destination_path"),
            power_on: flag(body, "power_on"),
        })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let (asked, place) = (Asked::of(body), Place::from(scope));
        let lists = &runtime.engine.lists;
        let read = |freshness| {
            let asked = &asked;
            async move {
                match &asked.backup_id {
                    Some(backup_id) => checks::Facts::read(lists, scope, backup_id, freshness).await,
                    None => checks::Facts::default(),
                }
            }
        };
        let (facts, findings) = preflight::judged(read, |facts| checks::check(facts, &asked, &place)).await;
        let (known, open) = known_facts(&facts, &asked);
        let work = asked
            .target
            .as_ref()
            .map_or_else(|| "restore from CBR".to_owned(), |target| format!("restore of {}", target.named()));
        let mut diagnostics = preflight::plan_diagnostics(&findings, &work, &open);
        if !diagnostics.has_error() {
            diagnostics.push(checks::overwrite_warning(&facts, &asked, &place, cloud::time::now()));
        }
        (known, diagnostics)
    }

    async fn find(
        &self,
        _lists: &Lists,
        scope: &Scope,
        backup_id: &str,
        operation_id: &str,
    ) -> Result<Found, Diagnostics> {
        let log = cbr::operation_log(scope, operation_id)
            .await
            .map_err(|error| report::call_failed(format!("Operation {operation_id} could not be read"), &error))?;
        let restore = &log.extra_info.restore;
        if log.operation_type.as_deref() != Some("restore") || !is_id(restore.backup_id.as_deref(), backup_id) {
            return Err(Diagnostic::error(
                "Not a restore of that backup",
                format!(
                    "Operation {operation_id} is a {:?} of backup {:?}.",
                    log.operation_type.as_deref().unwrap_or("(no type)"),
                    restore.backup_id.as_deref().unwrap_or("(none)")
                ),
            )
            .into());
        }
        found(scope, backup_id, record(&log)).await
    }
}

/// What an import takes over.
///
/// # Errors
/// The backup could not be read for a reason that passes.
pub(super) async fn found(scope: &Scope, backup_id: &str, record: Record) -> Result<Found, Diagnostics> {
    let backup = match cbr::backup(scope, backup_id).await {
        Ok(backup) => Some(backup),
        Err(error) if error.is_transient() => {
            return Err(report::call_failed(format!("Backup {backup_id} could not be read"), &error).into());
        }
        Err(_) => None,
    };
    let mut body = backup.as_ref().map(facts_of_backup).unwrap_or_default();
    // The log names the target, and only the backup tells its kind. Without it the configuration tells.
    let attribute = match backup.as_ref().and_then(|backup| backup.resource_type.as_deref()) {
        Some("OS::Cinder::Volume") => Some("volume_id"),
        Some("OS::Nova::Server" | "OS::Ironic::BareMetalServer" | "OS::Native::Server") => Some("server_id"),
        Some(_) => Some("resource_id"),
        None => None,
    };
    if let Some(attribute) = attribute {
        body.insert(attribute, string_or_null(Some(record.mark("target"))));
    }
    let unlearned = &["mapping", "destination_path", "server_id", "volume_id", "resource_id"];
    Ok(Found { record, body, unlearned })
}

fn check_target(config: &Value, diagnostics: &mut Diagnostics) {
    let names = ["server_id", "volume_id", "resource_id"];
    let given: Vec<&str> = names.into_iter().filter(|name| !config.get(name).is_null()).collect();
    match given.as_slice() {
        [] => diagnostics.push(
            Diagnostic::error(
                "No target",
                "Exactly one of server_id, volume_id and resource_id says what is overwritten. resource_id is for Huawei Cloud only.",
            )
            .at("server_id"),
        ),
        [_] => {}
        // With an unknown one among them the other may still be null in the end; two known ones are a contradiction.
        several if several.iter().all(|name| !config.get(name).is_unknown()) => {
            for name in several.iter().skip(1) {
                let first = several.first().copied().unwrap_or_default();
                diagnostics.push(
                    Diagnostic::error("Two targets", format!("{first} is set already. A restore overwrites exactly one target.")).at(*name),
                );
            }
        }
        _ => {}
    }
}

fn check_mappings(config: &Value, diagnostics: &mut Diagnostics) {
    let Value::List(blocks) = config.get("mapping") else { return };
    for (name, what) in [("backup_id", "goes to two disks"), ("volume_id", "receives two disk backups")] {
        let mut seen = std::collections::BTreeSet::new();
        for value in blocks.iter().filter_map(|block| block.get(name).as_str()) {
            if !seen.insert(value) {
                diagnostics.push(
                    Diagnostic::error(
                        "A mapping appears twice",
                        format!("{name} {value} {what}. Each may appear once."),
                    )
                    .at("mapping"),
                );
            }
        }
    }
}

fn check_path(value: &Value, path: &tf::Path, diagnostics: &mut Diagnostics) {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    if !(1..=255).contains(&length) {
        diagnostics.push(
            Diagnostic::error(
                "destination_path has the wrong length",
                format!("It has {length} characters; 1 to 255 are possible."),
            )
            .at(path.clone()),
        );
    }
}

/// What the status word of an operation log means (CBR API, task list).
fn verdict(status: &str, failure: Failure) -> Progress {
    match status {
        "waiting" | "running" => Progress::Running,
        "success" => Progress::Succeeded,
        "failed" => Progress::Failed(failure),
        "timeout" => Progress::Failed(explained(failure, "the service gave up; the target may be half-written")),
        "skipped" => Progress::Failed(explained(failure, "the service did not carry it out")),
        _ => Progress::Unrecognised,
    }
}

fn explained(mut failure: Failure, meaning: &str) -> Failure {
    failure.message.get_or_insert_with(|| meaning.to_owned());
    failure
}

pub(super) fn record(log: &OperationLog) -> Record {
    let status = log.status.clone().unwrap_or_default();
    let failure = Failure { code: log.error_info.code.clone(), message: log.error_info.message.clone() };
    let time = |text: &Option<String>| moment_or_null(text.as_deref());
    let restore = &log.extra_info.restore;
    let progress = log.extra_info.common.progress.and_then(tf::Number::from_f64);
    Record {
        operation: log.id.clone().unwrap_or_default(),
        progress: verdict(&status, failure),
        status,
        created_at: log.started_at.as_deref().or(log.created_at.as_deref()).and_then(cloud::time::parse),
        results: Results::from([
            ("progress", progress.map_or(Value::Null, Value::Number)),
            ("started_at", time(&log.started_at)),
            ("ended_at", time(&log.ended_at)),
            ("error_code", string_or_null(log.error_info.code.as_deref())),
            ("error_message", string_or_null(log.error_info.message.as_deref())),
        ]),
        marks: marks([("backup", restore.backup_id.as_deref()), ("target", restore.target_resource_id.as_deref())]),
    }
}

fn facts_of_backup(backup: &Backup) -> Results {
    Results::from([
        ("restore_point", checks::made(backup).map_or(Value::Null, |time| Value::from(cloud::time::rfc3339(time)))),
        ("vault_id", string_or_null(backup.vault_id.as_deref())),
        ("resource_type", string_or_null(backup.resource_type.as_deref())),
    ])
}

/// What a plan may show: what cannot change until the apply. And the names of what it cannot show for want of a read.
fn known_facts(facts: &checks::Facts, asked: &Asked) -> (Results, Vec<&'static str>) {
    let mut known = Results::new();
    let mut open = Vec::new();
    let unread = facts.failure().is_some();
    match facts.found() {
        // The moment of a backup that is still being made is not settled.
        Some(backup) if !is_being_made(backup) => {
            if let Some(time) = checks::made(backup) {
                known.insert("restore_point", Value::from(cloud::time::rfc3339(time)));
            }
        }
        Some(_) => {}
        None if unread => open.push("restore_point"),
        None => {}
    }
    match checks::pairs(facts, asked) {
        Some(pairs) => {
            known.insert("volume_pairs", string_map(&pairs));
        }
        None if unread && asked.mapping == Written::Nothing => open.push("volume_pairs"),
        None => {}
    }
    (known, open)
}

fn is_being_made(backup: &Backup) -> bool {
    matches!(backup.status.as_deref(), Some("waiting_protect" | "protecting"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(members: &[(&'static str, Value)]) -> Value {
        let mut body = Value::object([("backup_id", Value::from("b"))]);
        for name in ["server_id", "volume_id", "resource_id"] {
            body.set(name, Value::Null);
        }
        for (name, value) in members {
            body.set(name, value.clone());
        }
        body
    }

    #[test]
    fn exactly_one_target() {
        let blamed = |members: &[(&'static str, Value)]| -> Vec<String> {
            let found = CbrRestore.validate(&config(members));
            found.0.iter().map(|diagnostic| diagnostic.attribute.clone().unwrap_or_default().to_string()).collect()
        };
        assert_eq!(blamed(&[]), ["server_id"]);
        assert!(blamed(&[("server_id", "s".into())]).is_empty());
        assert_eq!(blamed(&[("server_id", "s".into()), ("volume_id", "v".into())]), ["volume_id"]);
        assert!(blamed(&[("server_id", "s".into()), ("volume_id", Value::Unknown)]).is_empty());
        assert!(blamed(&[("server_id", Value::Unknown)]).is_empty());
    }

    #[test]
    fn words_mean_what_the_documents_say() {
        assert_eq!(verdict("running", Failure::default()), Progress::Running);
        assert_eq!(verdict("success", Failure::default()), Progress::Succeeded);
        for bad in ["failed", "timeout", "skipped"] {
            assert!(matches!(verdict(bad, Failure::default()), Progress::Failed(_)), "{bad}");
        }
        assert_eq!(verdict("done", Failure::default()), Progress::Unrecognised);
    }
}
