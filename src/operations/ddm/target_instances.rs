//! `recovery_ddm_target_instances`: the DDM instances that could receive a restore (API v3, instances available for
//! restoration).

use async_trait::async_trait;
use cloud::Scope;
use cloud::ddm::TargetInstance;
use tf::{Attribute, Diagnostic, Mode, Type, Value};

use super::restore_times::{reader, source_instance_id};
use crate::operations::common::{flag, required};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DdmTargetInstances;

#[async_trait]
impl Lookup for DdmTargetInstances {
    fn type_name(&self) -> &'static str {
        "recovery_ddm_target_instances"
    }

    fn description(&self) -> &'static str {
        "The DDM instances that could receive a restore of another one, in the order of their names, with the service's reason for those that \
         cannot."
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            source_instance_id(),
            available_only(),
            member::list_attribute(
                "instances",
                "The instances, in the order of their names and then of their IDs.",
                &members(),
            ),
            member::ids_attribute("The IDs of `instances`, in the same order."),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let source = required(config, "source_instance_id");
        match reader(runtime, scope).targets(&source).await {
            Ok(targets) => Ok(found(config, &source, &targets)),
            Err(error) => {
                let of = format!("DDM instance {source}");
                Err(unreadable(&error, scope, &format!("The instances to restore {of} to"), &of, "source_instance_id"))
            }
        }
    }
}

/// Whether those that cannot be chosen are left out.
pub(super) fn available_only() -> Attribute {
    Attribute::new(
        "available_only",
        Type::Bool,
        Mode::Optional,
        "Leaves out what the service does not call available. Default `false`. An empty list is no error.",
    )
}

/// Whether a candidate is shown.
pub(super) fn is_wanted(config: &Value, available: Option<bool>) -> bool {
    available == Some(true) || !flag(config, "available_only").unwrap_or(false)
}

fn found(config: &Value, source: &str, targets: &[TargetInstance]) -> Results {
    let mut targets: Vec<&TargetInstance> =
        targets.iter().filter(|target| is_wanted(config, target.available)).collect();
    targets.sort_by_key(|target| (target.instance_name.as_deref(), target.instance_id.as_deref()));
    Results::from([
        ("id", Value::from(source)),
        ("ids", member::ids(targets.iter().map(|target| target.instance_id.as_deref()))),
        ("instances", member::objects(&members(), targets)),
    ])
}

fn members() -> Vec<Member<TargetInstance>> {
    vec![
        Member::text("instance_id", "ID of the DDM instance.", |target| target.instance_id.as_deref()),
        Member::text("instance_name", "Name.", |target| target.instance_name.as_deref()),
        Member::text("status", "Status as the service spells it, such as `normal`.", |target| target.status.as_deref()),
        Member::flag("available", "Whether it can receive the restore.", |target| target.available),
        Member::text("unavailable_reason", "Why it cannot, in the service's words.", |target| {
            target.unavailable_reason.as_deref()
        }),
        Member::text("vpc_name", "Name of its VPC.", |target| target.vpc_name.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    #[test]
    fn only_what_the_service_calls_available_passes_the_filter() {
        let target = |id: &str, available: Option<bool>| TargetInstance {
            instance_id: Some(id.into()),
            available,
            unavailable_reason: (available == Some(false)).then(|| "frozen".to_owned()),
            ..TargetInstance::default()
        };
        let targets =
            vec![target("c", Some(true)), target("b", Some(false)), target("d", None), target("a", Some(true))];
        let all = found(&Value::Null, "s", &targets);
        assert_fits(&DdmTargetInstances, &all);
        assert_eq!(column(&all, "instances", "instance_id"), ["a", "b", "c", "d"]);
        assert_eq!(column(&all, "instances", "unavailable_reason"), ["null", "frozen", "null", "null"]);
        let available = found(&Value::object([("available_only", Value::from(true))]), "s", &targets);
        assert_eq!(available["ids"], Value::List(["a", "c"].map(Value::from).to_vec()));
    }

    #[test]
    fn none_is_an_empty_list() {
        let facts = found(&Value::object([("available_only", Value::from(true))]), "s", &[]);
        assert_fits(&DdmTargetInstances, &facts);
        assert_eq!(facts["instances"], Value::List(Vec::new()));
    }
}
