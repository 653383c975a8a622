//! What a plan names, so that the world can have it. Which of it a service needs, and what it makes of that, the service
//! of the rehearsal cloud knows: here no service is known.

use rehearsal::{Entry, Needs, Platform};
use serde_json::Value;

use super::providers::OWN;

/// The resources of this provider in a plan (`terraform show -json`), with what is known of their arguments, and the
/// actions that it would invoke: an action has the name and the arguments of the resource.
pub(super) fn named_by(plan: &Value) -> Needs {
    let own = |change: &&Value| change["provider_name"].as_str().is_some_and(|name| name.ends_with(OWN));
    let resources = items(&plan["resource_changes"]).iter().filter(own);
    let resources = resources.map(|change| (&change["type"], change.pointer("/change/after")));
    let actions = items(&plan["action_invocations"]).iter().filter(own);
    let actions = actions.map(|action| (&action["type"], action.get("config_values")));
    resources.chain(actions).fold(Needs::default(), |needs, (type_name, arguments)| {
        match (type_name.as_str(), arguments.filter(|arguments| arguments.is_object())) {
            (Some(type_name), Some(arguments)) => needs.and_resource(type_name, arguments.clone()),
            _ => needs,
        }
    })
}

/// What was asked for and not found: data sources are read while planning, and stand in no plan when they fail.
pub(super) fn looked_for_in_vain(journal: &[Entry]) -> Needs {
    let in_vain = |entry: &&Entry| entry.method == "GET" && entry.status == Some(404);
    journal.iter().filter(in_vain).fold(Needs::default(), |needs, entry| needs.and_lookup(entry.service, &entry.path))
}

/// The platform that the configuration is written for, as far as its provider blocks tell: the cloud of a rehearsal
/// speaks like one platform, so blocks for different ones tell nothing.
pub(super) fn platform(plan: &Value) -> Option<Platform> {
    let blocks = plan.pointer("/configuration/provider_config").and_then(Value::as_object)?;
    let own = blocks.values().filter(|block| is_own(block));
    let mut told = own.filter_map(|block| platform_of(&block["expressions"], plan));
    let first = told.next()?;
    told.all(|other| other == first).then_some(first)
}

/// Terraform 1.0 tells the local name alone.
fn is_own(block: &Value) -> bool {
    match block["full_name"].as_str() {
        Some(name) => name.ends_with(OWN),
        None => block["name"] == "recovery",
    }
}

fn platform_of(expressions: &Value, plan: &Value) -> Option<Platform> {
    let written = |name: &str| value_of(&expressions[name], plan);
    match written("platform") {
        Some("huaweicloud") => return Some(Platform::Huaweicloud),
        Some(_) => return Some(Platform::Otc),
        None => {}
    }
    let region = written("region")?;
    // eu-de, eu-nl and eu-ch2 are Open Telekom Cloud's; eu-west-0 and eu-west-101 are not.
    let is_otc = region.starts_with("eu-") && !region.starts_with("eu-west-");
    Some(if is_otc { Platform::Otc } else { Platform::Huaweicloud })
}

/// The text of an expression that is a constant or names a variable.
fn value_of<'a>(expression: &'a Value, plan: &'a Value) -> Option<&'a str> {
    if let Some(constant) = expression["constant_value"].as_str() {
        return Some(constant);
    }
    let name = items(&expression["references"]).first()?.as_str()?.strip_prefix("var.")?;
    plan.get("variables")?.get(name)?.get("value")?.as_str()
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(provider: &str, type_name: &str, after: Value) -> Value {
        let provider = format!("registry.terraform.io/{provider}");
        json!({"provider_name": provider, "type": type_name, "change": {"actions": ["create"], "after": after}})
    }

    #[test]
    fn resources_of_this_provider_are_passed_on_as_they_are() {
        let after = json!({"instance_id": "i", "mapping": [{"volume_id": "v"}], "id": null});
        let plan = json!({"resource_changes": [
            change(OWN, "recovery_of_tomorrow", after.clone()),
            change(OWN, "recovery_of_tomorrow", Value::Null),
            change("hashicorp/null", "null_resource", json!({"region": "eu-de"})),
        ]});
        assert_eq!(named_by(&plan), Needs::resource("recovery_of_tomorrow", after));
    }

    #[test]
    fn actions_name_what_resources_name() {
        let action = |provider: &str| {
            let provider = format!("registry.terraform.io/{provider}");
            json!({"provider_name": provider, "type": "recovery_of_tomorrow", "config_values": {"instance_id": "i"}})
        };
        let plan = json!({"action_invocations": [action(OWN), action("hashicorp/aws"), {"provider_name": OWN}]});
        assert_eq!(named_by(&plan), Needs::resource("recovery_of_tomorrow", json!({"instance_id": "i"})));
    }

    #[test]
    fn reads_that_found_nothing_are_passed_on_by_service() {
        let entry = |method: &str, path: &str, status: Option<u16>| -> Entry {
            let who = json!({"kind": "token"});
            serde_json::from_value(json!({
                "number": 1, "time": "2026-01-01T00:00:00Z", "service": "cbr", "method": method, "path": path,
                "query": "", "who": who, "request_id": "", "status": status, "faults": [],
            }))
            .unwrap()
        };
        let journal = [
            entry("GET", "/v3/p/backups/b", Some(404)),
            entry("GET", "/v3/p/backups/c", Some(200)),
            entry("POST", "/v3/p/backups/d/restore", Some(404)),
            entry("GET", "/v3/p/backups/e", None),
        ];
        let expected = Needs::default().and_lookup(rehearsal::Service::Cbr, "/v3/p/backups/b");
        assert_eq!(looked_for_in_vain(&journal), expected);
        assert_eq!(looked_for_in_vain(&[]), Needs::default());
    }

    #[test]
    fn the_provider_block_tells_the_platform() {
        let block = |expressions: Value| {
            let full_name = "registry.terraform.io/cloud-recovery/recovery";
            json!({"full_name": full_name, "expressions": expressions})
        };
        let plan = |blocks: Value| json!({"configuration": {"provider_config": blocks}, "variables": {"p": {"value": "huaweicloud"}}});
        let constant = |name: &str, value: &str| block(json!({name: {"constant_value": value}}));
        let variable = block(json!({"platform": {"references": ["var.p"]}}));
        for (blocks, told) in [
            (json!({"a": constant("platform", "huaweicloud")}), Some(Platform::Huaweicloud)),
            (json!({"a": constant("platform", "otc")}), Some(Platform::Otc)),
            (json!({"a": constant("region", "ap-southeast-3")}), Some(Platform::Huaweicloud)),
            (json!({"a": constant("region", "eu-nl")}), Some(Platform::Otc)),
            (json!({"a": constant("region", "eu-west-101")}), Some(Platform::Huaweicloud)),
            (json!({"a": variable}), Some(Platform::Huaweicloud)),
            (json!({"a": constant("region", "eu-de"), "b": constant("platform", "huaweicloud")}), None),
            (json!({"a": block(json!({}))}), None),
            (json!({"a": {"full_name": "registry.terraform.io/hashicorp/aws"}}), None),
            (
                json!({"a": {"name": "recovery", "expressions": {"platform": {"constant_value": "huaweicloud"}}}}),
                Some(Platform::Huaweicloud),
            ),
            (json!({"a": {"name": "aws", "expressions": {"platform": {"constant_value": "huaweicloud"}}}}), None),
        ] {
            assert_eq!(platform(&plan(blocks.clone())), told, "{blocks}");
        }
        assert_eq!(platform(&json!(null)), None);
    }

    #[test]
    fn strange_plans_need_nothing() {
        for strange in [json!(null), json!({}), json!({"resource_changes": 1}), json!({"resource_changes": [7, {}]})] {
            assert_eq!(named_by(&strange), Needs::default());
        }
    }
}
