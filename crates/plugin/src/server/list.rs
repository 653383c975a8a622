//! Listing: the objects of a managed resource, one event each.

use std::sync::Arc;

use tf::Diagnostics;
use tf::events::EventSink;
use tf::provider::{ListRequest, Listed, Resource};

use super::catalog::Catalog;
use super::configure::checked;
use super::convert;
use super::stream::Mapped;
use crate::pb;
use crate::pb::list_resource::Event;

pub(super) fn validate(
    catalog: &Catalog,
    request: pb::validate_list_resource_config::Request,
) -> Result<pb::validate_list_resource_config::Response, Diagnostics> {
    let list = catalog.list_resource(&request.type_name)?;
    let found = checked(&list.schema().block, request.config, |config| list.validate(config))?;
    Ok(pb::validate_list_resource_config::Response { diagnostics: convert::diagnostics(found) })
}

pub(super) async fn list(
    catalog: &Catalog,
    request: pb::list_resource::Request,
    events: Arc<dyn EventSink<Event>>,
) -> Result<Diagnostics, Diagnostics> {
    let (list, resource) = (catalog.list_resource(&request.type_name)?, catalog.resource(&request.type_name)?);
    let config = convert::given(&list.schema().block, request.config)?;
    let found = Arc::new(Mapped { out: events, map: move |listed| event(resource.as_ref(), listed) });
    // No limit is sent as 0.
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let include_object = request.include_resource_object;
    Ok(list.list(ListRequest { config, include_object, limit, found }).await)
}

/// An object that does not fit its schema is an error in its place.
fn event(resource: &dyn Resource, listed: Listed) -> Event {
    let display_name = outside::short(&listed.display_name, outside::NAME);
    let identity = convert::identity_data(resource.identity_attributes(), Some(&listed.identity));
    let object =
        listed.object.map(|object| convert::dynamic_value(&resource.schema().block, &object.with_unknowns_as_null()));
    match (identity, object.transpose()) {
        (Ok(identity), Ok(resource_object)) => {
            Event { identity, display_name, resource_object, diagnostic: Vec::new() }
        }
        (Err(errors), _) | (_, Err(errors)) => {
            Event { display_name, diagnostic: convert::diagnostics(errors), ..Default::default() }
        }
    }
}
