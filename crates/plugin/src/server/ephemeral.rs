//! Ephemeral resources: opened, renewed while the core holds them, closed. Kept nowhere.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tf::{Diagnostic, Diagnostics};

use super::catalog::Catalog;
use super::configure::checked;
use super::convert;
use crate::pb;

pub(super) fn validate(
    catalog: &Catalog,
    request: pb::validate_ephemeral_resource_config::Request,
) -> Result<pb::validate_ephemeral_resource_config::Response, Diagnostics> {
    let resource = catalog.ephemeral_resource(&request.type_name)?;
    let found = checked(&resource.schema().block, request.config, |config| resource.validate(config))?;
    Ok(pb::validate_ephemeral_resource_config::Response { diagnostics: convert::diagnostics(found) })
}

pub(super) async fn open(
    catalog: &Catalog,
    request: pb::open_ephemeral_resource::Request,
) -> Result<pb::open_ephemeral_resource::Response, Diagnostics> {
    let resource = catalog.ephemeral_resource(&request.type_name)?;
    let block = &resource.schema().block;
    let config = convert::given(block, request.config)?;
    let opened = resource.open(&config).await?;
    if opened.result.is_null() {
        return Err(Diagnostic::error(
            "The provider returned no object",
            "This is a bug in the provider: its ephemeral resource reported success without a result.",
        )
        .into());
    }
    let result = convert::dynamic_value(block, &opened.result.with_unknowns_as_null())?;
    Ok(pb::open_ephemeral_resource::Response {
        diagnostics: convert::diagnostics(opened.diagnostics),
        renew_at: opened.renew_at.and_then(timestamp),
        result: Some(result),
        private: Some(opened.private),
        deferred: None,
    })
}

pub(super) async fn renew(
    catalog: &Catalog,
    request: pb::renew_ephemeral_resource::Request,
) -> Result<pb::renew_ephemeral_resource::Response, Diagnostics> {
    let resource = catalog.ephemeral_resource(&request.type_name)?;
    let renewed = resource.renew(&request.private.unwrap_or_default()).await?;
    Ok(pb::renew_ephemeral_resource::Response {
        diagnostics: convert::diagnostics(renewed.diagnostics),
        renew_at: renewed.renew_at.and_then(timestamp),
        private: Some(renewed.private),
    })
}

pub(super) async fn close(
    catalog: &Catalog,
    request: pb::close_ephemeral_resource::Request,
) -> Result<pb::close_ephemeral_resource::Response, Diagnostics> {
    let resource = catalog.ephemeral_resource(&request.type_name)?;
    let found = resource.close(&request.private.unwrap_or_default()).await;
    Ok(pb::close_ephemeral_resource::Response { diagnostics: convert::diagnostics(found) })
}

/// A moment as the wire has it. None for what is before 1970 or beyond all clocks: such a thing is not renewed.
fn timestamp(moment: SystemTime) -> Option<prost_types::Timestamp> {
    let since: Duration = moment.duration_since(UNIX_EPOCH).ok()?;
    Some(prost_types::Timestamp {
        seconds: i64::try_from(since.as_secs()).ok()?,
        nanos: i32::try_from(since.subsec_nanos()).ok()?,
    })
}
