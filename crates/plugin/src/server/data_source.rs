//! Data sources: looked up, or an error. "Not found" is an error too: Terraform takes no null.

use tf::provider::StopToken;
use tf::{Diagnostic, Diagnostics};

use super::catalog::Catalog;
use super::convert;
use crate::pb;

pub(super) async fn read(
    catalog: &Catalog,
    request: pb::read_data_source::Request,
    stop: StopToken,
) -> Result<pb::read_data_source::Response, Diagnostics> {
    let source = catalog.data_source(&request.type_name)?;
    let block = &source.schema().block;
    let config = convert::given(block, request.config)?;
    let (state, found) = source.read(&config, stop).await?;
    if state.is_null() && !found.has_error() {
        return Err(Diagnostic::error(
            "The provider returned no object",
            "This is a bug in the provider: its data source reported success without a result.",
        )
        .into());
    }
    let state = convert::dynamic_value(block, &state.with_unknowns_as_null())?;
    Ok(pb::read_data_source::Response { state: Some(state), diagnostics: convert::diagnostics(found), deferred: None })
}
