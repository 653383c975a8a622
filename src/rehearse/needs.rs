//! What a plan names, so that the world can have it.

use rehearsal::{DdmRestore, Entry, Needs, Platform, Service, cbr, ddm};
use serde_json::Value;

use super::providers::OWN;

/// Everything that the resources of a plan (`terraform show -json`) name. What is not known yet is not there, and what
/// has no identifier is not needed.
pub(super) fn named_by(plan: &Value) -> Needs {
    let mut needs = Needs::default();
    for change in items(&plan["resource_changes"]) {
        let type_name = change["type"].as_str().unwrap_or_default();
        if let Some(after) = change.pointer("/change/after").filter(|after| after.is_object()) {
            add(&mut needs, type_name, after);
        }
    }
    needs
}

fn add(needs: &mut Needs, type_name: &str, resource: &Value) {
    let text = |name: &str| text(resource, name);
    if let Some(region) = text("region") {
        needs.projects.extend(text("project_id").map(|project| (project, region.clone())));
        needs.regions.push(region);
    }
    match type_name {
        "recovery_dcs_backup" => needs.dcs_instances.extend(text("instance_id")),
        "recovery_dcs_restore" => {
            needs.dcs_instances.extend(text("instance_id"));
            needs.dcs_backups.extend(text("instance_id").zip(text("backup_id")));
        }
        "recovery_cbr_restore" => needs.cbr_restores.extend(cbr_restore(resource)),
        "recovery_ddm_restore" => needs.ddm_restores.extend(ddm_restore(resource)),
        _ => {}
    }
}

fn cbr_restore(resource: &Value) -> Option<cbr::RestoreNeeds> {
    let mapping = |block: &Value| {
        Some(cbr::Mapping { backup_id: text(block, "backup_id")?, volume_id: text(block, "volume_id")? })
    };
    Some(cbr::RestoreNeeds {
        backup_id: text(resource, "backup_id")?,
        server_id: text(resource, "server_id"),
        volume_id: text(resource, "volume_id"),
        resource_id: text(resource, "resource_id"),
        mappings: items(&resource["mapping"]).iter().filter_map(mapping).collect(),
    })
}

fn ddm_restore(resource: &Value) -> Option<DdmRestore> {
    let relation = |block: &Value| {
        Some(ddm::Relation {
            source_instance_id: text(block, "source_instance_id")?,
            target_instance_id: text(block, "target_instance_id")?,
        })
    };
    Some(DdmRestore {
        source_instance_id: text(resource, "source_instance_id")?,
        target_instance_id: text(resource, "target_instance_id")?,
        data_node_relations: items(&resource["data_node_relation"]).iter().filter_map(relation).collect(),
    })
}

/// What was asked for and not found: data sources are read while planning, and stand in no plan when they fail.
pub(super) fn looked_for_in_vain(journal: &[Entry]) -> Needs {
    let mut needs = Needs::default();
    for entry in journal.iter().filter(|entry| entry.method == "GET" && entry.status == Some(404)) {
        let parts: Vec<&str> = entry.path.split('/').filter(|part| !part.is_empty()).collect();
        match (entry.service, parts.as_slice()) {
            (Service::Dcs, [_, _, "instances", id, ..]) => needs.dcs_instances.push((*id).to_owned()),
            (Service::Cbr, [_, _, "backups", id]) => needs.cbr_backups.push((*id).to_owned()),
            (Service::Cbr, [_, _, "vaults", id]) => needs.cbr_vaults.push((*id).to_owned()),
            (Service::Ddm, [_, _, "instances", id, ..]) => needs.ddm_instances.push((*id).to_owned()),
            _ => {}
        }
    }
    needs
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

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(type_name: &str, after: Value) -> Value {
        json!({"resource_changes": [{"type": type_name, "change": {"actions": ["create"], "after": after}}]})
    }

    #[test]
    fn what_a_dcs_restore_names_is_needed() {
        let after = json!({"instance_id": "i", "backup_id": "b", "region": "eu-nl", "project_id": "p"});
        let needs = named_by(&plan("recovery_dcs_restore", after));
        assert_eq!(needs.dcs_instances, ["i"]);
        assert_eq!(needs.dcs_backups, [("i".to_owned(), "b".to_owned())]);
        assert_eq!(needs.projects, [("p".to_owned(), "eu-nl".to_owned())]);
        assert_eq!(needs.regions, ["eu-nl"]);
    }

    #[test]
    fn what_is_known_after_apply_is_not_needed() {
        let needs = named_by(&plan("recovery_dcs_restore", json!({"instance_id": "i"})));
        assert_eq!(needs.dcs_instances, ["i"]);
        assert!(needs.dcs_backups.is_empty());
        assert_eq!(named_by(&plan("recovery_cbr_restore", json!({"server_id": "s"}))), Needs::default());
    }

    #[test]
    fn pairs_come_from_the_blocks() {
        let mapping = json!([{"backup_id": "child", "volume_id": "disk"}, {"backup_id": "child"}]);
        let needs =
            named_by(&plan("recovery_cbr_restore", json!({"backup_id": "b", "server_id": "s", "mapping": mapping})));
        assert_eq!(needs.cbr_restores[0].mappings.len(), 1);
        let relation = json!([{"source_instance_id": "n", "target_instance_id": "m"}]);
        let after = json!({"source_instance_id": "s", "target_instance_id": "t", "data_node_relation": relation});
        let needs = named_by(&plan("recovery_ddm_restore", after));
        assert_eq!(needs.ddm_restores[0].data_node_relations[0].target_instance_id, "m");
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
    fn deletions_and_strange_plans_need_nothing() {
        for strange in
            [json!(null), json!({}), json!({"resource_changes": 1}), plan("recovery_dcs_backup", Value::Null)]
        {
            assert_eq!(named_by(&strange), Needs::default());
        }
    }
}
