//! The provider block: checked, then taken. Resources and data sources are checked the same way.

use tf::{Block, Diagnostics, Value, validate};

use super::catalog::Catalog;
use super::convert;
use crate::pb;

/// Checks the provider block. Clients ignore a changed configuration, so it goes back as it came.
pub(super) fn prepare(
    catalog: &Catalog,
    request: pb::prepare_provider_config::Request,
) -> Result<pb::prepare_provider_config::Response, Diagnostics> {
    let found =
        checked(&catalog.provider.schema().block, request.config.clone(), |config| catalog.provider.validate(config))?;
    Ok(pb::prepare_provider_config::Response {
        prepared_config: request.config,
        diagnostics: convert::diagnostics(found),
    })
}

/// Takes the configuration. In debug mode it comes again and again.
pub(super) async fn configure(
    catalog: &Catalog,
    request: pb::configure::Request,
) -> Result<pb::configure::Response, Diagnostics> {
    let config = convert::given(&catalog.provider.schema().block, request.config)?;
    let found = catalog.provider.configure(&config, &request.terraform_version).await;
    Ok(pb::configure::Response { diagnostics: convert::diagnostics(found) })
}

pub(super) fn validate_resource(
    catalog: &Catalog,
    request: pb::validate_resource_type_config::Request,
) -> Result<pb::validate_resource_type_config::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let found = checked(&resource.schema().block, request.config, |config| resource.validate(config))?;
    Ok(pb::validate_resource_type_config::Response { diagnostics: convert::diagnostics(found) })
}

pub(super) fn validate_data_source(
    catalog: &Catalog,
    request: pb::validate_data_source_config::Request,
) -> Result<pb::validate_data_source_config::Response, Diagnostics> {
    let source = catalog.data_source(&request.type_name)?;
    let found = checked(&source.schema().block, request.config, |config| source.validate(config))?;
    Ok(pb::validate_data_source_config::Response { diagnostics: convert::diagnostics(found) })
}

/// All that is wrong with a configuration at once: single attributes first, then what they say together.
pub(super) fn checked(
    block: &Block,
    config: Option<pb::DynamicValue>,
    together: impl FnOnce(&Value) -> Diagnostics,
) -> Result<Diagnostics, Diagnostics> {
    let config = convert::config(block, config)?;
    let mut found = validate::validate(block, &config);
    found.append(together(&config));
    Ok(found)
}
