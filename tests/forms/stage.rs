//! A cloud, and providers that are connected to it.

use plugin_client::{Client, Process, Start};
use rehearsal::service::OperationFailure;
use rehearsal::{Entry, Fault, Options, Running, Scenario, Service, cbr, ddm, dds, rds};
use serde_json::{Value, json};

pub(crate) const INSTANCE: &str = rehearsal::dcs::BUILT_IN_INSTANCE;
/// A finished backup of [`INSTANCE`].
pub(crate) const BACKUP: &str = "1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269";

/// Each operation by name, with the service and arguments that the built-in world has a target for; but for [`unlisted_restore`].
pub(crate) fn operations() -> Vec<(&'static str, Service, Value)> {
    vec![
        ("recovery_dcs_backup", Service::Dcs, json!({ "instance_id": INSTANCE })),
        ("recovery_dcs_backup", Service::Dcs, json!({ "instance_id": INSTANCE, "api_version": "v1.0" })),
        ("recovery_dcs_restore", Service::Dcs, json!({ "instance_id": INSTANCE, "backup_id": BACKUP })),
        ("recovery_cbr_checkpoint", Service::Cbr, json!({ "vault_id": cbr::DISK_VAULT_ID, "name": "by-hand" })),
        (
            "recovery_cbr_restore",
            Service::Cbr,
            json!({ "backup_id": cbr::SERVER_BACKUP_ID, "server_id": cbr::SERVER_ID }),
        ),
        (
            "recovery_ddm_restore",
            Service::Ddm,
            json!({
                "source_instance_id": ddm::SOURCE_ID,
                "target_instance_id": ddm::TARGET_ID,
                "restore_time": 1_747_732_352_076_i64
            }),
        ),
        ("recovery_dds_backup", Service::Dds, json!({ "instance_id": dds::CLUSTER_ID, "name": "by-hand" })),
        ("recovery_rds_backup", Service::Rds, json!({ "instance_id": rds::TARGET_ID, "name": "by-hand" })),
        (
            "recovery_rds_restore",
            Service::Rds,
            json!({
                "source_instance_id": rds::SOURCE_ID,
                "target_instance_id": rds::SOURCE_ID,
                "backup_id": rds::BACKUP_ID
            }),
        ),
    ]
}

/// The restore that Open Telekom Cloud keeps no list of: nobody can join it, and nobody finds it after a lost answer.
pub(crate) fn unlisted_restore() -> (&'static str, Value) {
    ("recovery_dds_restore", json!({ "instance_id": dds::INSTANCE_ID, "backup_id": dds::BACKUP_ID }))
}

/// The DCS restore among them.
pub(crate) fn restore() -> Value {
    json!({ "instance_id": INSTANCE, "backup_id": BACKUP })
}

/// The arguments with further ones.
pub(crate) fn with(mut arguments: Value, more: Value) -> Value {
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arguments
}

/// A cloud on this machine.
pub(crate) struct Stage {
    pub(crate) cloud: Running,
}

impl Stage {
    /// A cloud whose operations take so many seconds.
    pub(crate) async fn new(seconds: f64) -> Stage {
        let text = format!(
            "durations:
  dcs: {{ waiting_seconds: 0.3, backup_seconds: {seconds}, restore_seconds: {seconds}, settle_seconds: 0.3 }}
  cbr: {{ backup: {seconds}, waiting: 0.3, restore_server: {seconds}, log_listed: 0.3, log_shown: 0.3, backup_flip: 0.2, backup_release: 0.3 }}
  ddm: {{ restore: {seconds}, job_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
  rds: {{ backup: {seconds}, restore: {seconds}, create: {seconds}, create_release: 0.2, instance_listed: 0.2, own_backup: 0.2, backup_listed: 0.3, task_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
  dds: {{ backup: {seconds}, restore: {seconds}, backup_listed: 0.3, task_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
"
        );
        Stage::in_scenario(&text).await
    }

    pub(crate) async fn in_scenario(text: &str) -> Stage {
        let scenario = Scenario::parse(text, "the stage").unwrap();
        let options = Options { scenario: Some(scenario), ..Options::default() };
        Stage { cloud: rehearsal::start(options).await.unwrap() }
    }

    /// A provider process, configured as for one walk.
    pub(crate) async fn provider(&self) -> (Process, Client) {
        self.patient_provider("4s").await
    }

    /// A provider whose engine waits so long for lost records.
    pub(crate) async fn patient_provider(&self, patience: &str) -> (Process, Client) {
        self.started(self.start().env("RECOVERY_REHEARSAL_PATIENCE", patience)).await
    }

    /// A provider with the engine's own patience.
    pub(crate) async fn provider_as_shipped(&self) -> (Process, Client) {
        self.started(self.start()).await
    }

    /// A provider that a core of this version has configured.
    pub(crate) async fn provider_of(&self, version: &str) -> (Process, Client) {
        let process = self.start().spawn().await.unwrap();
        let mut client = process.connect().await.unwrap();
        client.configure_as(version, json!({})).await.unwrap();
        (process, client)
    }

    fn start(&self) -> Start {
        let start = Start::new(env!("CARGO_BIN_EXE_terraform-provider-recovery")).unwrap();
        start.env("RECOVERY_REHEARSAL", &self.cloud.connection.url).env("TF_LOG_PROVIDER", "TRACE")
    }

    async fn started(&self, start: Start) -> (Process, Client) {
        let process = start.spawn().await.unwrap();
        let mut client = process.connect().await.unwrap();
        client.configure(json!({ "request_timeout": "2s" })).await.unwrap();
        (process, client)
    }

    /// Strikes the next request that starts work in a service.
    pub(crate) fn strike(&self, service: Service, effect: Value) {
        let mut value = effect;
        value["service"] = serde_json::to_value(service).unwrap();
        value["method"] = "POST".into();
        value["count"] = 1.into();
        let mut faults = self.cloud.faults();
        faults.push(serde_json::from_value::<Fault>(value).unwrap());
        self.cloud.set_faults(faults).unwrap();
    }

    /// Lets the next operation of a service fail.
    pub(crate) fn fail(&self, service: Service) {
        let failure = OperationFailure { status: None, code: "X.4711".into(), message: "out of luck".into() };
        self.strike(service, json!({ "fail_operation": failure }));
    }

    /// Every request so far that was meant to change something.
    pub(crate) fn sent(&self) -> Vec<Entry> {
        let is_change = |entry: &Entry| entry.service != Service::Iam && entry.method != "GET";
        self.cloud.journal().into_iter().filter(is_change).collect()
    }

    /// The IDs of what really ran.
    pub(crate) fn ran(&self) -> Vec<String> {
        let operations = self.cloud.operations().into_iter().map(|entry| entry.operation);
        // The backups of its members are no operations beside a checkpoint.
        let is_asked_for =
            |operation: &rehearsal::service::Operation| operation.service != "cbr" || operation.kind != "backup";
        operations.filter(is_asked_for).map(|operation| operation.id).collect()
    }

    /// Waits until so many operations were started.
    pub(crate) async fn wait_until_started(&self, number: usize) {
        let limit = std::time::Duration::from_secs(20);
        let started = async {
            while self.ran().len() < number {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(limit, started).await.expect("an operation is started");
        // The answer has to get to whoever asked.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}
