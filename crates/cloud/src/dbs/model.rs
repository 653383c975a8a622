//! What the database services answer. Everything may be missing; statuses stay open strings.

use serde::{Deserialize, Deserializer};

use crate::json;
use crate::time;

/// A stretch of time that can be restored to.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Interval {
    /// First moment: epoch milliseconds (RDS, DDS) or a text in whole seconds (DDM).
    #[serde(deserialize_with = "json::filled")]
    pub start_time: Option<String>,
    /// Last moment, in the same form.
    #[serde(deserialize_with = "json::filled")]
    pub end_time: Option<String>,
}

impl Interval {
    /// First moment in epoch milliseconds, if it can be read.
    pub fn start_ms(&self) -> Option<i64> {
        self.start_time.as_deref().and_then(millis)
    }

    /// Last moment in epoch milliseconds, if it can be read.
    pub fn end_ms(&self) -> Option<i64> {
        self.end_time.as_deref().and_then(millis)
    }
}

fn millis(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| time::parse(text).map(time::millis))
}

/// A task, read by id or from a list. The services spell the names of its fields differently.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// What it does, such as `RestoreInstance` (DDM) or `RestoreSqlserverInInstance` (RDS).
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// `Running`, `Completed`, `Failed`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// When it was created.
    #[serde(alias = "created", alias = "create_time", alias = "created_at", deserialize_with = "json::filled")]
    pub created_time: Option<String>,
    /// When it ended; may be present while it runs.
    #[serde(alias = "ended", alias = "ended_at", deserialize_with = "json::filled")]
    pub end_time: Option<String>,
    /// Percent like `60%`, only while it runs.
    #[serde(alias = "progress", deserialize_with = "json::filled")]
    pub process: Option<String>,
    /// The instance that it runs on, when read by id; source or target is not documented.
    #[serde(deserialize_with = "json::object")]
    pub instance: JobInstance,
    /// The same, when read from a list: see [`Job::instance_id`].
    #[serde(rename = "instance_id", deserialize_with = "json::filled")]
    pub listed_instance_id: Option<String>,
    /// Its name, when read from a list.
    #[serde(rename = "instance_name", deserialize_with = "json::filled")]
    pub listed_instance_name: Option<String>,
    /// Why it failed.
    #[serde(deserialize_with = "json::filled")]
    pub fail_reason: Option<String>,
}

impl Job {
    /// The instance that the task runs on, in either form of the answer.
    pub fn instance_id(&self) -> Option<&str> {
        self.instance.id.as_deref().or(self.listed_instance_id.as_deref())
    }

    /// When it was created, in either form of time.
    pub fn created(&self) -> Option<time::Timestamp> {
        self.created_time.as_deref().and_then(millis).and_then(time::from_millis)
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

/// A backup of RDS or DDS.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Backup {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// The instance that was backed up.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// `manual`, `auto` and others, in any case of letters.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub backup_type: Option<String>,
    /// Size in KB.
    #[serde(deserialize_with = "json::number")]
    pub size: Option<f64>,
    /// `BUILDING`, `COMPLETED`, `FAILED`, `DELETING`; DDS has `DISABLED` for the last one.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// When it was begun.
    #[serde(deserialize_with = "json::filled")]
    pub begin_time: Option<String>,
    /// When it ended.
    #[serde(deserialize_with = "json::filled")]
    pub end_time: Option<String>,
    /// Engine and version of the instance then.
    #[serde(deserialize_with = "json::object")]
    pub datastore: Datastore,
    /// Its databases, where it has not all of them.
    #[serde(deserialize_with = "json::list")]
    pub databases: Vec<Named>,
    /// The text given when it was made; DDS only.
    #[serde(deserialize_with = "json::text")]
    pub description: Option<String>,
    /// Whether it belongs to an instance of DDM; RDS of Huawei Cloud only.
    #[serde(deserialize_with = "json::flag")]
    pub associated_with_ddm: Option<bool>,
}

impl Backup {
    /// Its size in bytes.
    pub fn bytes(&self) -> Option<i64> {
        // A database of an exabyte would still fit.
        self.size.map(|kilobytes| (kilobytes * 1024.0) as i64)
    }

    /// Whether somebody asked for it: only such a backup can be a request's own.
    pub fn is_manual(&self) -> bool {
        self.backup_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("manual"))
    }
}

/// An engine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Datastore {
    /// `MySQL`, `PostgreSQL`, `SQLServer`, `MariaDB`, `DDS-Community`.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub engine: Option<String>,
    /// Such as `8.0`.
    #[serde(deserialize_with = "json::filled")]
    pub version: Option<String>,
    /// Such as `8.0.28.231003`; in answers about instances, where the service tells it.
    #[serde(deserialize_with = "json::filled")]
    pub complete_version: Option<String>,
}

/// A thing with a name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Its name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
}

/// An instance of RDS or DDS.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// RDS: `ACTIVE`, `BACKING UP`, `RESTORING`, …; DDS: `normal` whatever runs, see `actions`.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// RDS: `Single`, `Ha` or `Replica`.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub role: Option<String>,
    /// DDS: `Sharding`, `ReplicaSet` or `Single`.
    #[serde(deserialize_with = "json::filled")]
    pub mode: Option<String>,
    /// What runs on it; DDS only.
    #[serde(deserialize_with = "words")]
    pub actions: Vec<String>,
    /// Engine and version.
    #[serde(deserialize_with = "json::object")]
    pub datastore: Datastore,
    /// Storage.
    #[serde(deserialize_with = "json::object")]
    pub volume: Volume,
    /// VPC.
    #[serde(deserialize_with = "json::filled")]
    pub vpc_id: Option<String>,
    /// Subnet.
    #[serde(deserialize_with = "json::filled")]
    pub subnet_id: Option<String>,
    /// Addresses in the subnet; RDS only, and empty while the instance is made.
    #[serde(deserialize_with = "words")]
    pub private_ips: Vec<String>,
    /// When it was made; empty while it is.
    #[serde(deserialize_with = "json::filled")]
    pub created: Option<String>,
}

/// The storage of an instance.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Its kind, such as `CLOUDSSD`.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub kind: Option<String>,
    /// Size in GB.
    #[serde(deserialize_with = "json::number")]
    pub size: Option<f64>,
}

/// A list of texts; empty forms are the empty list, and what is no text in it is left out.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items = match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Array(items) => items,
        serde_json::Value::String(word) if !word.trim().is_empty() => vec![word.into()],
        _ => Vec::new(),
    };
    let word =
        |item: serde_json::Value| item.as_str().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
    Ok(items.into_iter().filter_map(word).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_milliseconds_or_whole_seconds_without_a_colon_in_the_offset() {
        for text in [
            r#"{"start_time":"2025-05-20T09:12:32+0000","end_time":"2025-05-20T11:12:33+0200"}"#,
            r#"{"start_time":1747732352000,"end_time":"1747732353000"}"#,
        ] {
            let interval: Interval = json::read(text.as_bytes()).unwrap();
            let ends = (interval.start_ms(), interval.end_ms());
            assert_eq!(ends, (Some(1_747_732_352_000), Some(1_747_732_353_000)), "{text}");
        }
        assert_eq!(Interval::default().start_ms(), None);
    }

    #[test]
    fn a_job_is_read_under_all_names_of_its_fields() {
        let want = time::parse("2018-08-06T10:41:14Z");
        for body in [
            r#"{"instance":{"id":"i"},"created":"2018-08-06T10:41:14+0000","ended":"e","process":"60%"}"#,
            r#"{"instance_id":"i","create_time":"2018-08-06T10:41:14+0000","end_time":"e","process":"60%"}"#,
            r#"{"instance_id":"i","created_at":1533552074000,"ended_at":"e","progress":"60%"}"#,
            r#"{"instance_id":"i","created_time":"2018-08-06T10:41:14+0000","end_time":"e","process":"60%"}"#,
        ] {
            let job = json::read::<Job>(body.as_bytes()).unwrap();
            assert_eq!((job.instance_id(), job.created()), (Some("i"), want), "{body}");
            assert_eq!((job.end_time.as_deref(), job.process.as_deref()), (Some("e"), Some("60%")), "{body}");
        }
    }

    #[test]
    fn sizes_of_backups_are_kilobytes() {
        let backup: Backup = json::read(br#"{"size":2803,"type":"Manual"}"#).unwrap();
        assert_eq!((backup.bytes(), backup.is_manual()), (Some(2803 * 1024), true));
        assert!(!json::read::<Backup>(br#"{"type":"auto"}"#).unwrap().is_manual());
    }

    #[test]
    fn actions_are_words() {
        for (body, want) in [
            (r#"{"actions":["RESTORE",""," BACKUP "]}"#, vec!["RESTORE", "BACKUP"]),
            (r#"{"actions":"RESTORE"}"#, vec!["RESTORE"]),
            (r#"{"actions":null}"#, vec![]),
            (r"{}", vec![]),
        ] {
            assert_eq!(json::read::<Instance>(body.as_bytes()).unwrap().actions, want, "{body}");
        }
    }
}
