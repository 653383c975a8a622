//! The stand-in of another provider in a rehearsal: takes whatever the configuration writes, keeps it, and makes up what the
//! real one would compute. It reaches nothing and nobody.
//!
//! What it offers is read from a file beside the program, which `rehearse` has written: a type for each that the
//! configuration names, with the attributes that are written or asked for. All of them take values of any type. What is made
//! up is known in the plan already, and is the same for the same arguments, so that whoever plans twice plans the same.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use tf::plan::Plan;
use tf::provider::{
    ApplyResponse, CreateRequest, DataSource, DeleteRequest, Function, ImportRequest, Imported, PlanRequest,
    PlanResponse, Provider, ReadRequest, ReadResponse, Resource, StopToken, UpdateRequest,
};
use tf::{Attribute, Block, Diagnostics, Mode, NestedBlock, Nesting, Number, Schema, Type, Value};

/// The name of the file beside the program.
pub(crate) const FILE: &str = "stand-in.json";

/// What one provider's stand-in offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The provider block.
    pub(crate) provider: Body,
    /// Resources by type.
    pub(crate) resources: BTreeMap<String, Body>,
    /// Data sources by type.
    pub(crate) data_sources: BTreeMap<String, Body>,
    /// What is not made up but given.
    pub(crate) values: Values,
}

/// The names in a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Body {
    /// Attributes.
    pub(crate) attributes: BTreeSet<String>,
    /// Blocks.
    pub(crate) blocks: BTreeMap<String, Body>,
}

/// Values by type; a data source's type has `data.` in front.
pub(crate) type Values = BTreeMap<String, Vec<Given>>;

/// Values of the objects of a type that have certain arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    /// The arguments; none for all objects.
    #[serde(default, rename = "where")]
    pub(crate) of: Map<String, Json>,
    /// What they have.
    pub(crate) values: Map<String, Json>,
}

/// The part that this process plays, if it was installed to play one. Outside of a rehearsal it plays none.
///
/// # Errors
/// There is a part, and it cannot be read: nobody else's part is played in its place.
pub(crate) fn part() -> Result<Option<Part>, String> {
    let is_rehearsal = std::env::var_os("RECOVERY_REHEARSAL").is_some_and(|url| !url.is_empty());
    let called = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Under its own name it is itself, and looks for nothing.
    if !is_rehearsal || name.starts_with("terraform-provider-recovery") {
        return Ok(None);
    }
    let Ok(path) = std::env::current_exe().map(|program| program.with_file_name(FILE)) else { return Ok(None) };
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| format!("cannot make sense of {}: {error}", path.display()))
}

/// The stand-in as Terraform sees it.
pub(crate) struct StandIn {
    schema: Schema,
    resources: Vec<Arc<dyn Resource>>,
    data_sources: Vec<Arc<dyn DataSource>>,
}

impl StandIn {
    /// One that plays this part.
    pub(crate) fn new(part: &Part) -> StandIn {
        let thing = |type_name: &String, body: &Body, key: String| Thing {
            type_name: lasting(type_name),
            schema: Schema { version: 0, block: block(body, Mode::OptionalComputed) },
            given: part.values.get(&key).cloned().unwrap_or_default(),
        };
        StandIn {
            schema: Schema { version: 0, block: block(&part.provider, Mode::Optional) },
            resources: part
                .resources
                .iter()
                .map(|(name, body)| Arc::new(thing(name, body, name.clone())) as Arc<dyn Resource>)
                .collect(),
            data_sources: part
                .data_sources
                .iter()
                .map(|(name, body)| Arc::new(thing(name, body, format!("data.{name}"))) as Arc<dyn DataSource>)
                .collect(),
        }
    }
}

#[async_trait]
impl Provider for StandIn {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &self.data_sources
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &[]
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn configure(&self, _config: &Value, _terraform_version: &str) -> Diagnostics {
        Diagnostics::new()
    }
}

/// A schema lives as long as the process, and so do its names.
fn lasting(name: &str) -> &'static str {
    name.to_owned().leak()
}

fn block(body: &Body, mode: Mode) -> Block {
    let attribute = |name: &String| Attribute::new(lasting(name), Type::Dynamic, mode, "").stable();
    let nested = |(name, body): (&String, &Body)| NestedBlock {
        name: lasting(name),
        nesting: Nesting::List,
        block: block(body, mode),
        min_items: 0,
        max_items: 0,
        replaces: false,
    };
    Block {
        description: "",
        attributes: body.attributes.iter().map(attribute).collect(),
        blocks: body.blocks.iter().map(nested).collect(),
    }
}

/// A resource or data source.
struct Thing {
    type_name: &'static str,
    schema: Schema,
    given: Vec<Given>,
}

impl Thing {
    /// Fills in what nobody has written, once everything that was written is known: what is made up follows from it.
    fn fill(&self, config: &Value, body: &mut Value) {
        if !config.is_wholly_known() {
            return;
        }
        let fits =
            |given: &&Given| given.of.iter().all(|(name, wanted)| plain(config.get(name)).as_ref() == Some(wanted));
        let given: Vec<&Given> = self.given.iter().filter(fits).collect();
        fill_block(&self.schema.block, body, "", &|name| {
            let given = given.iter().find_map(|given| given.values.get(name));
            any(&given.cloned().unwrap_or_else(|| Json::from(self.made_up(config, name))))
        });
    }

    /// What was planned, with what could not be made up before.
    fn applied(&self, config: &Value, mut state: Value, private: Vec<u8>) -> ApplyResponse {
        self.fill(config, &mut state);
        ApplyResponse { state: Some(state), private, identity: None, diagnostics: Diagnostics::new() }
    }

    /// A value that looks like one of its kind. The name is a path where it stands in a block: `disk[0].id`.
    fn made_up(&self, config: &Value, name: &str) -> String {
        let last = name.rsplit('.').next().unwrap_or(name);
        if last == "id" || last.ends_with("_id") {
            return self.id(config, name);
        }
        if last.contains("cidr") {
            return "192.168.0.0/16".to_owned();
        }
        if last.ends_with("_ip") || last.ends_with("ip_address") {
            return "192.168.0.10".to_owned();
        }
        format!("{}.{name}", self.type_name)
    }

    fn id(&self, config: &Value, name: &str) -> String {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, self.type_name, name, format!("{config:?}")).hash(&mut hasher);
            hasher.finish()
        };
        let digits = format!("{:016x}{:016x}", half(0), half(1));
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }
}

/// Fills in what is open in a block and in the blocks in it, each by its path.
fn fill_block(block: &Block, body: &mut Value, path: &str, made: &dyn Fn(&str) -> Value) {
    let Value::Object(members) = body else { return };
    for attribute in &block.attributes {
        let value = members.entry(attribute.name.to_owned()).or_default();
        if matches!(value, Value::Unknown | Value::Null) {
            *value = made(&format!("{path}{}", attribute.name));
        }
    }
    for nested in &block.blocks {
        if let Some(Value::List(elements)) = members.get_mut(nested.name) {
            for (index, element) in elements.iter_mut().enumerate() {
                fill_block(&nested.block, element, &format!("{path}{}[{index}].", nested.name), made);
            }
        }
    }
}

/// A value that brings its type along, as Terraform carries those of any type.
fn any(json: &Json) -> Value {
    match typed(json) {
        (_, Value::Null) => Value::Null,
        (r#type, value) => Value::List(vec![Value::from(r#type.to_string()), value]),
    }
}

/// The type and the value of a piece of JSON.
fn typed(json: &Json) -> (Json, Value) {
    match json {
        Json::Null => (Json::from("dynamic"), Value::Null),
        Json::Bool(flag) => (Json::from("bool"), Value::from(*flag)),
        Json::Number(number) => {
            (Json::from("number"), Number::parse(&number.to_string()).map_or(Value::Null, Value::from))
        }
        Json::String(text) => (Json::from("string"), Value::from(text.as_str())),
        Json::Array(elements) => {
            let (types, values): (Vec<Json>, Vec<Value>) = elements.iter().map(typed).unzip();
            (Json::from(vec![Json::from("tuple"), Json::from(types)]), Value::List(values))
        }
        Json::Object(members) => {
            let typed = members.iter().map(|(name, json)| (name.clone(), typed(json)));
            let (types, values): (Map<String, Json>, Vec<(String, Value)>) =
                typed.map(|(name, (r#type, value))| ((name.clone(), r#type), (name, value))).unzip();
            (Json::from(vec![Json::from("object"), Json::from(types)]), Value::object(values))
        }
    }
}

/// A text, number or flag of any type as JSON; anything else is none that could be compared.
fn plain(value: &Value) -> Option<Json> {
    let Value::List(pair) = value else { return None };
    match pair.get(1)? {
        Value::String(text) => Some(Json::from(text.as_str())),
        Value::Bool(flag) => Some(Json::from(*flag)),
        Value::Number(number) => serde_json::from_str(&number.to_string()).ok(),
        _ => None,
    }
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse {
            state: Some(request.state),
            private: request.private,
            identity: None,
            diagnostics: Diagnostics::new(),
        }
    }

    async fn plan(&self, request: PlanRequest, mut plan: Plan) -> PlanResponse {
        if !plan.planned.is_null() {
            self.fill(&request.config, &mut plan.planned);
        }
        PlanResponse { plan, private: request.private, identity: None, diagnostics: Diagnostics::new() }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        self.applied(&request.config, request.planned, request.private)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        self.applied(&request.config, request.planned, request.private)
    }

    async fn delete(&self, _request: DeleteRequest) -> Diagnostics {
        Diagnostics::new()
    }

    async fn import(&self, request: ImportRequest) -> Result<Imported, Diagnostics> {
        let state = Value::object([("id", any(&Json::from(request.id)))]);
        Ok(Imported { state, private: Vec::new(), identity: None })
    }
}

#[async_trait]
impl DataSource for Thing {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn read(&self, config: &Value, _stop: StopToken) -> Result<(Value, Diagnostics), Diagnostics> {
        let mut found = config.clone();
        self.fill(config, &mut found);
        Ok((found, Diagnostics::new()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thing(given: Json) -> Thing {
        let body = Body {
            attributes: ["id", "name", "vpc_id", "private_ip", "ports"].map(str::to_owned).into(),
            ..Body::default()
        };
        Thing {
            type_name: "acme_server",
            schema: Schema { version: 0, block: block(&body, Mode::OptionalComputed) },
            given: serde_json::from_value(given).unwrap(),
        }
    }

    fn named(name: &str) -> Value {
        Value::object([("name", any(&json!(name)))])
    }

    fn filled(thing: &Thing, config: &Value) -> Value {
        let mut body = config.clone();
        thing.fill(config, &mut body);
        body
    }

    #[test]
    fn what_is_made_up_follows_from_the_arguments() {
        let thing = thing(json!([]));
        let one = filled(&thing, &named("a"));
        assert_eq!(one, filled(&thing, &named("a")));
        assert_eq!(one.get("name"), named("a").get("name"));
        let text = |name: &str| plain(one.get(name)).unwrap().as_str().unwrap().to_owned();
        assert_eq!((text("id").len(), text("id").matches('-').count()), (36, 4));
        assert_ne!(text("id"), text("vpc_id"));
        assert_ne!(one.get("id"), filled(&thing, &named("b")).get("id"));
        assert_eq!((text("private_ip"), text("ports")), ("192.168.0.10".to_owned(), "acme_server.ports".to_owned()));
        // As long as an argument is open, so is what follows from it.
        let open = Value::object([("name", Value::Unknown)]);
        assert_eq!(filled(&thing, &open), open);
    }

    #[test]
    fn what_is_given_is_taken_where_the_arguments_fit() {
        let thing = thing(json!([
            {"where": {"name": "a"}, "values": {"id": "i-a", "ports": [80, {"tls": true}]}},
            {"values": {"id": "i-others"}},
        ]));
        let one = filled(&thing, &named("a"));
        assert_eq!(plain(one.get("id")), Some(json!("i-a")));
        let tls = Value::object([("tls", Value::from(true))]);
        let ports = Value::List(vec![
            Value::from(r#"["tuple",["number",["object",{"tls":"bool"}]]]"#),
            Value::List(vec![Value::from(80), tls]),
        ]);
        assert_eq!(one.get("ports"), &ports);
        assert_eq!(plain(filled(&thing, &named("b")).get("id")), Some(json!("i-others")));
    }
}
