//! What DDM answers. Everything may be missing; statuses stay open strings.

use serde::Deserialize;

use crate::json;

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
    fn sizes_are_numbers_or_texts() {
        for body in [r#"{"data_volume_size":40000000000}"#, r#"{"data_volume_size":"40000000000"}"#] {
            let node: DataNode = json::read(body.as_bytes()).unwrap();
            assert_eq!(node.data_volume_size, Some(40_000_000_000), "{body}");
        }
    }
}
