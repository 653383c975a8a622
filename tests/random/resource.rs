//! One resource of a configuration, and what its user asks for.

use std::collections::BTreeSet;

use plugin_client::Object;
use rehearsal::{Needs, TimelineEntry};
use serde_json::{Value, json};

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    DcsBackup(&'static str),
    DcsRestore(&'static str),
    CbrServer,
    CbrDisk,
    Ddm,
    RdsRestore,
    RdsBackup,
    DdsBackup,
    /// A new instance, which stays when its resource goes.
    RdsNew,
}

/// One resource block with its object in the state.
#[derive(Clone)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Numbers of instances, servers and so on: what this resource alone works on (backups and restores of DCS share).
    place: u32,
    pub(crate) config: Value,
    pub(crate) object: Option<Object>,
    pub(crate) tainted: bool,
    /// How often the operation was asked for.
    pub(crate) asks: u32,
    /// Imported, and no run has taken the rest from the configuration yet.
    pub(crate) imported: bool,
    /// Asked for, and no run has begun it yet.
    pub(crate) due: bool,
    /// `-replace` in the next run.
    pub(crate) replace: bool,
    /// The number of the last request in the journal when it was asked for last.
    pub(crate) boundaries: Vec<u64>,
    /// Every ID that ever stood in the state.
    pub(crate) ids: BTreeSet<String>,
    /// Of these, the ones of earlier questions: what a user would not import in answer to the present one.
    pub(crate) answered: BTreeSet<String>,
    /// What the provider said and did since it was asked for last, for findings.
    pub(crate) history: Vec<String>,
    /// IDs that a killed provider took with it.
    pub(crate) orphans: BTreeSet<String>,
    /// Restores that were accepted in a walk whose provider was killed before it could answer.
    pub(crate) killed: BTreeSet<String>,
}

impl Resource {
    pub(crate) fn new(kind: Kind, place: u32, name: String) -> Resource {
        Resource {
            name,
            kind,
            place,
            config: Value::Null,
            object: None,
            tainted: false,
            asks: 0,
            due: false,
            imported: false,
            replace: false,
            boundaries: Vec::new(),
            ids: BTreeSet::new(),
            answered: BTreeSet::new(),
            history: Vec::new(),
            orphans: BTreeSet::new(),
            killed: BTreeSet::new(),
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::DcsBackup(_) => "recovery_dcs_backup",
            Kind::DcsRestore(_) => "recovery_dcs_restore",
            Kind::CbrServer | Kind::CbrDisk => "recovery_cbr_restore",
            Kind::Ddm => "recovery_ddm_restore",
            Kind::RdsRestore => "recovery_rds_restore",
            Kind::RdsBackup => "recovery_rds_backup",
            Kind::DdsBackup => "recovery_dds_backup",
            Kind::RdsNew => "recovery_rds_restored_instance",
        }
    }

    /// Whether the same arguments mean the same work, so that what a kill took away is looked for.
    pub(crate) fn happens_once(&self) -> bool {
        !matches!(self.kind, Kind::DcsBackup(_) | Kind::RdsBackup | Kind::DdsBackup)
    }

    fn id_attribute(&self) -> &'static str {
        match self.kind {
            Kind::DcsBackup(_) | Kind::RdsBackup | Kind::DdsBackup => "backup_id",
            Kind::DcsRestore(_) => "restore_id",
            Kind::CbrServer | Kind::CbrDisk => "operation_id",
            Kind::Ddm | Kind::RdsRestore => "job_id",
            Kind::RdsNew => "instance_id",
        }
    }

    /// The operation's ID in an object.
    pub(crate) fn operation<'v>(&self, state: &'v Value) -> Option<&'v str> {
        state[self.id_attribute()].as_str()
    }

    /// True when the state has a good end.
    pub(crate) fn is_green(&self) -> bool {
        let ended =
            |object: &Object| object.state["pending_operation"].is_null() && self.operation(&object.state).is_some();
        !self.tainted && !self.due && !self.imported && self.object.as_ref().is_some_and(ended)
    }

    /// True while the state waits for work, or for word of it.
    pub(crate) fn is_pending(&self) -> bool {
        self.object.as_ref().is_some_and(|object| !object.state["pending_operation"].is_null())
    }

    /// Puts an object into the state.
    pub(crate) fn keep(&mut self, object: Object, tainted: bool) {
        if let Some(id) = self.operation(&object.state) {
            self.ids.insert(id.to_owned());
        }
        self.tainted = tainted;
        self.object = Some(object);
    }

    /// Asks for the operation once more, the first time by writing the block.
    pub(crate) fn ask(&mut self, journal: u64, timeout: &str) -> Needs {
        self.asks += 1;
        self.due = true;
        self.history.clear();
        self.answered = self.ids.clone();
        self.boundaries.push(journal);
        self.config = self.written(timeout);
        self.needs()
    }

    /// A name that is free: one that a killed provider left behind is taken, and its backup is in no state. A user who reads that
    /// takes another one.
    pub(crate) fn take_a_free_name(&mut self) {
        if self.object.is_none() && matches!(self.kind, Kind::RdsBackup | Kind::DdsBackup) && self.asks > 0 {
            self.config["name"] = self.free_name().into();
        }
    }

    fn free_name(&self) -> String {
        format!("{}-{}-{}", self.name, self.asks, self.orphans.len())
    }

    /// Writes the ids of the block in capitals. The services answer in small letters.
    pub(crate) fn write_in_capitals(&mut self) {
        in_capitals(&mut self.config);
    }

    /// Moves the block about without meaning anything by it: no triggers become empty ones, or none again.
    pub(crate) fn write_nothing_otherwise(&mut self) {
        match &self.config["triggers"] {
            Value::Null => self.config["triggers"] = json!({}),
            Value::Object(members) if members.is_empty() => self.config["triggers"] = Value::Null,
            _ => {}
        }
    }

    /// The block as it stands in the configuration.
    fn written(&self, timeout: &str) -> Value {
        let place = self.place;
        let mut config = match self.kind {
            Kind::DcsBackup(version) => {
                json!({"instance_id": instance(place), "api_version": version, "remark": self.name})
            }
            Kind::DcsRestore(version) => {
                json!({"instance_id": instance(place), "api_version": version, "backup_id": dcs_backup(place)})
            }
            Kind::CbrServer => json!({"backup_id": cbr_backup(place), "server_id": cbr_target(place)}),
            Kind::CbrDisk => json!({"backup_id": cbr_backup(place), "volume_id": cbr_target(place)}),
            Kind::Ddm => json!({
                "source_instance_id": ddm_instance(place, 0),
                "target_instance_id": ddm_instance(place, self.asks),
                "restore_time": restore_time(),
                "data_node_relation": [
                    {"source_instance_id": ddm_node(place, 0), "target_instance_id": ddm_node(place, self.asks)},
                ],
            }),
            Kind::RdsRestore => json!({
                "source_instance_id": rds_instance(place),
                "target_instance_id": rds_instance(place),
                "backup_id": rds_backup(place),
            }),
            Kind::RdsBackup => json!({"instance_id": rds_instance(place), "name": self.free_name()}),
            Kind::DdsBackup => json!({"instance_id": dds_instance(place), "name": self.free_name()}),
            Kind::RdsNew => json!({
                "source_instance_id": rds_instance(place),
                "backup_id": rds_backup(place),
                "name": format!("{}-{}", self.name, self.asks),
                "flavor": "rds.mysql.c2.large",
                "availability_zones": ["eu-de-01"],
                "vpc_id": "v",
                "subnet_id": "n",
                "volume_type": "CLOUDSSD",
                "volume_size": 100,
                "password": "Rehearsed-4711",
            }),
        };
        if self.asks > 1 && self.kind != Kind::Ddm {
            config["triggers"] = json!({"ask": self.asks.to_string()});
        }
        config["timeouts"] = json!({"create": timeout, "update": timeout});
        config
    }

    /// What the block names has to exist.
    fn needs(&self) -> Needs {
        let place = self.place;
        match self.kind {
            Kind::DcsBackup(_) => Needs::resource("recovery_dcs_backup", json!({"instance_id": instance(place)})),
            Kind::DcsRestore(_) => {
                let arguments = json!({"instance_id": instance(place), "backup_id": dcs_backup(place)});
                Needs::resource("recovery_dcs_restore", arguments)
            }
            Kind::CbrServer => {
                let arguments = json!({"backup_id": cbr_backup(place), "server_id": cbr_target(place)});
                Needs::resource("recovery_cbr_restore", arguments)
            }
            Kind::CbrDisk => {
                let arguments = json!({"backup_id": cbr_backup(place), "volume_id": cbr_target(place)});
                Needs::resource("recovery_cbr_restore", arguments)
            }
            Kind::Ddm => {
                let relation = json!({
                    "source_instance_id": ddm_node(place, 0),
                    "target_instance_id": ddm_node(place, self.asks),
                });
                let arguments = json!({
                    "source_instance_id": ddm_instance(place, 0),
                    "target_instance_id": ddm_instance(place, self.asks),
                    "data_node_relation": [relation],
                });
                Needs::resource("recovery_ddm_restore", arguments)
            }
            Kind::RdsRestore => {
                let arguments = json!({
                    "source_instance_id": rds_instance(place),
                    "target_instance_id": rds_instance(place),
                    "backup_id": rds_backup(place),
                });
                Needs::resource("recovery_rds_restore", arguments)
            }
            Kind::RdsBackup => Needs::resource("recovery_rds_backup", json!({"instance_id": rds_instance(place)})),
            Kind::DdsBackup => Needs::resource("recovery_dds_backup", json!({"instance_id": dds_instance(place)})),
            Kind::RdsNew => {
                let arguments = json!({"source_instance_id": rds_instance(place), "backup_id": rds_backup(place)});
                Needs::resource("recovery_rds_restored_instance", arguments)
            }
        }
    }

    /// Whether an operation of the cloud was started for this resource: nobody else works on its place.
    pub(crate) fn owns(&self, entry: &TimelineEntry) -> bool {
        let path = entry.request.path.to_lowercase();
        let body = entry.request.body.as_ref().unwrap_or(&Value::Null);
        let is = |value: &Value, id: &str| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(id));
        match self.kind {
            Kind::DcsBackup(_) => {
                path.ends_with("/backups") && path.contains(&instance(self.place)) && body["remark"] == *self.name
            }
            Kind::DcsRestore(_) => path.ends_with("/restores") && path.contains(&instance(self.place)),
            Kind::CbrServer | Kind::CbrDisk => path.contains(&cbr_backup(self.place)),
            Kind::Ddm => path.contains(&ddm_instance(self.place, 0)),
            Kind::RdsBackup => path.ends_with("/backups") && is(&body["instance_id"], &rds_instance(self.place)),
            Kind::DdsBackup => {
                path.ends_with("/backups") && is(&body["backup"]["instance_id"], &dds_instance(self.place))
            }
            Kind::RdsNew => {
                path.ends_with("/instances") && is(&body["restore_point"]["instance_id"], &rds_instance(self.place))
            }
            Kind::RdsRestore => {
                path.ends_with("/instances/recovery") && is(&body["target"]["instance_id"], &rds_instance(self.place))
            }
        }
    }
}

fn in_capitals(value: &mut Value) {
    match value {
        Value::String(text) if text.len() >= 32 => text.make_ascii_uppercase(),
        Value::Array(elements) => elements.iter_mut().for_each(in_capitals),
        Value::Object(members) => members.values_mut().for_each(in_capitals),
        _ => {}
    }
}

fn instance(place: u32) -> String {
    format!("10000000-0000-4000-8000-{place:012}")
}

fn dcs_backup(place: u32) -> String {
    format!("20000000-0000-4000-8000-{place:012}")
}

fn cbr_backup(place: u32) -> String {
    format!("30000000-0000-4000-8000-{place:012}")
}

fn cbr_target(place: u32) -> String {
    format!("40000000-0000-4000-8000-{place:012}")
}

fn ddm_instance(place: u32, number: u32) -> String {
    format!("d{place:015}{number:016}in09")
}

fn ddm_node(place: u32, number: u32) -> String {
    format!("e{place:015}{number:016}in01")
}

fn rds_instance(place: u32) -> String {
    format!("5{place:031}in01")
}

fn dds_instance(place: u32) -> String {
    format!("7{place:031}in02")
}

fn rds_backup(place: u32) -> String {
    format!("6{place:031}br01")
}

/// An hour ago, the same for the whole run.
fn restore_time() -> i64 {
    static MOMENT: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    *MOMENT.get_or_init(|| jiff::Timestamp::now().as_millisecond() - 3_600_000)
}
