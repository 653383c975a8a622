//! A small provider without any cloud, for the tests of this crate: they drive it as Terraform drives the real one.
//! What a `toy_thing` does is said by its `behaviour`.

mod pass;
mod streams;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use plugin::Options;
use tf::plan::Plan;
use tf::provider::{
    Action, ApplyResponse, CreateRequest, DataSource, DeleteRequest, EphemeralResource, Function, IdentityAttribute,
    ImportRequest, Imported, ListResource, PlanRequest, PlanResponse, Provider, ReadRequest, ReadResponse, Resource,
    SavePoint, StopToken, UpdateRequest,
};
use tf::{Attribute, Block, Diagnostic, Diagnostics, NestedBlock, Nesting, Schema, Type, Value};

const OPTIONS: Options = Options {
    name: "toy",
    source: "example/toy",
    log_crates: &["terraform_provider_toy", "plugin", "tf"],
    by_hand: "This is a Terraform provider for tests. Terraform starts it; it does nothing by hand.",
};

fn main() -> ExitCode {
    let provider = || Arc::new(Toy::new()) as Arc<dyn Provider>;
    match std::env::args().nth(1).as_deref() {
        Some("--debug") => plugin::run_debug(&OPTIONS, provider),
        _ => plugin::run(&OPTIONS, provider),
    }
}

struct Toy {
    schema: Schema,
    resources: Vec<Arc<dyn Resource>>,
    data_sources: Vec<Arc<dyn DataSource>>,
    functions: Vec<Arc<dyn Function>>,
    actions: Vec<Arc<dyn Action>>,
    list_resources: Vec<Arc<dyn ListResource>>,
    ephemeral_resources: Vec<Arc<dyn EphemeralResource>>,
}

impl Toy {
    fn new() -> Toy {
        let greeting = Attribute::optional("greeting", "Must not be `rude`.");
        Toy {
            schema: schema(vec![greeting], Vec::new()),
            resources: vec![Arc::new(Thing::new()), Arc::new(Plain::new())],
            data_sources: vec![Arc::new(Echo::new())],
            functions: vec![Arc::new(Shout::new())],
            actions: vec![Arc::new(streams::Act::new())],
            list_resources: vec![Arc::new(streams::Things::new())],
            ephemeral_resources: vec![Arc::new(pass::Pass::new())],
        }
    }
}

#[tonic::async_trait]
impl Provider for Toy {
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
        &self.functions
    }

    fn actions(&self) -> &[Arc<dyn Action>] {
        &self.actions
    }

    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &self.list_resources
    }

    fn ephemeral_resources(&self) -> &[Arc<dyn EphemeralResource>] {
        &self.ephemeral_resources
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if config.get("greeting").as_str() == Some("rude") {
            return Diagnostic::error("Rude greeting", "Be kind.").at("greeting").into();
        }
        Diagnostics::new()
    }

    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        if config.get("greeting").as_str() == Some("stuck") {
            stuck().await;
        }
        tracing::info!(terraform_version, "Configured");
        Diagnostics::new()
    }
}

/// The resource with all the misbehaviour.
struct Thing {
    schema: Schema,
}

impl Thing {
    fn new() -> Thing {
        let attributes = vec![
            Attribute::required("name", "A change makes a new thing.").replaces(),
            Attribute::optional("note", "Any text of any length."),
            Attribute::optional("behaviour", "What goes wrong.").one_of(BEHAVIOURS),
            Attribute::optional("size", "`small` or `large`.").default("small").one_of(&["small", "large"]),
            Attribute::optional("labels", "Any labels.").of(Type::map(Type::String)),
            Attribute::optional("marks", "A change makes a new thing.").of(Type::map(Type::String)).replaces(),
            Attribute::optional("tag", "A change makes a new thing.").replaces(),
            Attribute::computed("id", "Its ID.").stable(),
            Attribute::computed("revision", "Counts the updates.").of(Type::Number),
        ];
        let part = block(
            "part",
            Nesting::List,
            vec![Attribute::required("kind", "Its kind."), Attribute::optional("count", "How many.").of(Type::Number)],
        );
        let timeouts = block("timeouts", Nesting::Single, vec![Attribute::optional("create", "How long.")]);
        Thing { schema: schema(attributes, vec![part, timeouts]) }
    }
}

const BEHAVIOURS: &[&str] = &[
    "panic",
    "panic_early",
    "wait",
    "fail",
    "leave_unknown",
    "misfit",
    "keep",
    "panic_read",
    "keep_begun",
    "panic_begun",
    "panic_plan",
    "stuck_read",
    "stuck_plan",
    "vanish",
];

/// A service that never answers, to a provider that looks at no stop.
async fn stuck() {
    std::future::pending::<()>().await;
}

impl Thing {
    /// The answer to a create or update that goes as `behaviour` says, with the ID saved first.
    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn act(&self, mut state: Value, private: Vec<u8>, save_point: SavePoint, stop: StopToken) -> ApplyResponse {
        let behaviour = state.get("behaviour").as_str().unwrap_or_default().to_owned();
        if behaviour == "panic_early" {
            panic!("before anything exists, with the secret {:?}", state.get("note"));
        }
        save_point.save(state.clone(), b"saved".to_vec());
        let mut diagnostics = Diagnostics::new();
        match behaviour.as_str() {
            "panic" => panic!("a text without values"),
            "wait" => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(60)) => {}
                }
                diagnostics.push(Diagnostic::error("Stopped", "The thing exists but is not ready."));
            }
            "fail" => return refused(private),
            "leave_unknown" => state.set("revision", Value::Unknown),
            "misfit" => state.set("revision", Value::Bool(true)),
            _ => {}
        }
        let identity = Some(Value::object([("id", state.get("id").clone())]));
        ApplyResponse { state: Some(state), private, identity, diagnostics }
    }
}

fn refused(private: Vec<u8>) -> ApplyResponse {
    let diagnostics = Diagnostic::error("Failed", "Nothing happened.").into();
    ApplyResponse { state: None, private, identity: None, diagnostics }
}

#[tonic::async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        "toy_thing"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_attributes(&self) -> &[IdentityAttribute] {
        &[IdentityAttribute { name: "id", description: "Its ID.", optional: false }]
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if config.get("name").as_str() == Some("nobody") && config.get("note").is_null() {
            return Diagnostic::error("Nobody needs a note", "Set `note`.").at("note").into();
        }
        Diagnostics::new()
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let behaviour = request.state.get("behaviour").as_str().unwrap_or_default();
        if behaviour == "panic_read" {
            panic!("in a read");
        }
        if behaviour == "stuck_read" {
            stuck().await;
        }
        ReadResponse {
            state: (behaviour != "vanish").then_some(request.state),
            private: request.private,
            identity: None,
            diagnostics: Diagnostics::new(),
        }
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn plan(&self, request: PlanRequest, plan: Plan) -> PlanResponse {
        if request.config.get("behaviour").as_str() == Some("panic_plan") {
            panic!("in a plan");
        }
        if request.config.get("behaviour").as_str() == Some("stuck_plan") {
            stuck().await;
        }
        let mut diagnostics = Diagnostics::new();
        if request.config.is_null() {
            diagnostics.push(Diagnostic::warning("Farewell", "The thing will be gone."));
        }
        let private = if request.private.is_empty() { b"planned".to_vec() } else { request.private };
        PlanResponse { plan, private, identity: None, diagnostics }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("id", "thing-1".into());
        state.set("revision", 1.into());
        self.act(state, request.private, request.save_point, request.stop).await
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("revision", 2.into());
        self.act(state, request.private, request.save_point, request.stop).await
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn delete(&self, request: DeleteRequest) -> Diagnostics {
        let behaviour = request.prior.get("behaviour").as_str().unwrap_or_default().to_owned();
        if let "keep_begun" | "panic_begun" = behaviour.as_str() {
            let mut begun = request.prior;
            begun.set("revision", 7.into());
            request.save_point.save(begun, b"begun".to_vec());
        }
        match behaviour.as_str() {
            "keep" | "keep_begun" => Diagnostic::error("Kept", "The thing does not want to go.").into(),
            "panic_begun" => panic!("in a delete"),
            _ => Diagnostics::new(),
        }
    }

    async fn import(&self, request: ImportRequest) -> Result<Imported, Diagnostics> {
        let given = request.identity.as_ref().and_then(|identity| identity.get("id").as_str());
        let id = given.unwrap_or(&request.id).to_owned();
        if !id.starts_with("thing-") {
            return Err(Diagnostic::error("Malformed ID", "Expected thing-NUMBER.").into());
        }
        if id == "thing-stuck" {
            stuck().await;
        }
        let state = Value::object([("id", Value::from(id.clone())), ("name", "imported".into())]);
        Ok(Imported { state, private: b"imported".to_vec(), identity: Some(Value::object([("id", Value::from(id))])) })
    }
}

/// A resource without identity and with an older schema version behind it.
struct Plain {
    schema: Schema,
}

impl Plain {
    fn new() -> Plain {
        let attributes =
            vec![Attribute::optional("title", "Was called `label`."), Attribute::computed("id", "Its ID.")];
        Plain { schema: Schema { version: 1, ..schema(attributes, Vec::new()) } }
    }
}

#[tonic::async_trait]
impl Resource for Plain {
    fn type_name(&self) -> &'static str {
        "toy_plain"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn upgrade(&self, _version: i64, mut state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        if let Some(members) = state.as_object_mut() {
            let label = members.remove("label").unwrap_or_default();
            members.insert("title".to_owned(), label);
        }
        Ok(state)
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let ReadRequest { state, private, .. } = request;
        // An identity that the type does not have: the server must not pass it on.
        let identity = Some(Value::object([("id", state.get("id").clone())]));
        ReadResponse { state: Some(state), private, identity, diagnostics: Diagnostics::new() }
    }

    async fn plan(&self, request: PlanRequest, plan: Plan) -> PlanResponse {
        PlanResponse { plan, private: request.private, identity: None, diagnostics: Diagnostics::new() }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("id", "plain-1".into());
        ApplyResponse { state: Some(state), private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("id", request.prior.get("id").clone());
        ApplyResponse { state: Some(state), private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }

    async fn delete(&self, _request: DeleteRequest) -> Diagnostics {
        Diagnostics::new()
    }

    async fn import(&self, _request: ImportRequest) -> Result<Imported, Diagnostics> {
        Ok(Imported { state: Value::Null, private: Vec::new(), identity: None })
    }
}

struct Echo {
    schema: Schema,
}

impl Echo {
    fn new() -> Echo {
        let attributes = vec![Attribute::required("text", "What to say."), Attribute::computed("answer", "The same.")];
        Echo { schema: schema(attributes, Vec::new()) }
    }
}

#[tonic::async_trait]
impl DataSource for Echo {
    fn type_name(&self) -> &'static str {
        "toy_echo"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn read(&self, config: &Value, _stop: StopToken) -> Result<(Value, Diagnostics), Diagnostics> {
        if config.get("text").as_str() == Some("stuck") {
            stuck().await;
        }
        let mut state = config.clone();
        state.set("answer", config.get("text").clone());
        Ok((state, Diagnostics::new()))
    }
}

struct Shout {
    parameters: Vec<(&'static str, Type, &'static str)>,
    result: Type,
}

impl Shout {
    fn new() -> Shout {
        Shout { parameters: vec![("text", Type::String, "What to shout.")], result: Type::String }
    }
}

impl Function for Shout {
    fn name(&self) -> &'static str {
        "shout"
    }

    fn summary(&self) -> &'static str {
        "Says it loudly"
    }

    fn description(&self) -> &'static str {
        "Turns letters into capitals."
    }

    fn parameters(&self) -> &[(&'static str, Type, &'static str)] {
        &self.parameters
    }

    fn result(&self) -> &Type {
        &self.result
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, (String, Option<i64>)> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() {
            return Err(("there is nothing to shout".to_owned(), Some(0)));
        }
        Ok(text.to_uppercase().into())
    }
}

fn schema(attributes: Vec<Attribute>, blocks: Vec<NestedBlock>) -> Schema {
    Schema { version: 0, block: Block { description: "A toy.", attributes, blocks } }
}

fn block(name: &'static str, nesting: Nesting, attributes: Vec<Attribute>) -> NestedBlock {
    let block = Block { description: "A part of a toy.", attributes, blocks: Vec::new() };
    NestedBlock { name, nesting, block, min_items: 0, max_items: 0, replaces: false }
}
