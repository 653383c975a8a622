//! What a provider answers, in Terraform's words. The `plugin` crate calls these traits and converts to and from the
//! wire; authors implement them.
//!
//! When Terraform stops the run, whatever only reads (`configure`, `read`, `plan`, `import`, data sources, lists, ephemeral
//! resources) is given
//! up at the await it is at: such a method must hold nothing half done over an await. `create`, `update`, `delete` and
//! `invoke` are told by their [`StopToken`] and worked to their end, also when the client is gone.
//!
//! No method that is handed a configuration to act on sees a required argument that is null (see
//! [`crate::validate::missing`]).

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostics;
use crate::events::EventSink;
use crate::plan::Plan;
use crate::schema::{Schema, Type};
use crate::value::Value;

/// A whole provider.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The provider block.
    fn schema(&self) -> &Schema;

    /// All resources, in any order.
    fn resources(&self) -> &[Arc<dyn Resource>];

    /// All data sources, in any order.
    fn data_sources(&self) -> &[Arc<dyn DataSource>];

    /// All functions, in any order.
    fn functions(&self) -> &[Arc<dyn Function>];

    /// All actions, in any order.
    fn actions(&self) -> &[Arc<dyn Action>] {
        &[]
    }

    /// All resources that can be listed, in any order.
    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &[]
    }

    /// All ephemeral resources, in any order.
    fn ephemeral_resources(&self) -> &[Arc<dyn EphemeralResource>] {
        &[]
    }

    /// Checks across attributes of the provider block, which may hold unknowns. No credentials, no network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Takes the configuration, which may hold unknowns during plan. Called again and again in debug mode: the newest
    /// one counts.
    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics;
}

/// A managed resource.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backup`.
    fn type_name(&self) -> &'static str;

    /// Its body.
    fn schema(&self) -> &Schema;

    /// The attributes of its identity (Terraform 1.12), each required for import unless `optional`. Empty: none.
    fn identity_attributes(&self) -> &[IdentityAttribute] {
        &[]
    }

    /// Checks across attributes; the checks of single attributes have run already. Config may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Sees each state that Terraform reads, after it was brought to the current schema. Must not call any service.
    /// Older versions than the schema's are converted by [`Resource::upgrade`] first.
    fn observe(&self, _state: &Value) {}

    /// Brings the JSON of an older schema version to the shape of the current one.
    ///
    /// # Errors
    /// What is wrong with the stored state.
    fn upgrade(&self, version: i64, _state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        Err(crate::Diagnostic::error(
            "State of an unknown version",
            format!("No released version of this provider wrote schema version {version} of this resource."),
        )
        .into())
    }

    /// Reads the object again.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Refines the plan that follows from the schema. `plan` is what [`crate::plan::propose`] made of the request.
    async fn plan(&self, request: PlanRequest, plan: Plan) -> PlanResponse;

    /// Makes the object. Whatever is passed to [`SavePoint::save`] survives a panic.
    async fn create(&self, request: CreateRequest) -> ApplyResponse;

    /// Changes the object in place.
    async fn update(&self, request: UpdateRequest) -> ApplyResponse;

    /// Deletes the object. No error in the answer means that it is gone from the state. With an error the object stays as it
    /// was, or as it was passed to [`SavePoint::save`] last: what a failed delete has begun is not lost for the next one.
    async fn delete(&self, request: DeleteRequest) -> Diagnostics;

    /// Takes an existing object into the state.
    ///
    /// # Errors
    /// A malformed id, with the expected form; an object that cannot be found.
    async fn import(&self, request: ImportRequest) -> Result<Imported, Diagnostics>;
}

/// One attribute of a resource identity. Strings only.
#[derive(Clone, Copy, Debug)]
pub struct IdentityAttribute {
    /// As the user types it in `import { identity = { … } }`.
    pub name: &'static str,
    /// Published text.
    pub description: &'static str,
    /// May be left out on import.
    pub optional: bool,
}

/// Ends early what Terraform asked to stop. Cancelled by `Stop`, for the calls then in flight.
pub type StopToken = CancellationToken;

/// Input of [`Resource::read`].
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The stored object.
    pub state: Value,
    /// The stored private data.
    pub private: Vec<u8>,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Answer of [`Resource::read`].
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The object as it is; `None` drops it from the state (planned as create).
    pub state: Option<Value>,
    /// To be stored: pass on what came in, unless it changed.
    pub private: Vec<u8>,
    /// The identity, if the type has one.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Input of [`Resource::plan`].
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// What the user wrote; null for a destroy. May hold unknowns.
    pub config: Value,
    /// The stored object; null for a create, for the second call of a replacement, and for tainted objects.
    pub prior: Value,
    /// Private data: the stored one; of the second call of a replacement, what the first planned; empty for tainted
    /// objects and whenever a create is planned during apply.
    pub private: Vec<u8>,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Answer of [`Resource::plan`].
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// What would be.
    pub plan: Plan,
    /// Handed to apply.
    pub private: Vec<u8>,
    /// The identity, if the type has one and it is known.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Input of [`Resource::create`].
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// What the user wrote, wholly known.
    pub config: Value,
    /// What was planned.
    pub planned: Value,
    /// What the plan left for the apply.
    pub private: Vec<u8>,
    /// Where to put the state as soon as an ID is known.
    pub save_point: SavePoint,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Input of [`Resource::update`].
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// What the user wrote, wholly known.
    pub config: Value,
    /// The stored object.
    pub prior: Value,
    /// What was planned.
    pub planned: Value,
    /// What the plan left for the apply.
    pub private: Vec<u8>,
    /// Where to put the state as soon as it changed.
    pub save_point: SavePoint,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Input of [`Resource::delete`].
#[derive(Clone, Debug)]
pub struct DeleteRequest {
    /// The stored object.
    pub prior: Value,
    /// What the destroy plan left; of a replaced tainted object, what the create plan left (seen with every core from 1.11 on).
    pub private: Vec<u8>,
    /// Where to put the object as soon as it changed; only looked at if the delete fails.
    pub save_point: SavePoint,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Answer of [`Resource::create`] and [`Resource::update`].
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// The object as it is now. `None` with an error: nothing came to be (create) or nothing changed (update).
    pub state: Option<Value>,
    /// To be stored.
    pub private: Vec<u8>,
    /// The identity, if the type has one.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Input of [`Resource::import`].
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The id as the user typed it; empty when an identity was given.
    pub id: String,
    /// The identity, if the user gave one.
    pub identity: Option<Value>,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// Answer of [`Resource::import`].
#[derive(Clone, Debug)]
pub struct Imported {
    /// The object, at least with what [`Resource::read`] needs.
    pub state: Value,
    /// To be stored.
    pub private: Vec<u8>,
    /// The identity, if the type has one.
    pub identity: Option<Value>,
}

/// A place for the state of work in progress. If the call panics, the server answers with what was saved last, so that
/// no ID is lost.
#[derive(Clone, Debug, Default)]
pub struct SavePoint(Arc<Mutex<Option<Saved>>>);

/// State and private data.
type Saved = (Value, Vec<u8>);

impl SavePoint {
    /// Keeps the state and the private data, in place of what was kept before.
    pub fn save(&self, state: Value, private: Vec<u8>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((state, private));
    }

    /// Takes out what was kept.
    pub fn take(&self) -> Option<(Value, Vec<u8>)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backups`.
    fn type_name(&self) -> &'static str;

    /// Its body.
    fn schema(&self) -> &Schema;

    /// Checks across attributes. Config may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Looks it up. Config is wholly known; the answer too, with the config's values unchanged.
    ///
    /// # Errors
    /// What could not be read.
    async fn read(&self, config: &Value, stop: StopToken) -> Result<(Value, Diagnostics), Diagnostics>;
}

/// Something that is done on request and leaves no state (Terraform 1.14).
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_restore`.
    fn type_name(&self) -> &'static str;

    /// The inside of its `config` block.
    fn schema(&self) -> &Schema;

    /// Checks across attributes. Config may hold unknowns. Runs again when the action is planned.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Says what an invocation would do, and refuses what it could not do. Config may hold unknowns, and has passed
    /// [`Action::validate`]. Given up at any await when Terraform stops the run.
    async fn plan(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Does it, to its end whether anybody listens or not. The answer is the last that the client hears.
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics;
}

/// Input of [`Action::invoke`].
#[derive(Clone)]
pub struct InvokeRequest {
    /// What the user wrote, wholly known.
    pub config: Value,
    /// One line for the user per event.
    pub progress: Arc<dyn EventSink<String>>,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

/// A managed resource whose objects can be listed (Terraform 1.14). The resource of the same name has an identity.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// The name of the managed resource.
    fn type_name(&self) -> &'static str;

    /// The inside of its `config` block.
    fn schema(&self) -> &Schema;

    /// Checks across attributes. Config may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Reads page by page and hands on what it finds. Given up at any await when Terraform stops the run or has enough.
    /// An error in the answer is the last that the client hears.
    async fn list(&self, request: ListRequest) -> Diagnostics;
}

/// Input of [`ListResource::list`].
#[derive(Clone)]
pub struct ListRequest {
    /// What the user wrote, wholly known; its members are null if there was no `config` block.
    pub config: Value,
    /// Whether [`Listed::object`] is wanted.
    pub include_object: bool,
    /// How many objects are wanted at most.
    pub limit: usize,
    /// Where they go.
    pub found: Arc<dyn EventSink<Listed>>,
}

/// One object that was found.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its identity, wholly known.
    pub identity: Value,
    /// What the user sees.
    pub display_name: String,
    /// The object in the shape of the managed resource, if it was asked for.
    pub object: Option<Value>,
}

/// Something that is valid for a while and kept nowhere (Terraform 1.10): opened in each walk, renewed while the core holds
/// it, closed at the end of its use.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backup_links`.
    fn type_name(&self) -> &'static str;

    /// Its body.
    fn schema(&self) -> &Schema;

    /// Checks across attributes. Config may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Obtains it. Config is wholly known; the result too, with the config's values unchanged. Given up at any await when
    /// Terraform stops the run.
    ///
    /// # Errors
    /// What could not be obtained.
    async fn open(&self, config: &Value) -> Result<Opened, Diagnostics>;

    /// Called at the moment that open or the last renewal asked for, with what that left. The result stays what it was.
    ///
    /// # Errors
    /// Why it cannot be renewed. Cores before 1.17 do not show it.
    async fn renew(&self, private: &[u8]) -> Result<Renewed, Diagnostics>;

    /// Called once at the end, also after errors and a stop, with what open left.
    async fn close(&self, private: &[u8]) -> Diagnostics;
}

/// Answer of [`EphemeralResource::open`]. Not printable: the result is a secret as a rule.
#[derive(Clone)]
pub struct Opened {
    /// The object.
    pub result: Value,
    /// When it has to be renewed; none if never.
    pub renew_at: Option<SystemTime>,
    /// Handed to renew and close. No place for secrets.
    pub private: Vec<u8>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// Answer of [`EphemeralResource::renew`].
#[derive(Clone, Debug)]
pub struct Renewed {
    /// When it has to be renewed next; none if never again.
    pub renew_at: Option<SystemTime>,
    /// Handed to the next renewal.
    pub private: Vec<u8>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// A pure function of Terraform's language.
pub trait Function: Send + Sync + 'static {
    /// As the user types it after `provider::recovery::`.
    fn name(&self) -> &'static str;

    /// One line.
    fn summary(&self) -> &'static str;

    /// Published text, Markdown.
    fn description(&self) -> &'static str;

    /// Name, type and text of each parameter.
    fn parameters(&self) -> &[(&'static str, Type, &'static str)];

    /// The type of the result.
    fn result(&self) -> &Type;

    /// Computes the result. Same arguments, same result; arguments are known and not null.
    ///
    /// # Errors
    /// The text for the user and the position of the argument to blame, from 0.
    fn call(&self, arguments: &[Value]) -> Result<Value, (String, Option<i64>)>;
}
