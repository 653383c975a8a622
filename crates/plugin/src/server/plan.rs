//! Planning: what follows from the schema, then what the resource makes of it, then the rules that no resource may break.

use tf::provider::{PlanRequest, PlanResponse, Resource, StopToken};
use tf::{Diagnostic, Diagnostics, Path, Value, plan};

use super::catalog::Catalog;
use super::convert;
use crate::pb;

pub(super) async fn plan(
    catalog: &Catalog,
    request: pb::plan_resource_change::Request,
    stop: StopToken,
) -> Result<pb::plan_resource_change::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let schema = resource.schema();
    let block = &schema.block;
    let prior = catalog.kept(block, convert::value(block, request.prior_state, "The prior state")?);
    // What is only written stands in here, too, and must not come back.
    let proposed = catalog.kept(block, convert::value(block, request.proposed_new_state, "The proposed state")?);
    let config = convert::given(block, request.config)?;

    let destroys = proposed.is_null();
    let from_schema = plan::propose(schema, &config, &prior, &proposed);
    let private = request.prior_private;
    let mut answer = resource.plan(PlanRequest { config, prior, private, stop }, from_schema).await;
    answer.plan.planned = catalog.kept(block, answer.plan.planned);
    respond(resource.as_ref(), answer, destroys, request.prior_identity)
}

fn respond(
    resource: &dyn Resource,
    answer: PlanResponse,
    destroys: bool,
    prior_identity: Option<pb::ResourceIdentityData>,
) -> Result<pb::plan_resource_change::Response, Diagnostics> {
    let mut found = answer.diagnostics;
    let planned_state = if destroys {
        convert::null()
    } else {
        if answer.plan.planned.is_null() && !found.has_error() {
            found.push(no_plan());
        }
        match convert::dynamic_value(&resource.schema().block, &answer.plan.planned) {
            Ok(planned) => planned,
            // Terraform does not look at the state of a failed plan.
            Err(errors) => {
                found.append(errors);
                convert::null()
            }
        }
    };
    let mut requires_replace: Vec<Path> = answer.plan.requires_replace;
    requires_replace.sort();
    requires_replace.dedup();
    Ok(pb::plan_resource_change::Response {
        planned_state: Some(planned_state),
        requires_replace: requires_replace.into_iter().map(convert::attribute_path).collect(),
        planned_private: answer.private,
        planned_identity: planned_identity(resource, answer.identity, prior_identity)?,
        diagnostics: convert::diagnostics(found),
        ..Default::default()
    })
}

/// The identity of an existing object is what it was, unless the resource knows better. One that is not wholly known is left
/// out: the protocol allows it for creates, but Terraform 1.15 then fails to print the plan ("value is not known").
fn planned_identity(
    resource: &dyn Resource,
    planned: Option<Value>,
    prior: Option<pb::ResourceIdentityData>,
) -> Result<Option<pb::ResourceIdentityData>, Diagnostics> {
    let attributes = resource.identity_attributes();
    let planned = planned.filter(Value::is_wholly_known);
    Ok(convert::identity_data(attributes, planned.as_ref())?.or(prior.filter(|_| !attributes.is_empty())))
}

fn no_plan() -> Diagnostic {
    Diagnostic::error("Nothing was planned", "This is a bug in the provider: it planned no object where one is wanted.")
}
