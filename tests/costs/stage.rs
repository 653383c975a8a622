//! A provider without a process: what the door does to bytes, this does, and nothing is between it and the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use rehearsal::{Entry, Options, Running, Scenario, dcs};
use terraform_provider_recovery::provider::Recovery;
use tf::provider::{CreateRequest, PlanRequest, Provider, ReadRequest, Resource, SavePoint, StopToken};
use tf::{Value, codec, plan};

/// Which kind of credentials the provider has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Credentials {
    Password,
    Keys,
    Token,
}

/// A provider on this thread, and its cloud on another one.
pub(crate) struct Stage {
    pub(crate) cloud: Running,
    pub(crate) provider: Arc<Recovery>,
    /// Where the provider runs, whenever it is waited for.
    pub(crate) here: tokio::runtime::Runtime,
    _there: tokio::runtime::Runtime,
}

/// An object as the core keeps it between two calls.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) state: Vec<u8>,
    pub(crate) private: Vec<u8>,
}

impl Stage {
    /// A cloud with so many DCS instances, in which everything is done at once.
    pub(crate) fn new(instances: usize) -> Stage {
        let there = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let scenario =
            "durations: { dcs: { waiting_seconds: 0, backup_seconds: 0, restore_seconds: 0, settle_seconds: 0 } }";
        let scenario = Scenario::parse(scenario, "the stage").unwrap();
        let options = Options { scenario: Some(scenario), ..Options::default() };
        let cloud = there.block_on(rehearsal::start(options)).unwrap();
        cloud.change_world(|world| {
            world.dcs.switches.kept_backups = 10_000;
            world.dcs.instances = (0..instances).map(instance).collect();
            world.dcs.backups.clear();
        });
        let here = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Stage { cloud, provider: Arc::new(Recovery::new()), here, _there: there }
    }

    /// Configures the provider; `dcs` stands in for the address of the service.
    pub(crate) fn configure(&self, credentials: Credentials, dcs: Option<&str>) {
        let connection = &self.cloud.connection;
        let Value::Object(mut endpoints) = from_json(&connection.endpoints) else { panic!("no endpoints") };
        if let Some(address) = dcs {
            endpoints.insert("dcs".to_owned(), Value::from(address));
        }
        let Value::Object(all) = from_json(&connection.credentials) else { panic!("no credentials") };
        let names: &[&str] = match credentials {
            Credentials::Password => &["user_name", "password", "domain_name"],
            Credentials::Keys => &["access_key", "secret_key"],
            Credentials::Token => &["token"],
        };
        let mut config: BTreeMap<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), all[*name].clone())).collect();
        config.insert("region".to_owned(), Value::from(connection.region.as_str()));
        config.insert("auth_url".to_owned(), Value::from(connection.auth_url.as_str()));
        config.insert("endpoints".to_owned(), Value::Object(endpoints));
        let told = self.here.block_on(self.provider.configure(&Value::Object(config), "1.11.4"));
        assert!(!told.has_error(), "{told:?}");
    }

    pub(crate) fn resource(&self, kind: &str) -> Arc<dyn Resource> {
        self.provider.resources().iter().find(|resource| resource.type_name() == kind).unwrap().clone()
    }

    /// The requests so far, and none from here on.
    pub(crate) fn requests(&self) -> Vec<Entry> {
        let entries = self.cloud.journal();
        self.cloud.clear_journal();
        entries
    }

    /// Puts backups into the world, so many of each instance, and answers their objects, whose results nobody has read yet.
    pub(crate) fn existing(&self, instances: usize, each: usize) -> Vec<Stored> {
        let resource = self.resource("recovery_dcs_backup");
        let backup = |number: usize| dcs::Backup {
            id: uuid(0xb, number),
            instance_id: instance_id(number / each),
            ..dcs::Backup::default()
        };
        let backups: Vec<dcs::Backup> = (0..instances * each).map(backup).collect();
        self.cloud.change_world(|world| world.dcs.backups.extend(backups.clone()));
        let object = |backup: &dcs::Backup| {
            let mut object = written(resource.as_ref(), &[("instance_id", &backup.instance_id)]);
            object.set("api_version", Value::from("v2"));
            object.set("wait", Value::from(true));
            object.set("id", Value::from(format!("{}/{}", backup.instance_id, backup.id)));
            object.set("backup_id", Value::from(backup.id.as_str()));
            object.set("status", Value::from("succeed"));
            stored(resource.as_ref(), &object, Vec::new())
        };
        backups.iter().map(object).collect()
    }
}

pub(crate) fn instance(number: usize) -> dcs::Instance {
    dcs::Instance { id: instance_id(number), name: format!("cache-{number}"), ..dcs::Instance::default() }
}

pub(crate) fn instance_id(number: usize) -> String {
    uuid(0xa, number)
}

pub(crate) fn uuid(kind: usize, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012}")
}

fn from_json(value: &impl serde::Serialize) -> Value {
    let serde_json::Value::Object(members) = serde_json::to_value(value).unwrap() else { return Value::Null };
    let text = |(name, value): (String, serde_json::Value)| Some((name, Value::from(value.as_str()?)));
    Value::object(members.into_iter().filter_map(text))
}

/// A body with these arguments.
pub(crate) fn written(resource: &dyn Resource, arguments: &[(&str, &str)]) -> Value {
    let given = Value::object(arguments.iter().map(|(name, value)| (*name, Value::from(*value))));
    codec::fit(&resource.schema().block, given).0
}

pub(crate) fn stored(resource: &dyn Resource, state: &Value, private: Vec<u8>) -> Stored {
    Stored { state: codec::encode_msgpack(&resource.schema().block, state).unwrap(), private }
}

/// The arguments of an object as a configuration has them.
pub(crate) fn config_of(resource: &dyn Resource, object: &Stored, names: &[&str]) -> Vec<u8> {
    let block = &resource.schema().block;
    let state = codec::decode_msgpack(block, &object.state).unwrap();
    let arguments: Vec<(&str, &str)> =
        names.iter().filter_map(|name| Some((*name, state.get(name).as_str()?))).collect();
    codec::encode_msgpack(block, &written(resource, &arguments)).unwrap()
}

// ---- the calls of a core ---------------------------------------------------------------------------------------------

/// Reads an object again, after the provider was shown it.
pub(crate) async fn refresh(resource: &dyn Resource, object: &Stored) -> Stored {
    let block = &resource.schema().block;
    let state = codec::decode_msgpack(block, &object.state).unwrap();
    resource.observe(&state);
    let request = ReadRequest { state, private: object.private.clone(), stop: StopToken::new() };
    let answer = resource.read(request).await;
    assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
    stored(resource, &answer.state.unwrap(), answer.private)
}

/// All objects at once.
pub(crate) async fn refresh_all(resource: &dyn Resource, objects: &[Stored]) -> Vec<Stored> {
    join_all(objects.iter().map(|object| refresh(resource, object))).await
}

/// Plans an object with its own arguments: nothing is to be done.
pub(crate) async fn plan_again(resource: &dyn Resource, object: &Stored, config: &[u8]) {
    let block = &resource.schema().block;
    let prior = codec::decode_msgpack(block, &object.state).unwrap();
    let proposed = codec::decode_msgpack(block, &object.state).unwrap();
    let config = codec::decode_msgpack(block, config).unwrap();
    let from_schema = plan::propose(resource.schema(), &config, &prior, &proposed);
    let request = PlanRequest { config, prior, private: object.private.clone(), stop: StopToken::new() };
    let answer = resource.plan(request, from_schema).await;
    assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
    let planned = codec::encode_msgpack(block, &answer.plan.planned).unwrap();
    assert!(planned == object.state, "nothing is to be done");
}

/// Plans and makes an object.
pub(crate) async fn create(resource: &dyn Resource, config: &[u8]) -> Stored {
    let block = &resource.schema().block;
    let config = codec::decode_msgpack(block, config).unwrap();
    let from_schema = plan::propose(resource.schema(), &config, &Value::Null, &config);
    let request =
        PlanRequest { config: config.clone(), prior: Value::Null, private: Vec::new(), stop: StopToken::new() };
    let answer = resource.plan(request, from_schema).await;
    assert!(!answer.diagnostics.has_error(), "{:?}", answer.diagnostics);
    let planned = codec::encode_msgpack(block, &answer.plan.planned).unwrap();
    let request = CreateRequest {
        config,
        planned: codec::decode_msgpack(block, &planned).unwrap(),
        private: answer.private,
        save_point: SavePoint::default(),
        stop: StopToken::new(),
    };
    let answer = resource.create(request).await;
    assert!(!answer.diagnostics.has_error(), "{:?}", answer.diagnostics);
    stored(resource, &answer.state.unwrap(), answer.private)
}
