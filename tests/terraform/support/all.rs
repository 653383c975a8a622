//! One configuration with all that this provider starts, on targets that do not exclude each other, for stories in which
//! the same thing happens to each.

use rehearsal::{Needs, Scenario, Service, TimelineEntry, cbr, ddm, dds, rds};
use serde_json::{Value, json};

use super::{BACKUP, INSTANCE, OTHER_BACKUP, OTHER_INSTANCE, Story};

/// What a story may be about: the address in the configuration, and how the path of its POST ends.
pub(crate) const DCS_BACKUP_V1: Started =
    Started::new("recovery_dcs_backup.v1", Service::Dcs, "/v1.0/*/*/", INSTANCE_B1, "/backups");
pub(crate) const DCS_BACKUP: Started =
    Started::new("recovery_dcs_backup.v2", Service::Dcs, "/v2/*/*/", INSTANCE_B2, "/backups");
pub(crate) const DCS_RESTORE_V1: Started =
    Started::new("recovery_dcs_restore.v1", Service::Dcs, "/v1.0/*/*/", OTHER_INSTANCE, "/restores");
pub(crate) const DCS_RESTORE: Started =
    Started::new("recovery_dcs_restore.v2", Service::Dcs, "/v2/*/*/", INSTANCE, "/restores");
pub(crate) const CBR_RESTORE: Started =
    Started::new("recovery_cbr_restore.r", Service::Cbr, "/v3/*/*/", cbr::SERVER_BACKUP_ID, "/restore");
pub(crate) const DDM_RESTORE: Started =
    Started::new("recovery_ddm_restore.r", Service::Ddm, "/v3/*/*/", ddm::SOURCE_ID, "/recovery");
pub(crate) const RDS_BACKUP: Started = Started::new("recovery_rds_backup.b", Service::Rds, "/v3/*/", "backups", "");
pub(crate) const RDS_RESTORE: Started =
    Started::new("recovery_rds_restore.r", Service::Rds, "/v3/*/instances/", "recovery", "");
pub(crate) const DDS_BACKUP: Started = Started::new("recovery_dds_backup.b", Service::Dds, "/v3/*/", "backups", "");
/// Open Telekom Cloud keeps no list of these, so that a lost answer cannot be looked up there.
pub(crate) const DDS_RESTORE: Started =
    Started::new("recovery_dds_restore.r", Service::Dds, "/v3/*/instances/", "recovery", "");

/// A new instance is known by its own ID.
pub(crate) const RDS_NEW: Started =
    Started::new("recovery_rds_restored_instance.n", Service::Rds, "/v3/*/", "instances", "");

/// Everything that is started, the DCS restore in both versions.
pub(crate) const ALL: [Started; 10] = [
    DCS_BACKUP_V1,
    DCS_BACKUP,
    DCS_RESTORE_V1,
    DCS_RESTORE,
    CBR_RESTORE,
    DDM_RESTORE,
    RDS_BACKUP,
    RDS_RESTORE,
    DDS_BACKUP,
    RDS_NEW,
];
/// One restore of each service.
pub(crate) const RESTORES: [Started; 4] = [DCS_RESTORE, CBR_RESTORE, DDM_RESTORE, RDS_RESTORE];

/// Those whose target may be overwritten again and again; DDM wants an empty one each time.
pub(crate) const IN_PLACE: [Started; 3] = [DCS_RESTORE, CBR_RESTORE, RDS_RESTORE];

/// What may run again and again with the same arguments, and happens once for each time that it is asked for.
pub(crate) const REPEATABLE: [Started; 4] = [DCS_RESTORE, CBR_RESTORE, RDS_RESTORE, RDS_NEW];

const INSTANCE_B1: &str = "b1000000-0000-4000-8000-000000000001";
const INSTANCE_B2: &str = "b2000000-0000-4000-8000-000000000002";
/// The moment of the DDM restore.
const MOMENT: i64 = 1_747_732_352_076;

/// One resource of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    pub(crate) address: &'static str,
    pub(crate) service: Service,
    /// The path of its POST, up to the part that tells it from others, this part, and what follows it.
    start: &'static str,
    part: &'static str,
    end: &'static str,
}

impl Started {
    const fn new(
        address: &'static str,
        service: Service,
        start: &'static str,
        part: &'static str,
        end: &'static str,
    ) -> Started {
        Started { address, service, start, part, end }
    }

    /// The path of the request that starts it, as faults name paths. Other services may have the same one.
    pub(crate) fn path(&self) -> String {
        let rest = if self.end.is_empty() { "" } else { "/**" };
        format!("{}{}{rest}", self.start, self.part)
    }

    /// The service's ID in the values of the state.
    pub(crate) fn operation(&self, values: &Value) -> Option<String> {
        let attribute = match self.address.split('.').next() {
            Some("recovery_dcs_backup" | "recovery_rds_backup" | "recovery_dds_backup") => "backup_id",
            Some("recovery_dcs_restore") => "restore_id",
            Some("recovery_cbr_restore") => "operation_id",
            Some("recovery_rds_restored_instance") => "instance_id",
            _ => "job_id",
        };
        values[attribute].as_str().map(str::to_owned)
    }

    fn is_started_by(&self, entry: &TimelineEntry) -> bool {
        let path = entry.request.path.to_lowercase();
        let version = self.start.split('*').next().unwrap();
        let end = if self.end.is_empty() { format!("/{}", self.part) } else { self.end.to_owned() };
        entry.operation.service == self.service.key()
            && path.starts_with(version)
            && path.contains(self.part)
            && path.ends_with(&end)
    }

    /// Its block, with further lines.
    pub(crate) fn block(&self, lines: &str) -> String {
        let (type_name, name) = self.address.split_once('.').unwrap();
        let arguments = match *self {
            DCS_BACKUP_V1 => format!("instance_id = \"{INSTANCE_B1}\"\napi_version = \"v1.0\""),
            DCS_BACKUP => format!("instance_id = \"{INSTANCE_B2}\""),
            DCS_RESTORE_V1 => {
                format!("instance_id = \"{OTHER_INSTANCE}\"\nbackup_id = \"{OTHER_BACKUP}\"\napi_version = \"v1.0\"")
            }
            DCS_RESTORE => format!("instance_id = \"{INSTANCE}\"\nbackup_id = \"{BACKUP}\""),
            CBR_RESTORE => format!("backup_id = \"{}\"\nserver_id = \"{}\"", cbr::SERVER_BACKUP_ID, cbr::SERVER_ID),
            RDS_BACKUP => format!("instance_id = \"{}\"\nname = \"before-42\"", rds::TARGET_ID),
            DDS_BACKUP => format!("instance_id = \"{}\"\nname = \"before-42\"", dds::CLUSTER_ID),
            DDS_RESTORE => {
                format!("instance_id = \"{}\"\nbackup_id = \"{}\"", dds::INSTANCE_ID, dds::BACKUP_ID)
            }
            RDS_NEW => format!(
                "source_instance_id = \"{}\"\nbackup_id = \"{}\"\nname = \"books-drill\"\nflavor = \"rds.pg.c2.large\"\n\
                 availability_zones = [\"eu-de-01\"]\nvpc_id = \"v\"\nsubnet_id = \"n\"\nvolume_type = \"CLOUDSSD\"\n\
                 volume_size = 100\npassword = \"Rehearsed-4711\"",
                rds::POSTGRES_ID,
                rds::POSTGRES_BACKUP_ID
            ),
            RDS_RESTORE => format!(
                "source_instance_id = \"{0}\"\ntarget_instance_id = \"{0}\"\nbackup_id = \"{1}\"",
                rds::SOURCE_ID,
                rds::BACKUP_ID
            ),
            _ => format!(
                "source_instance_id = \"{}\"\ntarget_instance_id = \"{}\"\nrestore_time = {MOMENT}",
                ddm::SOURCE_ID,
                ddm::TARGET_ID
            ),
        };
        format!("resource \"{type_name}\" \"{name}\" {{\n{arguments}\n{lines}\n}}\n")
    }
}

/// A configuration of these resources, each with these lines.
pub(crate) fn configuration(of: &[Started], lines: &str) -> String {
    let blocks: String = of.iter().map(|started| started.block(lines)).collect();
    format!("provider \"recovery\" {{\n  request_timeout = \"2s\"\n}}\n{blocks}")
}

/// A story of these resources whose operations take so many seconds.
pub(crate) fn story(of: &[Started], lines: &str, seconds: f64) -> Option<Story> {
    let text = format!(
        "durations:
  dcs: {{ waiting_seconds: 0.5, backup_seconds: {seconds}, restore_seconds: {seconds}, settle_seconds: 0.3 }}
  cbr: {{ waiting: 0.3, restore_server: {seconds}, log_listed: 0.3, log_shown: 0.3, backup_flip: 0.2, backup_release: 0.3 }}
  ddm: {{ restore: {seconds}, job_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
  rds: {{ backup: {seconds}, restore: {seconds}, create: {seconds}, create_release: 0.2, instance_listed: 0.3, delete_instance: 0.2, own_backup: 0.2, backup_listed: 0.3, task_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
  dds: {{ backup: {seconds}, restore: {seconds}, backup_listed: 0.3, task_listed: 0.3, job_shown: 0.3, target_flip: 0.2, target_release: 0.3 }}
switches: {{ dds: {{ ids_in_any_case: true, hangs_after_failure: false }}, rds: {{ ids_in_any_case: true, target_after_failed_restore: ACTIVE }}, dcs: {{ ids_in_any_case: true }}, cbr: {{ ids_in_any_case: true }}, ddm: {{ ids_in_any_case: true }} }}
"
    );
    let scenario = Scenario::parse(&text, "the story's scenario").unwrap();
    let story = Story::at_speed(&configuration(of, lines), scenario, 1.0)?;
    let backup_of = |instance: &str| json!({"instance_id": instance});
    let needs = Needs::resource("recovery_dcs_backup", backup_of(INSTANCE_B1));
    Some(story.needing(&needs.and_resource("recovery_dcs_backup", backup_of(INSTANCE_B2))))
}

impl Story {
    /// The IDs of what the cloud really ran for a resource, in order.
    pub(crate) fn ran(&self, started: &Started) -> Vec<String> {
        let operations = self.cloud.operations();
        let own =
            operations.into_iter().filter(|entry| entry.operation.kind != "delete" && started.is_started_by(entry));
        own.map(|entry| entry.operation.id).collect()
    }

    /// Whether a DCS backup is there, and not deleted.
    pub(crate) fn has_backup(&self, id: &str) -> bool {
        self.cloud.world().dcs.backups.iter().any(|backup| backup.id == id && backup.deleted_at.is_none())
    }

    /// Insists that each ran so often.
    #[track_caller]
    pub(crate) fn each_ran(&self, of: &[Started], times: usize) {
        for started in of {
            let ran = self.ran(started);
            assert_eq!(ran.len(), times, "{}: {ran:?}", started.address);
        }
    }

    /// Insists that each ran exactly once, and that this very run is in the state, ended well.
    #[track_caller]
    pub(crate) fn each_ran_once(&self, of: &[Started]) {
        let state = self.state();
        for started in of {
            let ran = self.ran(started);
            assert_eq!(ran.len(), 1, "{}: {ran:?}", started.address);
            let values = values_in(&state, started.address);
            assert_eq!(started.operation(&values), ran.first().cloned(), "{}: {values:#}", started.address);
            assert_eq!(values["pending_operation"], Value::Null, "{}: {values:#}", started.address);
        }
    }

    /// Waits until each was started, or all of each have ended.
    pub(crate) fn wait_until_each(&self, of: &[Started], ended: bool) {
        let done = |started: &Started| {
            let operations = self.cloud.operations();
            let mut own = operations.iter().filter(|entry| started.is_started_by(entry)).peekable();
            own.peek().is_some() && own.all(|entry| !ended || entry.operation.ended.is_some())
        };
        super::eventually("each operation", std::time::Duration::from_secs(60), || of.iter().all(done).then_some(()));
        if ended {
            // The targets need a moment until they are usable.
            std::thread::sleep(std::time::Duration::from_millis(700));
        }
    }
}

fn values_in(state: &Value, address: &str) -> Value {
    let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let found = resources.into_iter().find(|resource| resource["address"] == address);
    found.map(|resource| resource["values"].clone()).unwrap_or_default()
}
