//! A database that somebody else's resource deletes, and its last backup.

use std::time::Duration;

use rehearsal::service::OperationFailure;
use rehearsal::{Entry, Scenario, Service, cbr, dds, rds};

use crate::support::{Story, TERRAFORM_DATA, eventually};

/// A database of somebody else's provider, with its last backup.
#[derive(Clone, Copy)]
pub(super) struct Database {
    pub(super) kind: &'static str,
    pub(super) service: Service,
    /// What it is a backup of, and another one to replace it by.
    pub(super) parents: [&'static str; 2],
    pub(super) parent: &'static str,
    /// The request that deletes it: method, path after the project, body.
    pub(super) goodbye: (&'static str, &'static str, &'static str),
    /// How the path of the request for the backup ends.
    pub(super) start: &'static str,
    /// The resource that the finished backup is imported as.
    pub(super) imported_as: &'static str,
}

pub(super) const RDS: Database = Database {
    kind: "recovery_rds_final_backup",
    service: Service::Rds,
    parents: [rds::SOURCE_ID, rds::TARGET_ID],
    parent: "instance_id",
    goodbye: ("DELETE", "instances/$ID", ""),
    start: "backups",
    imported_as: "recovery_rds_backup",
};
pub(super) const DDS: Database = Database {
    kind: "recovery_dds_final_backup",
    service: Service::Dds,
    parents: [dds::INSTANCE_ID, dds::CLUSTER_ID],
    parent: "instance_id",
    goodbye: ("DELETE", "instances/$ID", ""),
    start: "backups",
    imported_as: "recovery_dds_backup",
};
/// The backups of a vault go with it: what they outlive is a member, so a member is what goes.
pub(super) const CBR: Database = Database {
    kind: "recovery_cbr_final_checkpoint",
    service: Service::Cbr,
    parents: [cbr::SERVER_VAULT_ID, cbr::DISK_VAULT_ID],
    parent: "vault_id",
    goodbye: ("POST", "vaults/$ID/removeresources", "{\"resource_ids\":[\"MEMBER\"]}"),
    start: "checkpoints",
    imported_as: "recovery_cbr_checkpoint",
};
pub(super) const ALL: [Database; 3] = [RDS, DDS, CBR];

/// Sends what another provider would send to delete its instance, and fails where the cloud refuses.
const GOODBYE: &str = r#"set -e
case "$2" in *"$SERVER_VAULT"*) member=$SERVER ;; *) member=$DISK ;; esac
body=${3/MEMBER/$member}
exec 3<>"/dev/tcp/$HOST/$PORT"
printf '%s %s HTTP/1.1\r\nHost: %s\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
  "$1" "/v3/$PROJECT/$2" "$HOST:$PORT" "$TOKEN" "${#body}" "$body" >&3
IFS= read -r answer <&3
case "$answer" in *" 20"*) ;; *) echo "the cloud says: $answer" >&2; exit 1 ;; esac
"#;

impl Database {
    /// The database as a resource, and further lines in its block.
    pub(super) fn instance(&self, id: &str, lines: &str) -> String {
        let (method, path, body) = self.goodbye;
        let path = path.replace("$ID", "${self.input}");
        format!(
            "resource \"terraform_data\" \"database\" {{
  input            = \"{id}\"
  triggers_replace = \"{id}\"
  provisioner \"local-exec\" {{
    when        = destroy
    interpreter = [\"bash\", \"-c\"]
    command     = \"bash goodbye.sh {method} '{path}' '{}'\"
  }}
{lines}
}}
",
            body.replace('"', "\\\"")
        )
    }

    /// The last backup of it, with further lines.
    pub(super) fn last(&self, lines: &str) -> String {
        self.named("last", lines)
    }

    pub(super) fn named(&self, name: &str, lines: &str) -> String {
        let Database { kind, parent, .. } = self;
        format!("resource \"{kind}\" \"{name}\" {{\n  {parent} = terraform_data.database.output\n{lines}\n}}\n")
    }

    pub(super) fn address(&self) -> String {
        format!("{}.last", self.kind)
    }

    pub(super) fn both(&self, lines: &str) -> String {
        format!("{}{}", self.instance(self.parents[0], ""), self.last(lines))
    }

    /// Begins a story in which backups take so many seconds, with everything applied.
    pub(super) fn applied(&self, lines: &str, seconds: f64) -> Option<Story> {
        let story = self.story(&self.both(lines), seconds)?;
        story.apply().success();
        assert_eq!(story.sent().len(), 0, "a create makes nothing: {:#?}", story.sent());
        Some(story)
    }

    pub(super) fn story(&self, text: &str, seconds: f64) -> Option<Story> {
        let scenario = format!(
            "durations:
  rds: {{ backup: {seconds}, backup_listed: 0.3 }}
  dds: {{ backup: {seconds}, backup_listed: 0.3 }}
  cbr: {{ backup: {seconds}, backup_flip: 0.2, backup_release: 0.3 }}
"
        );
        let scenario = Scenario::parse(&scenario, "the story's scenario").unwrap();
        let provider = "provider \"recovery\" {\n  request_timeout = \"2s\"\n}\n";
        let story = Story::at_speed(&format!("{provider}{text}"), scenario, 1.0)?;
        // Before these there is no resource of the core's own that could stand in for a database.
        if text.contains("terraform_data") && !story.core.can(&TERRAFORM_DATA) {
            return None;
        }
        let connection = story.cloud.connection.clone();
        let origin = connection.endpoints.of(self.service).trim_start_matches("http://").to_owned();
        let (host, port) = origin.split_once(':').unwrap();
        story.write("goodbye.sh", GOODBYE);
        let credentials = &connection.credentials;
        let story = story.with("HOST", host).with("PORT", port);
        let story = story.with("SERVER_VAULT", cbr::SERVER_VAULT_ID).with("SERVER", cbr::SERVER_ID);
        let story = story.with("DISK", cbr::DISK_ID);
        Some(story.with("PROJECT", &credentials.project_id).with("TOKEN", credentials.token.reveal()))
    }

    /// The requests for backups, and those that delete the database, in their order.
    pub(super) fn told(&self, story: &Story) -> Vec<&'static str> {
        let word = |entry: &Entry| match entry.method == "POST" && entry.path.ends_with(self.start) {
            true => "backup",
            false => "goodbye",
        };
        story.sent().iter().map(word).collect()
    }

    /// How many backups the cloud really made, whatever became of the answers.
    pub(super) fn made(&self, story: &Story) -> usize {
        let operations = story.cloud.operations();
        operations.iter().filter(|entry| entry.request.path.ends_with(self.start)).count()
    }

    /// Lets every backup that is being made end now.
    pub(super) fn end_backups(&self, story: &Story) {
        let now = jiff::Timestamp::now();
        let end = |instant: &mut Option<jiff::Timestamp>| {
            if instant.is_some_and(|instant| instant > now) {
                *instant = Some(now);
            }
        };
        story.cloud.change_world(|world| {
            world.rds.backups.iter_mut().chain(&mut world.dds.backups).for_each(|backup| end(&mut backup.ended));
            for backup in &mut world.cbr.backups {
                end(&mut backup.ready_at);
                backup.children.iter_mut().for_each(|child| end(&mut child.ready_at));
            }
            world.cbr.checkpoints.iter_mut().for_each(|checkpoint| end(&mut checkpoint.ready_at));
        });
    }

    pub(super) fn is_there(&self, story: &Story) -> bool {
        !self.told(story).contains(&"goodbye")
    }

    /// Waits until a request for a backup has been accepted.
    pub(super) fn begun(&self, story: &Story) {
        eventually("a backup", Duration::from_secs(30), || (self.made(story) > 0).then_some(()));
    }
}

pub(super) fn failure() -> OperationFailure {
    OperationFailure { status: None, code: "DBS.280001".to_owned(), message: "no space left".to_owned() }
}

/// Longer than any story may take: such a backup ends when the story lets it.
pub(super) const LONG: f64 = 3600.0;

pub(super) fn short() -> &'static str {
    "  timeouts {\n    delete = \"2s\"\n  }\n"
}
