//! What a plan says about what will be overwritten.

use serde::Serialize;
use serde_json::Value;

use super::super::{needs, providers};

/// How the names of resources and actions end that overwrite something.
const RESTORE: &str = "_restore";
/// What is overwritten: arguments of restores, in the order in which they tell it.
const TARGETS: [&str; 5] = ["target_instance_id", "instance_id", "server_id", "volume_id", "resource_id"];
/// What it is overwritten with.
const SOURCES: [&str; 3] = ["backup_id", "restore_time", "source_instance_id"];
/// Maps of what is overwritten with what, where there is more than one.
const PAIRS: [&str; 2] = ["volume_pairs", "node_pairs"];

/// What happens to an action. It tells no moment: it has no results.
pub(super) const INVOKED: &str = "be invoked";

/// Something that a plan overwrites.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Overwritten {
    /// The address of the resource or action.
    pub(super) address: String,
    /// `run`, `run again` or, of an action, [`INVOKED`].
    pub(super) what: &'static str,
    /// Names and values of arguments; null is known at apply.
    pub(super) target: Vec<Argument>,
    pub(super) source: Vec<Argument>,
    /// The moment that the data goes back to (RFC 3339, UTC); none is known at apply.
    pub(super) restore_point: Option<String>,
}

/// An argument of a restore.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Argument {
    pub(super) name: String,
    /// None where it is known at apply.
    pub(super) value: Option<String>,
}

impl Argument {
    fn is_known(&self) -> bool {
        self.value.is_some()
    }
}

/// Something else that a plan changes.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Change {
    pub(super) address: String,
    /// `create`, `replace` and so on.
    pub(super) what: String,
}

/// What restores of this provider overwrite, by plans (`terraform show -json`).
pub(super) fn overwritten(plans: &[Value]) -> Vec<Overwritten> {
    let mut found: Vec<Overwritten> = Vec::new();
    for plan in plans {
        let restores = restores_of(plan).filter(|restore| !found.iter().any(|known| known.address == restore.address));
        found.extend(restores.collect::<Vec<_>>());
    }
    found
}

/// The rest of what plans change, in the words of `told`.
pub(super) fn others(plans: &[Value], told: impl Fn(&Value) -> Option<(&'static str, &str)>) -> Vec<Change> {
    let overwritten: Vec<String> = overwritten(plans).into_iter().map(|restore| restore.address).collect();
    let changes = plans.iter().flat_map(|plan| needs::items(&plan["resource_changes"])).filter_map(told);
    let mut found: Vec<Change> = Vec::new();
    for (what, address) in changes {
        let change = Change { address: address.to_owned(), what: what.to_owned() };
        if !overwritten.contains(&change.address) && !found.contains(&change) {
            found.push(change);
        }
    }
    found
}

/// Fills in moments that a plan without checks did not know, from a state (`terraform show -json`). Where the backup itself
/// was not known, its moment is one of the rehearsal and of nothing else.
pub(super) fn fill(restores: &mut [Overwritten], state: &Value) {
    let known = state.pointer("/values/root_module").map(resources_of).unwrap_or_default();
    let is_open =
        |restore: &&mut Overwritten| restore.restore_point.is_none() && restore.source.iter().all(Argument::is_known);
    for restore in restores.iter_mut().filter(is_open) {
        let resource = known.iter().find(|resource| resource["address"] == restore.address.as_str());
        restore.restore_point = resource.and_then(|resource| point(&resource["values"], &resource["sensitive_values"]));
    }
}

fn restores_of(plan: &Value) -> impl Iterator<Item = Overwritten> {
    let changes = needs::items(&plan["resource_changes"]).iter().filter(|change| is_restore(change));
    let changes = changes.filter_map(|resource| {
        let change = &resource["change"];
        let actions = needs::items(&change["actions"]);
        if !actions.iter().any(|action| action == "create") {
            return None;
        }
        let what = if actions.len() > 1 { "run again" } else { "run" };
        let (after, hidden) = (&change["after"], &change["after_sensitive"]);
        Some(restore(resource["address"].as_str()?, what, after, hidden, &change["after_unknown"]))
    });
    let actions = needs::items(&plan["action_invocations"]).iter().filter(|action| is_restore(action));
    let actions = actions.filter_map(|action| {
        let (values, hidden) = (&action["config_values"], &action["config_sensitive"]);
        Some(restore(action["address"].as_str()?, INVOKED, values, hidden, &action["config_unknown"]))
    });
    changes.chain(actions)
}

fn is_restore(change: &Value) -> bool {
    let is_own = change["provider_name"].as_str().is_some_and(|name| name.ends_with(providers::OWN));
    is_own && change["type"].as_str().is_some_and(|name| name.ends_with(RESTORE))
}

fn restore(address: &str, what: &'static str, values: &Value, hidden: &Value, unknown: &Value) -> Overwritten {
    let arguments = |names: &[&str]| names.iter().filter_map(|name| argument(name, values, hidden, unknown)).collect();
    let mut target: Vec<Argument> = arguments(&TARGETS);
    target.extend(PAIRS.iter().flat_map(|name| pairs(name, values, hidden)));
    Overwritten {
        address: address.to_owned(),
        what,
        target,
        source: arguments(&SOURCES),
        restore_point: point(values, hidden),
    }
}

fn argument(name: &str, values: &Value, hidden: &Value, unknown: &Value) -> Option<Argument> {
    let value = match &values[name] {
        Value::Null if unknown[name] == true => None,
        Value::Null => return None,
        value => Some(shown(value, &hidden[name])),
    };
    Some(Argument { name: name.to_owned(), value })
}

/// The entries of a map of pairs, each as an argument of its own.
fn pairs(name: &str, values: &Value, hidden: &Value) -> Vec<Argument> {
    let entries = values[name].as_object().into_iter().flatten();
    let entry = |(from, to): (&String, &Value)| {
        let value =
            if hidden[name] == true { HIDDEN.to_owned() } else { format!("{from} → {}", shown(to, &Value::Null)) };
        Argument { name: name.to_owned(), value: Some(value) }
    };
    entries.map(entry).collect()
}

fn point(values: &Value, hidden: &Value) -> Option<String> {
    Some(&values["restore_point"]).filter(|value| value.is_string()).map(|value| shown(value, &hidden["restore_point"]))
}

/// What stands in place of a sensitive value.
const HIDDEN: &str = "(sensitive)";

fn shown(value: &Value, hidden: &Value) -> String {
    match value {
        _ if *hidden == true => HIDDEN.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The resources of a module and of the modules in it.
fn resources_of(module: &Value) -> Vec<&Value> {
    let own = needs::items(&module["resources"]).iter();
    own.chain(needs::items(&module["child_modules"]).iter().flat_map(resources_of)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(type_name: &str, actions: Value, after: Value, sensitive: Value, unknown: Value) -> Value {
        json!({
            "address": format!("{type_name}.r"), "type": type_name,
            "provider_name": "registry.terraform.io/cloud-recovery/recovery",
            "change": {"actions": actions, "after": after, "after_sensitive": sensitive, "after_unknown": unknown},
        })
    }

    fn told(arguments: &[Argument]) -> Vec<(&str, Option<&str>)> {
        arguments.iter().map(|argument| (argument.name.as_str(), argument.value.as_deref())).collect()
    }

    #[test]
    fn a_restore_tells_target_source_and_moment() {
        let after = json!({
            "source_instance_id": "s", "target_instance_id": "t", "restore_time": 1_700_000_000_000_u64,
            "node_pairs": {"a": "b", "c": "d"}, "restore_point": "2026-01-01T00:00:00Z", "region": "eu-de",
        });
        let plan = json!({"resource_changes": [
            change("recovery_ddm_restore", json!(["create"]), after, json!({}), json!({})),
        ]});
        let found = overwritten(&[plan.clone(), plan]);
        assert_eq!(found.len(), 1, "one restore in two plans is one");
        let pairs = [("node_pairs", Some("a → b")), ("node_pairs", Some("c → d"))];
        assert_eq!(told(&found[0].target), [&[("target_instance_id", Some("t"))][..], &pairs[..]].concat());
        let source = [("restore_time", Some("1700000000000")), ("source_instance_id", Some("s"))];
        assert_eq!(told(&found[0].source), source);
        assert_eq!(found[0].restore_point.as_deref(), Some("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_not_known_is_told_and_what_is_sensitive_is_not() {
        let after = json!({"instance_id": "secret", "server_id": null});
        let unknown = json!({"backup_id": true, "restore_point": true});
        let hidden = json!({"instance_id": true});
        let again = json!(["delete", "create"]);
        let plan = json!({"resource_changes": [change("recovery_dcs_restore", again, after, hidden, unknown)]});
        let found = overwritten(&[plan]);
        assert_eq!((told(&found[0].target), found[0].what), (vec![("instance_id", Some(HIDDEN))], "run again"));
        assert_eq!((told(&found[0].source), &found[0].restore_point), (vec![("backup_id", None)], &None));
    }

    #[test]
    fn a_state_tells_the_moment_of_a_backup_that_was_known() {
        let resource = |address: &str| json!({"address": address, "values": {"restore_point": format!("of {address}")}, "sensitive_values": {}});
        let state = json!({"values": {"root_module": {
            "resources": [resource("recovery_dcs_restore.other")],
            "child_modules": [{"resources": [resource("recovery_dcs_restore.r")]}],
        }}});
        for (after, unknown, expected) in [
            (json!({"backup_id": "b"}), json!({}), Some("of recovery_dcs_restore.r")),
            (json!({}), json!({"backup_id": true}), None),
        ] {
            let create = json!(["create"]);
            let change = change("recovery_dcs_restore", create, after, json!({}), unknown);
            let mut found = overwritten(&[json!({"resource_changes": [change]})]);
            fill(&mut found, &state);
            assert_eq!(found[0].restore_point.as_deref(), expected);
        }
    }

    #[test]
    fn only_what_runs_a_restore_of_this_provider_overwrites() {
        let own = |type_name: &str, actions: Value| change(type_name, actions, json!({}), json!({}), json!({}));
        let mut foreign = own("recovery_dcs_restore", json!(["create"]));
        foreign["provider_name"] = json!("registry.terraform.io/other/recovery");
        for (change, counts) in [
            (own("recovery_dcs_restore", json!(["create"])), true),
            (own("recovery_dcs_restore", json!(["create", "delete"])), true),
            (own("recovery_dcs_restore", json!(["update"])), false),
            (own("recovery_dcs_restore", json!(["delete"])), false),
            (own("recovery_dcs_restore", json!(["no-op"])), false),
            (own("recovery_dcs_backup", json!(["create"])), false),
            (own("recovery_rds_restored_instance", json!(["create"])), false),
            (foreign, false),
        ] {
            let plan = json!({"resource_changes": [change.clone()]});
            assert_eq!(overwritten(&[plan]).len(), usize::from(counts), "{change}");
        }
        let action = json!({"action_invocations": [{
            "address": "action.recovery_dcs_restore.r", "type": "recovery_dcs_restore",
            "provider_name": "registry.terraform.io/cloud-recovery/recovery",
            "config_values": {"instance_id": "i", "backup_id": "b"},
        }]});
        let found = overwritten(&[action]);
        assert_eq!((told(&found[0].target), found[0].what), (vec![("instance_id", Some("i"))], INVOKED));
    }

    #[test]
    fn all_else_that_changes_is_told_once() {
        let plan = json!({"resource_changes": [
            change("recovery_dcs_restore", json!(["create"]), json!({}), json!({}), json!({})),
            change("recovery_dcs_backup", json!(["create"]), json!({}), json!({}), json!({})),
        ]});
        let found = others(&[plan.clone(), plan], |change| Some(("create", change["address"].as_str()?)));
        assert_eq!(found, [Change { address: "recovery_dcs_backup.r".into(), what: "create".into() }]);
    }
}
