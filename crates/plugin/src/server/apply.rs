//! Applying: create, update and delete are told apart here, once; and whatever happens, what is known is handed back.

use tf::provider::{ApplyResponse, CreateRequest, DeleteRequest, Resource, SavePoint, StopToken, UpdateRequest};
use tf::{Diagnostic, Diagnostics, Value};

use super::call::{caught, panicked};
use super::catalog::Catalog;
use super::convert;
use crate::pb;

type Answer = pb::apply_resource_change::Response;

/// Makes the planned change. Never fails as a call: an answer without state would lose what is there.
pub(super) async fn apply(
    catalog: &Catalog,
    request: pb::apply_resource_change::Request,
    stop: StopToken,
) -> Result<Answer, Diagnostics> {
    let unchanged = Unchanged {
        state: request.prior_state.clone(),
        private: request.planned_private.clone(),
        identity: request.planned_identity.clone(),
    };
    let resource = match catalog.resource(&request.type_name) {
        Ok(resource) => resource,
        Err(errors) => return Ok(unchanged.with(errors)),
    };
    let change = match Change::of(resource.as_ref(), request) {
        Ok(change) => change,
        Err(errors) => return Ok(unchanged.with(errors)),
    };
    Ok(match change {
        Change::Delete { request } => delete(resource.as_ref(), DeleteRequest { stop, ..request }, unchanged).await,
        Change::Create { request } => {
            let save_point = request.save_point.clone();
            let work = resource.create(CreateRequest { stop, ..request });
            settle(catalog, resource.as_ref(), caught(work).await.ok(), &save_point, unchanged)
        }
        Change::Update { request } => {
            let save_point = request.save_point.clone();
            let work = resource.update(UpdateRequest { stop, ..request });
            settle(catalog, resource.as_ref(), caught(work).await.ok(), &save_point, unchanged)
        }
    })
}

/// Whether the core will take the object for a broken one.
pub(super) fn is_bad_end(answer: &Answer) -> bool {
    answer.diagnostics.iter().any(|found| found.severity == pb::diagnostic::Severity::Error as i32)
}

/// What to do, told by which of prior and planned state is null.
enum Change {
    Create { request: CreateRequest },
    Update { request: UpdateRequest },
    Delete { request: DeleteRequest },
}

impl Change {
    fn of(resource: &dyn Resource, request: pb::apply_resource_change::Request) -> Result<Change, Diagnostics> {
        let block = &resource.schema().block;
        let prior = convert::value(block, request.prior_state, "The prior state")?;
        let planned = convert::value(block, request.planned_state, "The planned state")?;
        // Null on a delete. The last moment to see a required argument that turned out null, before anything is sent.
        let config = convert::given(block, request.config)?;
        let private = request.planned_private;
        let (save_point, stop) = (SavePoint::default(), StopToken::new());
        Ok(match (prior.is_null(), planned.is_null()) {
            (_, true) => Change::Delete { request: DeleteRequest { prior, private, save_point, stop } },
            (true, false) => Change::Create { request: CreateRequest { config, planned, private, save_point, stop } },
            (false, false) => {
                Change::Update { request: UpdateRequest { config, prior, planned, private, save_point, stop } }
            }
        })
    }
}

/// The object as it was before the call, for the answers that leave it so.
struct Unchanged {
    state: Option<pb::DynamicValue>,
    private: Vec<u8>,
    identity: Option<pb::ResourceIdentityData>,
}

impl Unchanged {
    fn with(self, errors: Diagnostics) -> Answer {
        Answer {
            new_state: self.state,
            private: self.private,
            new_identity: self.identity,
            diagnostics: convert::diagnostics(errors),
            ..Default::default()
        }
    }
}

async fn delete(resource: &dyn Resource, request: DeleteRequest, unchanged: Unchanged) -> Answer {
    let save_point = request.save_point.clone();
    let mut found = match caught(resource.delete(request)).await {
        Ok(found) => found,
        Err(_) => panicked(RPC).into(),
    };
    if found.has_error() {
        let Some((state, private)) = save_point.take() else { return unchanged.with(found) };
        let (new_state, errors) = convert::saved_value(&resource.schema().block, state);
        found.append(errors);
        return Unchanged { state: new_state.or(unchanged.state), private, ..unchanged }.with(found);
    }
    Answer {
        new_state: Some(convert::null()),
        private: unchanged.private,
        diagnostics: convert::diagnostics(found),
        ..Default::default()
    }
}

/// The answer to a create or update. `None`: it panicked, and the save point has what is known.
fn settle(
    catalog: &Catalog,
    resource: &dyn Resource,
    ended: Option<ApplyResponse>,
    save_point: &SavePoint,
    unchanged: Unchanged,
) -> Answer {
    let saved = save_point.take();
    let ended = ended.unwrap_or_else(|| after_panic(saved, &unchanged));
    let mut found = ended.diagnostics;
    let Some(state) = ended.state.filter(|state| !state.is_null()) else {
        if !found.has_error() {
            found.push(no_state());
        }
        // Nothing came to be (create: null as before) or nothing changed (update: the prior state).
        return Answer { private: ended.private, ..unchanged.with(found) };
    };
    let block = &resource.schema().block;
    let (new_state, errors) = convert::saved_value(block, catalog.kept(block, state));
    found.append(errors);
    let identity = ended.identity.filter(Value::is_wholly_known);
    let new_identity = match convert::identity_data(resource.identity_attributes(), identity.as_ref()) {
        Ok(identity) => identity,
        Err(errors) => {
            found.append(errors);
            None
        }
    };
    Answer {
        new_state,
        private: ended.private,
        new_identity,
        diagnostics: convert::diagnostics(found),
        ..Default::default()
    }
}

fn after_panic(saved: Option<(Value, Vec<u8>)>, unchanged: &Unchanged) -> ApplyResponse {
    let (state, private) = saved.map_or((None, unchanged.private.clone()), |(state, private)| (Some(state), private));
    ApplyResponse { state, private, identity: None, diagnostics: panicked(RPC).into() }
}

fn no_state() -> Diagnostic {
    Diagnostic::error(
        "The provider returned no object",
        "This is a bug in the provider: it reported success without a state.",
    )
}

const RPC: &str = "ApplyResourceChange";
