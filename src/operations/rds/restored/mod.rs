//! `recovery_rds_restored_instance`: a new instance with the data of another one (RDS API v3, "Restoring Data to a New DB
//! Instance"). Nothing is overwritten; what is made costs and stays.

mod checks;
mod deletion;
mod task;
mod work;

use std::time::Duration;

use async_trait::async_trait;
use cloud::Scope;
use cloud::dbs::{self, Instance, Point};
use cloud::rds::{Ha, NewInstance, SERVICE};
use engine::Bounds;
use engine::lists::{self, Lists};
use engine::work::{Effect, Progress, Results, Work};
use tf::{Attribute, Diagnostic, Diagnostics, Mode, Path, Type, Value};

use super::Rds;
use crate::operations::checks::{self as preflight, Place};
use crate::operations::common::{self, flag, integer_or_null, required, string_or_null, text};
use crate::operations::databases::backup::check_name;
use crate::operations::databases::checks::Facts;
use crate::operations::databases::moment::check_restore_time;
use crate::operations::databases::restore::{check_one_point, restore_point};
use crate::operations::databases::{Asked, Reader, moment};
use crate::operations::{Definition, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;

/// The operation.
pub struct RdsRestoredInstance;

/// What a user asks for, as far as it is known.
#[derive(Clone, Debug)]
struct Wanted {
    /// Where the data is from.
    asked: Asked,
    /// What is sent. What is not known is empty.
    new: NewInstance,
    /// Whether there is a password, known or not.
    has_password: bool,
    /// Whether destroying the resource deletes the instance.
    is_deleted: bool,
}

impl Wanted {
    fn of(body: &Value) -> Wanted {
        let asked = Asked {
            source: text(body, "source_instance_id"),
            backup: text(body, "backup_id"),
            time: moment::restore_time(body),
            ..Asked::default()
        };
        let point = match (&asked.backup, asked.time) {
            (Some(backup), None) => Some(Point::Backup(backup.clone())),
            (None, Some(time)) => Some(Point::Time(time)),
            _ => None,
        };
        let number = |name: &str| match body.get(name) {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let zones = match body.get("availability_zones") {
            Value::List(zones) => zones.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let new = NewInstance {
            name: required(body, "name"),
            source: asked.source.clone().unwrap_or_default(),
            point,
            flavor: required(body, "flavor"),
            zones,
            vpc_id: required(body, "vpc_id"),
            subnet_id: required(body, "subnet_id"),
            security_group_id: text(body, "security_group_id"),
            volume_type: required(body, "volume_type"),
            volume_size: number("volume_size").unwrap_or_default(),
            ha: text(body, "ha_replication_mode").map(|replication_mode| Ha { replication_mode }),
            parameter_group_id: text(body, "parameter_group_id"),
            port: number("port"),
            password: text(body, "password").map(Into::into),
        };
        let is_deleted = flag(body, "delete_with_resource").unwrap_or(false);
        Wanted { asked, new, has_password: !body.get("password").is_null(), is_deleted }
    }
}

#[async_trait]
impl Operation for RdsRestoredInstance {
    fn name(&self) -> &'static str {
        "recovery_rds_restored_instance"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Restores an RDS backup or moment into a new instance, once, and keeps the ID of the instance: for drills, and for a \
                          look before anything is overwritten. The instance costs until it is deleted; `delete_with_resource` says whether a \
                          destroy does that.",
            arguments: arguments(),
            results: vec![
                Attribute::computed("instance_id", "ID of the new instance."),
                Attribute::computed("job_id", "The service's ID of the task that made it."),
                Attribute::computed(
                    "restore_point",
                    "The moment that the data is as of, RFC 3339 in UTC: `restore_time`, or the beginning of the backup.",
                ),
                Attribute::new(
                    "private_ips",
                    Type::list(Type::String),
                    Mode::Computed,
                    "Addresses of the instance in its subnet.",
                ),
                Attribute::computed("started_at", "When the service began to make it, RFC 3339."),
                Attribute::computed(
                    "ready_at",
                    "When its task ended, RFC 3339: how long recovery took, with `started_at`. Null where the service tells no task.",
                ),
            ],
            blocks: Vec::new(),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Builds
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "source_instance_id", operation: "instance_id", lasting: false }
    }

    fn verdict(&self, status: &str) -> Progress {
        task::verdict(status)
    }

    fn planned_results(&self) -> &'static [&'static str] {
        &["restore_point"]
    }

    fn stays(&self, body: &Value) -> Option<String> {
        let Some(instance) = text(body, "instance_id") else {
            return Some(format!(
                "What became of the request for it is not known: look for an instance with the name {:?} in the console. If there is one, it \
                 costs until it is deleted.",
                required(body, "name")
            ));
        };
        (!Wanted::of(body).is_deleted).then(|| {
            format!(
                "Instance {instance} goes on, and costs until it is deleted. To go on with it as any other instance, take it into a state of the \
                 provider that manages instances, under a block of your own:\n\n  terraform import opentelekomcloud_rds_instance_v3.NAME \
                 {instance}\n  terraform import huaweicloud_rds_instance.NAME {instance}\n\nTo have a destroy delete it, set \
                 delete_with_resource = true and apply that first."
            )
        })
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(12 * 60 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = check_one_point(config);
        let (zones, mode) = (config.get("availability_zones"), config.get("ha_replication_mode"));
        if let (Value::List(zones), false) = (zones, mode.is_unknown()) {
            let wanted = if mode.is_null() { 1 } else { 2 };
            if zones.len() != wanted {
                let problem = match wanted {
                    1 => {
                        "A single instance is in one zone. Give one zone, or ha_replication_mode for a primary with a standby."
                    }
                    _ => "A primary and its standby are in two zones, which may be the same. Give two.",
                };
                let summary = format!("availability_zones has {} zones, not {wanted}", zones.len());
                diagnostics.push(Diagnostic::error(summary, problem).at("availability_zones"));
            }
        }
        diagnostics
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(work::RestoredWork::new(scope, Wanted::of(body), text(body, "job_id"), checks))
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let (wanted, place) = (Wanted::of(body), Place::from(scope));
        let lists = &runtime.engine.lists;
        let read = |freshness| Facts::read::<Rds>(lists, scope, &wanted.asked, freshness);
        let (facts, findings) = preflight::judged(read, |facts| checks::check(facts, &wanted, &place)).await;
        let known = restore_point(&facts, &wanted.asked);
        let open: &[&str] = if known.is_empty() && wanted.asked.backup.is_some() { &["restore_point"] } else { &[] };
        let work = format!("restore to the new RDS instance {:?}", wanted.new.name);
        let mut diagnostics = preflight::plan_diagnostics(&findings, &work, open);
        if !diagnostics.has_error() {
            diagnostics.push(checks::cost_warning(&facts, &wanted, &place, cloud::time::now()));
        }
        (known, diagnostics)
    }

    async fn find(&self, _lists: &Lists, scope: &Scope, source: &str, instance_id: &str) -> Result<Found, Diagnostics> {
        if tf::same_id(source, instance_id) {
            let problem = "The ID names one instance twice. The first part is the instance that the data is from, the second one the new instance.";
            return Err(Diagnostic::error("Not a restored instance", problem).into());
        }
        let instance = dbs::instance(scope, SERVICE, instance_id)
            .await
            .map_err(|error| report::call_failed(format!("RDS instance {instance_id} could not be read"), &error))?;
        let task = task::find(scope, instance_id, None).await.map_err(|error| {
            report::call_failed(format!("The tasks of RDS instance {instance_id} could not be read"), &error)
        })?;
        let record = task::record(instance_id, Some(&instance), task.as_ref());
        Ok(Found { record: record.unwrap_or_default(), body: learned(&instance), unlearned: UNLEARNED })
    }

    async fn refresh(&self, lists: &Lists, scope: &Scope, body: &mut Value) -> Diagnostics {
        let instance_id = required(body, "instance_id");
        let reader = Reader { lists, scope, freshness: lists::REFRESH };
        match reader.instance::<Rds>(&instance_id).await {
            Ok(instance) => {
                body.set("status", string_or_null(instance.status.as_deref()));
                common::put(body, &task::addresses(&instance));
                Diagnostics::new()
            }
            Err(error) if error.is_not_found() => gone(body, &instance_id),
            Err(error) => report::call_failed(format!("RDS instance {instance_id} could not be read"), &error).into(),
        }
    }

    async fn delete(&self, runtime: &Runtime, scope: &Scope, body: &Value, bounds: &Bounds) -> Diagnostics {
        deletion::run(runtime, scope, &required(body, "instance_id"), bounds).await
    }
}

/// An instance that is not there any more stays in the state: nothing makes another one by itself.
fn gone(body: &mut Value, instance_id: &str) -> Diagnostics {
    body.set("status", Value::from("deleted"));
    Diagnostic::warning(
        format!("RDS instance {instance_id} is not there any more"),
        "The service does not list it. It is kept in the state with the status \"deleted\", and nothing makes another one by itself: a change of \
         `triggers` or `terraform apply -replace=ADDRESS` does, and `terraform state rm ADDRESS` forgets it.",
    )
    .into()
}

/// What an instance tells of the arguments that it was made with.
fn learned(instance: &Instance) -> Results {
    Results::from([
        ("name", string_or_null(instance.name.as_deref())),
        ("vpc_id", string_or_null(instance.vpc_id.as_deref())),
        ("subnet_id", string_or_null(instance.subnet_id.as_deref())),
        ("volume_size", integer_or_null(instance.volume.size.map(|size| size as i64))),
    ])
}

/// What no instance tells, or not in the words in which it was asked for.
const UNLEARNED: &[&str] = &[
    "backup_id",
    "restore_time",
    "name",
    "flavor",
    "availability_zones",
    "vpc_id",
    "subnet_id",
    "security_group_id",
    "volume_type",
    "volume_size",
    "ha_replication_mode",
    "parameter_group_id",
    "port",
    "password_version",
];

fn arguments() -> Vec<Attribute> {
    let id = |attribute: Attribute| attribute.replaces().check(tf::validate::check_id);
    let text = |attribute: Attribute| attribute.replaces().check(tf::validate::check_not_empty);
    vec![
        id(Attribute::required("source_instance_id", "The instance that the data is from. It is not touched.")),
        id(Attribute::optional("backup_id", "The backup of the source to restore. Either this or `restore_time`.")),
        Attribute::new(
            "restore_time",
            Type::Number,
            Mode::Optional,
            "The moment that the data is as of, in whole milliseconds since 1970-01-01 UTC. Either this or `backup_id`.",
        )
        .replaces()
        .check(check_restore_time),
        Attribute::required(
            "name",
            "Name of the new instance: 4 to 64 letters, digits, `-` and `_`, a letter first. Best one that no other instance has: it is what an \
             instance is found by whose request was answered by nobody.",
        )
        .replaces()
        .check(check_name),
        text(Attribute::required("flavor", "Specification, such as `rds.mysql.c2.large`.")),
        Attribute::new(
            "availability_zones",
            Type::list(Type::String),
            Mode::Required,
            "Zones: one, or with `ha_replication_mode` two, of the primary and the standby.",
        )
        .replaces(),
        id(Attribute::required("vpc_id", "VPC of the new instance.")),
        id(Attribute::required("subnet_id", "Subnet (network ID) of the new instance.")),
        id(Attribute::optional("security_group_id", "Security group of the new instance.")),
        text(Attribute::required("volume_type", "Kind of storage, such as `CLOUDSSD` or `ULTRAHIGH`.")),
        Attribute::new(
            "volume_size",
            Type::Number,
            Mode::Required,
            "Storage in GB: at least that of the source.",
        )
        .replaces()
        .check(tf::validate::check_whole::<1, 100_000>),
        Attribute::optional(
            "ha_replication_mode",
            "Makes a primary with a standby: `async` or `semisync` (MySQL), `async` or `sync` (PostgreSQL), `sync` (SQL Server). Without it, a \
             single instance.",
        )
        .one_of(&["async", "semisync", "sync"])
        .replaces(),
        id(Attribute::optional("parameter_group_id", "Parameter group; without it, the service's default.")),
        Attribute::new("port", Type::Number, Mode::Optional, "Port; without it, the engine's own.")
            .replaces()
            .check(tf::validate::check_whole::<1, 65_535>),
        Attribute::optional(
            "password",
            "Password of the administrator of the new instance. Open Telekom Cloud demands one. From Terraform and OpenTofu 1.11 on it is in no \
             plan and no state, and may be an ephemeral value; older versions keep it in the state. A change of it alone does nothing: see \
             `password_version`.",
        )
        .write_only()
        .check(check_password),
        Attribute::new(
            "password_version",
            Type::Number,
            Mode::Optional,
            "Any number. A change makes a new instance, with the `password` as it is then.",
        )
        .replaces(),
        Attribute::new(
            "delete_with_resource",
            Type::Bool,
            Mode::Optional,
            "Whether destroying this resource deletes the instance and its data. Default `false`: it is only forgotten, and goes on.",
        )
        .default(false),
    ]
}

/// Check: not empty. Never says what it was.
fn check_password(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if value.as_str() == Some("") {
        diagnostics.push(tf::validate::invalid(path, "must not be empty; leave it out for none".to_owned()));
    }
}

#[cfg(test)]
mod tests;
