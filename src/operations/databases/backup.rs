//! A backup of a database instance, for every service that has them.

use std::marker::PhantomData;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use cloud::dbs::{Backup, NewBackup};
use cloud::{Error, Scope};
use tf::{Attribute, Diagnostic, Diagnostics, Mode, Path, Type, Value};

use super::deletion::{self, Deletion};
use super::status::verdict;
use super::{Product, Reader, called, checks, lane};
use crate::operations::checks::{self as preflight, Place};
use crate::operations::common::{self, integer_or_null, is_id, marks, moment_or_null, required, string_or_null, text};
use crate::operations::{Definition, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::{self, Lists};
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};
use engine::{Bounds, End};

/// The operation, for a service.
pub struct DatabaseBackup<P>(pub PhantomData<P>);

/// How long a backup may be missing from a complete list before that means anything.
const YOUNG: Duration = Duration::from_secs(600);

#[async_trait]
impl<P: Product> Operation for DatabaseBackup<P> {
    fn name(&self) -> &'static str {
        P::BACKUP.resource
    }

    fn definition(&self) -> Definition {
        let mut arguments = vec![
            Attribute::required("instance_id", "The instance to back up: a primary, not a replica.")
                .replaces()
                .check(tf::validate::check_id),
            Attribute::required(
                "name",
                "Name of the backup: 4 to 64 letters, digits, `-` and `_`, a letter first. The service takes no name twice, and it is what a \
                 backup is found by whose request was answered by nobody.",
            )
            .replaces()
            .check(check_name),
            Attribute::optional("description", "Text kept with the backup, up to 256 characters.")
                .replaces()
                .check(check_description),
        ];
        arguments.extend(P::backup_arguments());
        Definition {
            description: P::BACKUP.description,
            arguments,
            results: [
                Attribute::computed("backup_id", "The service's ID of the backup."),
                Attribute::computed("backup_type", "`manual`, in the letters of the service."),
                Attribute::new("size", Type::Number, Mode::Computed, "Size in bytes."),
                Attribute::computed("begin_time", "When the backup was begun, RFC 3339."),
                Attribute::computed("end_time", "When the backup ended, RFC 3339."),
                Attribute::computed("engine", "Engine of the instance, as the service spells it."),
                Attribute::computed("engine_version", "Version of the engine."),
                Attribute::new("restorable", Type::Bool, Mode::Computed, "Whether it is finished and can be restored."),
            ]
            .into_iter()
            .chain(
                P::BACKUP.has_job.then(|| Attribute::computed("job_id", "The service's ID of the task that made it.")),
            )
            .collect(),
            blocks: Vec::new(),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "instance_id", operation: "backup_id", lasting: true }
    }

    fn verdict(&self, status: &str) -> Progress {
        verdict(status)
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(4 * 60 * 60)
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(BackupWork::<P> {
            scope: scope.clone(),
            checks,
            new: NewBackup {
                instance_id: required(body, "instance_id"),
                name: required(body, "name"),
                description: text(body, "description").filter(|text| !text.is_empty()),
                databases: texts(body.get("databases")),
            },
            job: OnceLock::new(),
            product: PhantomData,
        })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let Some(instance) = text(body, "instance_id") else { return (Results::new(), Diagnostics::new()) };
        let (lists, place) = (&runtime.engine.lists, Place::from(scope));
        let read = |freshness| {
            let reader = Reader { lists, scope, freshness };
            let instance = &instance;
            async move { reader.instance::<P>(instance).await }
        };
        let judge = |read: &preflight::Read<_>| checks::check_backup::<P>(read, &instance, &place);
        let (_, findings) = preflight::judged(read, judge).await;
        let work = format!("backup of {}", called::<P>(&instance));
        (Results::new(), preflight::plan_diagnostics(&findings, &work, &[]))
    }

    async fn refresh(&self, lists: &Lists, scope: &Scope, body: &mut Value) -> Diagnostics {
        let (instance, backup_id) = (required(body, "instance_id"), required(body, "backup_id"));
        let reader = Reader { lists, scope, freshness: lists::REFRESH };
        let listed = match reader.backups::<P>(&instance).await {
            Ok(listed) => listed,
            // A manual backup outlives its instance: without the instance nothing is known about it.
            Err(error) if error.is_not_found() => {
                return Diagnostic::warning(
                    format!("How backup {backup_id} is could not be read"),
                    format!(
                        "Its instance {instance} is not found. A manual backup outlives its instance, so the state keeps what was known \
                         last.\n\n{}",
                        report::facts_of(&error)
                    ),
                )
                .into();
            }
            Err(error) => {
                let what = format!("The backups of {} could not be read", called::<P>(&instance));
                return report::call_failed(what, &error).into();
            }
        };
        match listed.iter().find(|backup| is_id(backup.id.as_deref(), &backup_id)) {
            Some(backup) => {
                let record = record(backup);
                common::put(body, &record.results);
                body.set("status", Value::from(record.status.as_str()));
                match record.progress {
                    Progress::Spent => gone(body, &record.status, "its deletion is under way"),
                    _ => Diagnostics::new(),
                }
            }
            None if is_young(body) => Diagnostics::new(),
            None => gone(body, "unlisted", "the service's complete list does not have it any more"),
        }
    }

    async fn loss(&self, lists: &Lists, scope: &Scope, body: &Value) -> Option<String> {
        let (instance, backup) = (required(body, "instance_id"), required(body, "backup_id"));
        let reader = Reader { lists, scope, freshness: lists::REFRESH };
        deletion::loss::<P>(&reader.backups::<P>(&instance).await.ok()?, &instance, &backup)
    }

    async fn delete(&self, runtime: &Runtime, scope: &Scope, body: &Value, bounds: &Bounds) -> Diagnostics {
        let deletion = Deletion::<P> {
            scope,
            lists: &runtime.engine.lists,
            instance: required(body, "instance_id"),
            backup: required(body, "backup_id"),
            bounds,
            product: PhantomData,
        };
        if deletion.backup.is_empty() {
            return Diagnostic::warning(
                format!("Nothing was deleted on {}", called::<P>(&deletion.instance)),
                format!(
                    "An attempt of an earlier run to make this backup had an unknown outcome, so there is no ID to delete. Look into the \
                     backups of the instance for one with the name {:?}.",
                    required(body, "name")
                ),
            )
            .into();
        }
        let _turn = match runtime.engine.turn_on(&lane::<P>(scope, &deletion.instance), bounds).await {
            Ok(turn) => turn,
            Err(End::Stopped) => return deletion.gave_up("Terraform asked to stop").into(),
            Err(End::TimedOut) => return deletion.gave_up("other work on the instance did not end").into(),
        };
        deletion.run().await
    }

    async fn find(&self, lists: &Lists, scope: &Scope, instance: &str, backup_id: &str) -> Result<Found, Diagnostics> {
        let reader = Reader { lists, scope, freshness: Freshness::Now };
        let listed = reader.backups::<P>(instance).await.map_err(|error| {
            report::call_failed(format!("The backups of {} could not be read", called::<P>(instance)), &error)
        })?;
        let Some(backup) = listed.iter().find(|backup| is_id(backup.id.as_deref(), backup_id)) else {
            return Err(Diagnostic::error(
                "No such backup",
                format!(
                    "{} has {} backups on record, and {backup_id} is not one of them.",
                    called::<P>(instance),
                    listed.len()
                ),
            )
            .into());
        };
        if !backup.is_manual() {
            return Err(Diagnostic::error(
                "Not a backup that somebody asked for",
                format!(
                    "{backup_id} is of type {:?}. The service makes and deletes such backups by itself; they can be restored, but not managed.",
                    backup.backup_type.as_deref().unwrap_or_default()
                ),
            )
            .into());
        }
        Ok(found::<P>(backup))
    }
}

/// A backup as an import takes it over.
pub fn found<P: Product>(backup: &Backup) -> Found {
    let description = backup.description.as_deref().filter(|text| !text.is_empty());
    let mut body =
        Results::from([("name", string_or_null(backup.name.as_deref())), ("description", string_or_null(description))]);
    if P::BACKUP.unlearned.contains(&"databases") {
        body.insert("databases", databases(backup));
    }
    // Where the list has no description or leaves the databases out, the configuration tells them once.
    Found { record: record(backup), body, unlearned: P::BACKUP.unlearned }
}

/// The names of databases that a backup was limited to; null for all.
fn databases(backup: &Backup) -> Value {
    let names: Vec<Value> =
        backup.databases.iter().filter_map(|database| database.name.as_deref().map(Value::from)).collect();
    if names.is_empty() { Value::Null } else { Value::List(names) }
}

fn texts(value: &Value) -> Vec<String> {
    let Value::List(items) = value else { return Vec::new() };
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Check: four to 64 letters, digits, hyphens and underscores, a letter first.
pub fn check_name(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let Some(name) = value.as_str() else { return };
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !(fits && begins && (4..=64).contains(&name.len())) {
        let shown: String = name.chars().take(80).collect();
        let rule = "must have 4 to 64 letters, digits, \"-\" and \"_\", and begin with a letter";
        diagnostics.push(tf::validate::invalid(path, format!("{rule}; got {shown:?}")));
    }
}

/// Check: up to 256 characters without those that the services refuse.
pub fn check_description(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let Some(text) = value.as_str() else { return };
    let count = text.chars().count();
    if count > 256 {
        diagnostics.push(tf::validate::invalid(path, format!("has {count} characters; the service takes up to 256")));
    }
    if let Some(letter) = text.chars().find(|letter| matches!(letter, '>' | '!' | '<' | '"' | '&' | '\'' | '=')) {
        let rule = "the service takes none of > ! < \" & ' =";
        diagnostics.push(tf::validate::invalid(path, format!("has {letter:?}; {rule}")));
    }
}

/// A backup that is not usable any more stays in the state.
fn gone(body: &mut Value, status: &str, why: &str) -> Diagnostics {
    body.set("status", Value::from(status));
    body.set("restorable", Value::from(false));
    let id = required(body, "id");
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
    let begun = text(body, "begin_time").and_then(|text| cloud::time::parse(&text));
    begun.is_some_and(|begun| cloud::time::now().duration_since(begun).unsigned_abs() < YOUNG)
}

/// What the service lists, as the engine and the state want it.
pub fn record(backup: &Backup) -> Record {
    let status = backup.status.clone().unwrap_or_default();
    let progress = verdict(&status);
    let over = progress.is_over();
    Record {
        operation: backup.id.clone().unwrap_or_default(),
        created_at: backup.begin_time.as_deref().and_then(cloud::time::parse),
        results: Results::from([
            ("backup_type", string_or_null(backup.backup_type.as_deref())),
            ("size", integer_or_null(backup.bytes().filter(|_| over))),
            ("begin_time", moment_or_null(backup.begin_time.as_deref())),
            ("end_time", if over { moment_or_null(backup.end_time.as_deref()) } else { Value::Null }),
            ("engine", string_or_null(backup.datastore.engine.as_deref())),
            ("engine_version", string_or_null(backup.datastore.version.as_deref())),
            ("restorable", Value::from(progress == Progress::Succeeded)),
        ]),
        marks: marks([
            ("name", backup.name.as_deref()),
            ("manual", Some(if backup.is_manual() { "yes" } else { "no" })),
        ]),
        status,
        progress,
    }
}

struct BackupWork<P> {
    scope: Scope,
    checks: bool,
    new: NewBackup,
    /// The task, once the request is answered: no list tells it.
    job: OnceLock<String>,
    product: PhantomData<P>,
}

#[async_trait]
impl<P: Product> Work for BackupWork<P> {
    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn target(&self) -> String {
        called::<P>(&self.new.instance_id)
    }

    fn lane(&self) -> String {
        lane::<P>(&self.scope, &self.new.instance_id)
    }

    fn record_place(&self) -> String {
        format!("the backups of {} with the name {:?}", self.target(), self.new.name)
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        if !self.checks {
            return Ok(Results::new());
        }
        let reader = Reader { lists, scope: &self.scope, freshness: Freshness::Now };
        let instance = reader.instance::<P>(&self.new.instance_id).await;
        if let Err(error) = &instance
            && error.is_transient()
        {
            return Err(Blocked::Unreadable(error.clone()));
        }
        let findings = checks::check_backup::<P>(&instance, &self.new.instance_id, &Place::from(&self.scope));
        preflight::refusal(&findings, self.effect().overwrites()).map_or_else(|| Ok(Results::new()), Err)
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let reader = Reader { lists, scope: &self.scope, freshness };
        Ok(reader.backups::<P>(&self.new.instance_id).await?.iter().map(record).collect())
    }

    fn started(&self, record: &Record) -> bool {
        // The name is unique, so that it tells a lost request's backup.
        record.mark("name") == self.new.name && record.mark("manual") == "yes"
    }

    fn is_same(&self, _record: &Record) -> bool {
        // Two backups alike are legitimate: none stands in for another.
        false
    }

    async fn send(&self) -> Result<Sent, Error> {
        let started = P::create_backup(&self.scope, &self.new).await?;
        if let Some(job) = started.job {
            // A request is sent a second time only if the first one started nothing.
            let _ = self.job.set(job);
        }
        Ok(Sent::Id(started.id))
    }

    async fn look(&self, lists: &Lists, operation: &str, freshness: Freshness) -> Result<Option<Record>, Error> {
        let records = self.records(lists, freshness).await?;
        let mut found = records.into_iter().find(|record| tf::same_id(&record.operation, operation));
        if let (Some(record), Some(job)) = (&mut found, self.job.get().filter(|_| P::BACKUP.has_job)) {
            record.results.insert("job_id", Value::from(job.as_str()));
        }
        Ok(found)
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        Ok(Readiness::Ready)
    }

    async fn ready(&self, _lists: &Lists) -> Result<Readiness, Error> {
        Ok(P::readiness(&cloud::dbs::instance(&self.scope, P::SERVICE, &self.new.instance_id).await?))
    }

    fn is_name_taken(&self, refusal: &Error) -> bool {
        cloud::dbs::is_name_taken(refusal)
    }

    fn consequence(&self) -> String {
        "The data of the instance is not touched by a backup. There is no backup that could be restored from this attempt.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_are_what_the_services_take() {
        let problems = |check: tf::schema::Check, text: &str| {
            let mut diagnostics = Diagnostics::new();
            check(&Value::from(text), &Path::from("x"), &mut diagnostics);
            diagnostics.0.len()
        };
        for (name, wrong) in
            [("before-42", 0), ("abc", 1), ("1abc", 1), ("ab c", 1), ("äbcd", 1), ("", 1), (&"a".repeat(65), 1)]
        {
            assert_eq!(problems(check_name, name), wrong, "{name}");
        }
        for (text, wrong) in
            [("before the release", 0), ("a=b", 1), ("it's", 1), (&"ü".repeat(256), 0), (&"ü".repeat(257), 1)]
        {
            assert_eq!(problems(check_description, text), wrong, "{text}");
        }
    }

    #[test]
    fn only_a_manual_backup_of_this_name_is_a_request_s_own() {
        let listed = |name: &str, kind: &str| {
            record(&Backup { name: Some(name.into()), backup_type: Some(kind.into()), ..Backup::default() })
        };
        let own = |record: &Record| record.mark("name") == "before-42" && record.mark("manual") == "yes";
        assert!(own(&listed("before-42", "manual")) && own(&listed("before-42", "Manual")));
        assert!(!own(&listed("before-43", "manual")) && !own(&listed("before-42", "auto")));
    }
}
