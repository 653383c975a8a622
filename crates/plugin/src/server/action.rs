//! Actions: planned, then done, with progress on the way.

use std::sync::Arc;

use tf::Diagnostics;
use tf::events::EventSink;
use tf::provider::{InvokeRequest, StopToken};

use super::catalog::Catalog;
use super::configure::checked;
use super::convert;
use super::stream::Mapped;
use crate::pb;
use crate::pb::invoke_action::Event;
use crate::pb::invoke_action::event::{Progress, Type};

pub(super) fn validate(
    catalog: &Catalog,
    request: pb::validate_action_config::Request,
) -> Result<pb::validate_action_config::Response, Diagnostics> {
    let action = catalog.action(&request.type_name)?;
    let found = checked(&action.schema().block, request.config, |config| action.validate(config))?;
    Ok(pb::validate_action_config::Response { diagnostics: convert::diagnostics(found) })
}

pub(super) async fn plan(
    catalog: &Catalog,
    request: pb::plan_action::Request,
) -> Result<pb::plan_action::Response, Diagnostics> {
    let action = catalog.action(&request.action_type)?;
    let mut found = checked(&action.schema().block, request.config.clone(), |config| action.validate(config))?;
    if !found.has_error() {
        let config = convert::given(&action.schema().block, request.config)?;
        found.append(action.plan(&config).await);
    }
    Ok(pb::plan_action::Response { diagnostics: convert::diagnostics(found), deferred: None })
}

pub(super) async fn invoke(
    catalog: &Catalog,
    request: pb::invoke_action::Request,
    events: Arc<dyn EventSink<Event>>,
    stop: StopToken,
) -> Result<Diagnostics, Diagnostics> {
    let action = catalog.action(&request.action_type)?;
    let config = convert::given(&action.schema().block, request.config)?;
    let line =
        |message: String| Event { r#type: Some(Type::Progress(Progress { message: convert::message(&message) })) };
    let progress = Arc::new(Mapped { out: events, map: line });
    Ok(action.invoke(InvokeRequest { config, progress, stop }).await)
}
