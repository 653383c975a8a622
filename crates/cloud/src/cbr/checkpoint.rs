//! Checkpoints: backups of a vault on demand.

use serde::{Deserialize, Serialize};

use super::{SERVICE, VaultResource};
use crate::call::Call;
use crate::cloud::Scope;
use crate::error::Error;
use crate::json;

/// What a checkpoint, that is a backup of a vault on demand, is to cover.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewCheckpoint {
    /// The vault.
    pub vault_id: String,
    /// How to back up; empty: everything by the service's defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<CheckpointParameters>,
}

/// How a checkpoint is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckpointParameters {
    /// Name of the backups, 1 to 64 characters; several resources get suffixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Up to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// False makes a full backup; the service's default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incremental: Option<bool>,
    /// Marks the backups as automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_trigger: Option<bool>,
    /// Only these resources of the vault; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Resources with their types and excluded disks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_details: Vec<CheckpointResource>,
}

/// A resource of a checkpoint, in detail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckpointResource {
    /// Id of the server or disk.
    pub id: String,
    /// `OS::Nova::Server`, `OS::Cinder::Volume`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Disks to leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_info: Option<ExcludedVolumes>,
}

/// Disks that a backup of a server leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExcludedVolumes {
    /// Their ids.
    pub exclude_volumes: Vec<String>,
}

/// A checkpoint: a backup of a vault on demand.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Checkpoint {
    /// Id; its backups carry it as `checkpoint_id`.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Project.
    #[serde(deserialize_with = "json::filled")]
    pub project_id: Option<String>,
    /// `available`, `protecting`, `deleting`, `deleted`, `error-deleting`, `error`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// When it was made.
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
    /// The vault and what was backed up.
    #[serde(deserialize_with = "json::object")]
    pub vault: CheckpointVault,
    /// Name and description, if the service tells them.
    #[serde(deserialize_with = "json::object")]
    pub extra_info: CheckpointExtraInfo,
}

/// The vault of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CheckpointVault {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// What is backed up.
    #[serde(deserialize_with = "json::list")]
    pub resources: Vec<VaultResource>,
    /// What is not, and why; sure to be there only in the answer to the creation.
    #[serde(deserialize_with = "json::list")]
    pub skipped_resources: Vec<SkippedResource>,
}

/// A resource that a checkpoint leaves out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SkippedResource {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Type.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub kind: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// `BackupService.nnnn`.
    #[serde(deserialize_with = "json::filled")]
    pub code: Option<String>,
    /// The service's words.
    #[serde(deserialize_with = "json::filled")]
    pub reason: Option<String>,
}

/// Name and description of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CheckpointExtraInfo {
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// Description.
    #[serde(deserialize_with = "json::text")]
    pub description: Option<String>,
    /// Days that the backups are kept; -1: until deleted.
    #[serde(deserialize_with = "json::whole")]
    pub retention_duration: Option<i64>,
}

/// Starts a backup of a vault. Only this answer is sure to name the skipped resources.
///
/// Sent once. An error says by [`Error::outcome`] whether it may have been started.
pub async fn create_checkpoint(scope: &Scope, new: &NewCheckpoint) -> Result<Checkpoint, Error> {
    let call = create_checkpoint_call(&scope.project_id, new);
    scope
        .started(call, |answer: OneCheckpoint| answer.checkpoint.filter(|found| found.id.is_some()), "checkpoint.id")
        .await
}

/// One checkpoint.
pub async fn checkpoint(scope: &Scope, checkpoint_id: &str) -> Result<Checkpoint, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "checkpoints", checkpoint_id]);
    scope.ask_for(call, |answer: OneCheckpoint| answer.checkpoint, "checkpoint").await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneCheckpoint {
    checkpoint: Option<Checkpoint>,
}

#[derive(Serialize)]
struct CheckpointBody<'a> {
    checkpoint: &'a NewCheckpoint,
}

fn create_checkpoint_call(project_id: &str, new: &NewCheckpoint) -> Call {
    Call::start(SERVICE, ["v3", project_id, "checkpoints"], &CheckpointBody { checkpoint: new })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn checkpoints() {
        let new = NewCheckpoint { vault_id: "v".to_owned(), parameters: None };
        let want = ("POST /v3/p/checkpoints".to_owned(), json!({"checkpoint": {"vault_id": "v"}}));
        assert_eq!(create_checkpoint_call("p", &new).shown(), want);
        let parameters = CheckpointParameters {
            incremental: Some(false),
            resources: vec!["r".to_owned()],
            resource_details: vec![CheckpointResource {
                id: "r".to_owned(),
                kind: "OS::Nova::Server".to_owned(),
                name: None,
                extra_info: Some(ExcludedVolumes { exclude_volumes: vec!["d".to_owned()] }),
            }],
            ..CheckpointParameters::default()
        };
        let new = NewCheckpoint { parameters: Some(parameters), ..new };
        let want = json!({"checkpoint": {"vault_id": "v", "parameters": {
            "incremental": false,
            "resources": ["r"],
            "resource_details": [{"id": "r", "type": "OS::Nova::Server", "extra_info": {"exclude_volumes": ["d"]}}]
        }}});
        assert_eq!(create_checkpoint_call("p", &new).shown().1, want);
    }
}
