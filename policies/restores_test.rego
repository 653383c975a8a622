package recovery.restores_test

import rego.v1

import data.recovery.age
import data.recovery.production
import data.recovery.restores
import data.recovery.window

own := "registry.terraform.io/cloud-recovery/recovery"

target := "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"

# A plan with one restore; `more` is laid over what it plans.
plan(actions, more) := {"resource_changes": [{
	"address": "recovery_dcs_restore.back",
	"type": "recovery_dcs_restore",
	"provider_name": own,
	"change": {
		"actions": actions,
		"before": null,
		"after": object.union(
			{
				"instance_id": target,
				"overwrites": "DCS instance with backup",
				"restore_point": "2026-11-28T00:00:00Z",
				"remark": "OPS-4711",
				"triggers": null,
			},
			more,
		),
		"after_unknown": {"id": true},
	},
}]}

# 23:30 in Berlin, a Saturday; 21 and a half hours after the restore point less its hour.
saturday_night := time.parse_rfc3339_ns("2026-11-28T22:30:00Z")

hour := (60 * 60) * 1000000000

test_restores_that_run_are_seen if {
	count(restores.planned) == 1 with input as plan(["create"], {})
	count(restores.planned) == 1 with input as plan(["delete", "create"], {})
	count(restores.planned) == 0 with input as plan(["no-op"], {})
	count(restores.planned) == 0 with input as plan(["update"], {})
	count(restores.planned) == 0 with input as plan(["delete"], {})
	count(restores.planned) == 0 with input as {}
}

test_backups_and_other_providers_overwrite_nothing if {
	backup := plan(["create"], {"overwrites": null})
	count(restores.planned) == 0 with input as backup
	other := json.patch(plan(["create"], {}), [{"op": "replace", "path": "/resource_changes/0/provider_name", "value": "registry.terraform.io/hashicorp/null"}])
	count(restores.planned) == 0 with input as other
}

test_what_is_not_known_yet_counts if {
	unknown := json.patch(plan(["create"], {"overwrites": null, "instance_id": null}), [{"op": "replace", "path": "/resource_changes/0/change/after_unknown", "value": {"id": true, "overwrites": true}}])
	some restore in restores.planned with input as unknown
	restore.target == null
}

test_what_is_resumed_is_no_new_restore if {
	resumed := json.patch(plan(["delete", "create"], {"id": "i/r"}), [{"op": "replace", "path": "/resource_changes/0/change/before", "value": {"id": "i/r"}}])
	count(restores.planned) == 0 with input as resumed
}

test_actions_overwrite_too if {
	action := {"action_invocations": [{
		"address": "action.recovery_dcs_restore.r",
		"type": "recovery_dcs_restore",
		"provider_name": own,
		"config_values": {"instance_id": target, "backup_id": "b"},
	}]}
	some restore in restores.planned with input as action
	restore.target == target
	count(age.deny) == 1 with input as action
	count(production.deny) == 1 with input as action
}

test_the_window if {
	every case in [
		{"now": "2026-11-28T22:30:00Z", "denied": 0}, # Saturday, 23:30 in Berlin
		{"now": "2026-11-28T20:59:00Z", "denied": 1}, # Saturday, 21:59
		{"now": "2026-11-29T04:59:00Z", "denied": 0}, # Sunday, 05:59: Saturday's window
		{"now": "2026-11-29T05:00:00Z", "denied": 1}, # Sunday, 06:00
		{"now": "2026-11-28T04:00:00Z", "denied": 1}, # Saturday, 05:00: Friday's night
		{"now": "2026-11-30T04:00:00Z", "denied": 0}, # Monday, 05:00: Sunday's window
		{"now": "2026-12-01T22:30:00Z", "denied": 1}, # Tuesday
	] {
		found := window.deny with input as plan(["create"], {}) with time.now_ns as time.parse_rfc3339_ns(case.now)
		count(found) == case.denied
	}
}

test_a_window_within_a_day if {
	office := {"days": ["Tuesday"], "from": "09:00", "to": "17:00", "timezone": "UTC"}
	every case in [
		{"now": "2026-12-01T08:59:00Z", "denied": 1},
		{"now": "2026-12-01T09:00:00Z", "denied": 0},
		{"now": "2026-12-01T17:00:00Z", "denied": 1},
		{"now": "2026-12-02T09:00:00Z", "denied": 1},
	] {
		found := window.deny with input as plan(["create"], {}) with data.recovery.settings.window as office with time.now_ns as time.parse_rfc3339_ns(case.now)
		count(found) == case.denied
	}
}

test_a_plan_without_restores_may_run_at_any_time if {
	count(window.deny) == 0 with input as plan(["no-op"], {}) with time.now_ns as time.parse_rfc3339_ns("2026-12-01T12:00:00Z")
}

test_production_needs_a_ticket if {
	count(production.deny) == 0 with input as plan(["create"], {})
	count(production.deny) == 1 with input as plan(["create"], {"remark": null})
	count(production.deny) == 1 with input as plan(["create"], {"remark": "quickly"})
	count(production.deny) == 0 with input as plan(["create"], {"remark": null, "triggers": {"ticket": "OPS-1"}})
	count(production.deny) == 0 with input as plan(["create"], {"remark": null, "instance_id": "a spare one"})
}

test_tags_tell_production if {
	module := {"root_module": {"child_modules": [{"resources": [{
		"address": "module.m.other_instance.spare",
		"values": {"id": "a spare one", "tags": {"environment": "production"}},
	}]}]}}
	untagged := plan(["create"], {"remark": null, "instance_id": "a spare one"})
	count(production.deny) == 1 with input as object.union(untagged, {"prior_state": {"values": module}})
	count(production.deny) == 1 with input as object.union(untagged, {"planned_values": module})
}

test_the_age if {
	plan_of_a_day := plan(["create"], {})
	count(age.deny) == 0 with input as plan_of_a_day with time.now_ns as saturday_night
	found := age.deny with input as plan_of_a_day with time.now_ns as saturday_night + (48 * hour)
	found == {"recovery_dcs_restore.back goes back to 2026-11-28T00:00:00Z, 70 hours ago; at most 48 are allowed"}
	count(age.deny) == 1 with input as plan(["create"], {"restore_point": null}) with time.now_ns as saturday_night
}
