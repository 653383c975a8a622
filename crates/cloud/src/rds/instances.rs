//! Instances as things that are made and deleted: a restore to a new one ("Restoring Data to a New DB Instance").

use serde::{Deserialize, Serialize};

use super::SERVICE;
use crate::call::Call;
use crate::cloud::Scope;
use crate::dbs::{Instance, Point, Source};
use crate::error::Error;
use crate::json;
use crate::paging::Pager;
use crate::platform::Platform;
use crate::secret::Secret;

/// An instance that is to be made of a backup or a moment of another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewInstance {
    /// Name; more than one instance may have it.
    pub name: String,
    /// The instance that the backup belongs to, or that the moment is of.
    pub source: String,
    /// What the data is as of.
    pub point: Option<Point>,
    /// Specification.
    pub flavor: String,
    /// Zones: one, or two of a primary and its standby.
    pub zones: Vec<String>,
    /// VPC.
    pub vpc_id: String,
    /// Subnet.
    pub subnet_id: String,
    /// Security group.
    pub security_group_id: Option<String>,
    /// Kind of storage.
    pub volume_type: String,
    /// Storage in GB.
    pub volume_size: i64,
    /// Primary and standby, and how they are kept alike; without it a single instance.
    pub ha: Option<Ha>,
    /// Parameter group.
    pub parameter_group_id: Option<String>,
    /// Port.
    pub port: Option<i64>,
    /// Password of the administrator. Open Telekom Cloud demands it.
    pub password: Option<Secret>,
}

/// How a standby is kept alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ha {
    /// `async`, `semisync` or `sync`, by engine.
    pub replication_mode: String,
}

/// An instance that is being made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartedInstance {
    /// Its id.
    pub id: String,
    /// The task that makes it, where the answer tells one.
    pub job: Option<String>,
}

/// Asks for a new instance with the data of another one, and answers its id. Acceptance only.
///
/// Sent once.
///
/// # Errors
/// [`Error::outcome`] says whether the instance may be in the making.
pub async fn create_instance(scope: &Scope, new: &NewInstance) -> Result<StartedInstance, Error> {
    let Some(point) = &new.point else { return Err(Error::not_sent("neither a backup nor a moment is given")) };
    let region = (scope.platform() == Platform::Huawei).then_some(scope.region.as_str());
    let call = create_call(&scope.project_id, region, new, point);
    let unwrap = |answer: Made| Some(StartedInstance { id: answer.instance.id?, job: answer.job_id });
    scope.started(call, unwrap, "instance.id").await
}

/// All instances of this name. The service may find more by it: exactly this name is meant here.
///
/// # Errors
/// The list could not be read to its end.
pub async fn instances_named(scope: &Scope, name: &str) -> Result<Vec<Instance>, Error> {
    let call = |position| named_call(&scope.project_id, name, position);
    let records = |page: Instances| (page.instances, page.total_count);
    let mut instances = scope.walk(Pager::new(PAGE), call, records, |instance: &Instance| instance.id.clone()).await?;
    instances.retain(|instance| instance.name.as_deref() == Some(name));
    Ok(instances)
}

/// Deletes an instance with its data and its automated backups. Acceptance only: it is gone once no list has it.
///
/// # Errors
/// Refused or not answered. An unknown instance is "not found".
pub async fn delete_instance(scope: &Scope, instance_id: &str) -> Result<(), Error> {
    scope.send(Call::delete(SERVICE, ["v3", &scope.project_id, "instances", instance_id])).await.map(|_| ())
}

/// The documented maximum of a page of instances.
const PAGE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Made {
    #[serde(deserialize_with = "json::object")]
    instance: MadeInstance,
    #[serde(deserialize_with = "json::filled")]
    job_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MadeInstance {
    #[serde(deserialize_with = "json::filled")]
    id: Option<String>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Instances {
    #[serde(deserialize_with = "json::list")]
    instances: Vec<Instance>,
    #[serde(default, deserialize_with = "json::whole")]
    total_count: Option<i64>,
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    flavor_ref: &'a str,
    availability_zone: String,
    vpc_id: &'a str,
    subnet_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_group_id: Option<&'a str>,
    volume: BodyVolume<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ha: Option<BodyHa<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_id: Option<&'a str>,
    /// A text, unlike in answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    restore_point: Source<'a>,
}

#[derive(Serialize)]
struct BodyVolume<'a> {
    r#type: &'a str,
    size: i64,
}

#[derive(Serialize)]
struct BodyHa<'a> {
    mode: &'static str,
    replication_mode: &'a str,
}

fn create_call(project_id: &str, region: Option<&str>, new: &NewInstance, point: &Point) -> Call {
    let body = Body {
        name: &new.name,
        flavor_ref: &new.flavor,
        availability_zone: new.zones.join(","),
        vpc_id: &new.vpc_id,
        subnet_id: &new.subnet_id,
        security_group_id: new.security_group_id.as_deref(),
        volume: BodyVolume { r#type: &new.volume_type, size: new.volume_size },
        ha: new.ha.as_ref().map(|ha| BodyHa { mode: "Ha", replication_mode: &ha.replication_mode }),
        configuration_id: new.parameter_group_id.as_deref(),
        port: new.port.map(|port| port.to_string()),
        password: new.password.as_ref().map(Secret::reveal),
        region,
        restore_point: Source::new(&new.source, point),
    };
    Call::start(SERVICE, ["v3", project_id, "instances"], &body)
}

fn named_call(project_id: &str, name: &str, position: usize) -> Call {
    Call::get(SERVICE, ["v3", project_id, "instances"])
        .query("name", name)
        .query("offset", position)
        .query("limit", PAGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn new() -> NewInstance {
        NewInstance {
            name: "drill".into(),
            source: "s".into(),
            flavor: "rds.mysql.s1.large".into(),
            zones: vec!["eu-de-01".into()],
            vpc_id: "v".into(),
            subnet_id: "n".into(),
            volume_type: "ULTRAHIGH".into(),
            volume_size: 100,
            ..NewInstance::default()
        }
    }

    // The examples of "Restoring Data to a New DB Instance", with shorter ids.
    #[test]
    fn restores_to_a_new_instance_equal_the_page() {
        let bare = json!({
            "name": "drill", "flavor_ref": "rds.mysql.s1.large", "availability_zone": "eu-de-01",
            "vpc_id": "v", "subnet_id": "n", "volume": {"type": "ULTRAHIGH", "size": 100},
            "restore_point": {"instance_id": "s", "type": "backup", "backup_id": "b"},
        });
        let path = "POST /v3/p/instances".to_owned();
        let shown = create_call("p", None, &new(), &Point::Backup("b".into())).shown();
        assert_eq!(shown, (path.clone(), bare.clone()));
        let full = NewInstance {
            zones: vec!["eu-de-01".into(), "eu-de-02".into()],
            ha: Some(Ha { replication_mode: "semisync".into() }),
            security_group_id: Some("g".into()),
            parameter_group_id: Some("c".into()),
            port: Some(8635),
            password: Some("Test@12345678".into()),
            ..new()
        };
        let mut body = bare;
        for (name, value) in [
            ("availability_zone", json!("eu-de-01,eu-de-02")),
            ("ha", json!({"mode": "Ha", "replication_mode": "semisync"})),
            ("security_group_id", json!("g")),
            ("configuration_id", json!("c")),
            ("port", json!("8635")),
            ("password", json!("Test@12345678")),
            ("region", json!("cn-north-4")),
            ("restore_point", json!({"instance_id": "s", "type": "timestamp", "restore_time": 1_532_001_446_987_i64})),
        ] {
            body[name] = value;
        }
        let shown = create_call("p", Some("cn-north-4"), &full, &Point::Time(1_532_001_446_987)).shown();
        assert_eq!(shown, (path, body));
    }

    #[test]
    fn a_password_does_not_print() {
        let new = NewInstance { password: Some("hunter2".into()), ..new() };
        let call = create_call("p", None, &new, &Point::Backup("b".into()));
        assert!(!format!("{new:?} {call:?}").contains("hunter2"));
    }

    #[test]
    fn instances_are_listed_by_name_in_pages() {
        let path = "GET /v3/p/instances?name=drill&offset=100&limit=100";
        assert_eq!(named_call("p", "drill", 100).shown().0, path);
    }
}
