//! What DDM answers. Everything may be missing; statuses stay open strings.

use serde::Deserialize;

use crate::json;
use crate::time;

/// A stretch of time that can be restored to. Its ends count in whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Interval {
    /// First moment.
    #[serde(deserialize_with = "json::filled")]
    pub start_time: Option<String>,
    /// Last moment.
    #[serde(deserialize_with = "json::filled")]
    pub end_time: Option<String>,
}

impl Interval {
    /// First moment in epoch milliseconds, if it can be read.
    pub fn start_ms(&self) -> Option<i64> {
        self.start_time.as_deref().and_then(time::parse).map(time::millis)
    }

    /// Last moment in epoch milliseconds, if it can be read.
    pub fn end_ms(&self) -> Option<i64> {
        self.end_time.as_deref().and_then(time::parse).map(time::millis)
    }
}

/// Data nodes of a source at a moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RelatedDataNodes {
    /// The nodes.
    pub nodes: Vec<DataNode>,
    /// The latest moment that can be restored to.
    pub latest_restorable_time: Option<String>,
}

/// A data node of a source.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DataNode {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub instance_name: Option<String>,
    /// Status, in any case of letters.
    #[serde(deserialize_with = "json::filled")]
    pub instance_status: Option<String>,
    /// Such as `mysql`.
    #[serde(deserialize_with = "json::filled")]
    pub engine_name: Option<String>,
    /// Such as `8.0.32`.
    #[serde(deserialize_with = "json::filled")]
    pub version: Option<String>,
    /// Size of its storage in bytes.
    #[serde(deserialize_with = "json::whole")]
    pub data_volume_size: Option<i64>,
}

/// An instance that could receive a restore.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TargetInstance {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub instance_name: Option<String>,
    /// Status.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Whether it can be chosen.
    #[serde(deserialize_with = "json::flag")]
    pub available: Option<bool>,
    /// Why not.
    #[serde(deserialize_with = "json::filled")]
    pub unavailable_reason: Option<String>,
    /// Name of its VPC.
    #[serde(deserialize_with = "json::filled")]
    pub vpc_name: Option<String>,
}

/// A data node that could receive the data of one of the source's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TargetDataNode {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub instance_name: Option<String>,
    /// Such as `mysql`.
    #[serde(deserialize_with = "json::filled")]
    pub engine_name: Option<String>,
    /// Status.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Whether it can be chosen.
    #[serde(deserialize_with = "json::flag")]
    pub available: Option<bool>,
    /// Why not.
    #[serde(deserialize_with = "json::filled")]
    pub unavailable_reason: Option<String>,
    /// Name of its VPC.
    #[serde(deserialize_with = "json::filled")]
    pub vpc_name: Option<String>,
    /// Its private address.
    #[serde(deserialize_with = "json::filled")]
    pub private_ip: Option<String>,
}

/// A task, read by id or from the list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// `RestoreInstance` for a restore.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// `Running`, `Completed`, `Failed`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// When it was created.
    #[serde(deserialize_with = "json::filled")]
    pub created_time: Option<String>,
    /// When it ended; may be present while it runs.
    #[serde(deserialize_with = "json::filled")]
    pub end_time: Option<String>,
    /// Percent like `60%`, only while it runs.
    #[serde(deserialize_with = "json::filled")]
    pub process: Option<String>,
    /// The instance that it runs on, when read by id; source or target is not documented.
    #[serde(deserialize_with = "json::object")]
    pub instance: JobInstance,
    /// The same, when read from the list: see [`Job::instance_id`].
    #[serde(rename = "instance_id", deserialize_with = "json::filled")]
    pub listed_instance_id: Option<String>,
    /// Its name, when read from the list.
    #[serde(rename = "instance_name", deserialize_with = "json::filled")]
    pub listed_instance_name: Option<String>,
    /// Why it failed; only in the list.
    #[serde(deserialize_with = "json::filled")]
    pub fail_reason: Option<String>,
}

impl Job {
    /// The instance that the task runs on, in either form of the answer.
    pub fn instance_id(&self) -> Option<&str> {
        self.instance.id.as_deref().or(self.listed_instance_id.as_deref())
    }
}

/// The instance of a task.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct JobInstance {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
}

/// A DDM instance.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// `RUNNING`, `RESTORE`, `ERROR`, …; everything unknown is "in progress".
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Such as `3.0.8.5`.
    #[serde(deserialize_with = "json::filled")]
    pub engine_version: Option<String>,
    /// Only when the instance is abnormal.
    #[serde(deserialize_with = "json::filled")]
    pub error_msg: Option<String>,
    /// VPC.
    #[serde(deserialize_with = "json::filled")]
    pub vpc_id: Option<String>,
    /// When it was created.
    #[serde(deserialize_with = "json::filled")]
    pub created: Option<String>,
    /// When it was last changed.
    #[serde(deserialize_with = "json::filled")]
    pub updated: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_whole_seconds_without_a_colon_in_the_offset() {
        let text = br#"{"start_time":"2025-05-20T09:12:32+0000","end_time":"2025-05-20T11:12:33+0200"}"#;
        let interval: Interval = json::read(text).unwrap();
        assert_eq!((interval.start_ms(), interval.end_ms()), (Some(1_747_732_352_000), Some(1_747_732_353_000)));
        assert_eq!(Interval::default().start_ms(), None);
    }

    #[test]
    fn a_job_names_its_instance_in_either_form() {
        for body in [r#"{"instance":{"id":"i","name":"n"}}"#, r#"{"instance_id":"i"}"#] {
            assert_eq!(json::read::<Job>(body.as_bytes()).unwrap().instance_id(), Some("i"), "{body}");
        }
    }

    #[test]
    fn sizes_are_numbers_or_texts() {
        for body in [r#"{"data_volume_size":40000000000}"#, r#"{"data_volume_size":"40000000000"}"#] {
            let node: DataNode = json::read(body.as_bytes()).unwrap();
            assert_eq!(node.data_volume_size, Some(40_000_000_000), "{body}");
        }
    }
}
