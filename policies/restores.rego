# The restores that a plan of Terraform would run, from `terraform show -json PLAN`. The policies beside this file look at
# these alone: what is kept, resumed or only recorded overwrites nothing.
package recovery.restores

import rego.v1

# Each has an address, an ID of its target and a restore_point (null where the plan does not know them), and the texts in
# which a ticket may stand.
planned contains restore if {
	some change in input.resource_changes
	is_own(change)
	"create" in change.change.actions
	overwrites(change.change)
	not is_resumed(change.change)
	restore := described(change.address, change.change.after)
}

# An action keeps nothing in a state, but it overwrites as a resource does.
planned contains restore if {
	some action in object.get(input, "action_invocations", [])
	is_own(action)
	endswith(action.type, "_restore")
	restore := described(action.address, object.get(action, "config_values", {}))
}

is_own(thing) if endswith(thing.provider_name, "/cloud-recovery/recovery")

overwrites(change) if is_string(object.get(change.after, "overwrites", null))

overwrites(change) if change.after_unknown.overwrites == true

# What was interrupted is taken up again: its ID is known in the plan, and that of a new restore is not.
is_resumed(change) if {
	is_string(object.get(change.after, "id", null))
	change.after.id == change.before.id
}

described(address, values) := {
	"address": address,
	"target": first_known(values, ["target_instance_id", "instance_id", "server_id", "volume_id", "resource_id"]),
	"restore_point": object.get(values, "restore_point", null),
	"texts": texts(values),
}

first_known(values, names) := known[0] if {
	known := [value | some name in names; value := object.get(values, name, null); is_string(value)]
	count(known) > 0
} else := null

texts(values) := {text |
	some text in array.concat(values_of(object.get(values, "triggers", null)), [object.get(values, "remark", null)])
	is_string(text)
}

values_of(map) := [value | some value in map] if is_object(map)

else := []
