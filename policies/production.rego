# Nothing that is production is overwritten without a ticket. Production is what `settings.production.ids` names, and each
# resource in the plan's state (of any provider) that carries the tag `settings.production.tag` with one of
# `settings.production.values`. The ticket stands in `triggers` or in `remark`, and looks like `settings.production.ticket`.
package recovery.production

import rego.v1

import data.recovery.restores
import data.recovery.settings

deny contains message if {
	some restore in restores.planned
	restore.target in targets
	not has_ticket(restore)
	message := sprintf("%s overwrites %s, which is production, without a ticket", [restore.address, restore.target])
}

# Who does not know what is overwritten cannot know that it is harmless.
deny contains message if {
	some restore in restores.planned
	restore.target == null
	not has_ticket(restore)
	message := sprintf("%s overwrites a target that is not known yet, without a ticket", [restore.address])
}

has_ticket(restore) if {
	some text in restore.texts
	regex.match(settings.production.ticket, text)
}

targets contains id if some id in settings.production.ids

targets contains resource.values.id if {
	# Modules lie in each other; whatever looks like a resource is one.
	some place in ["prior_state", "planned_values"]
	[_, resource] := walk(object.get(input, place, {}))
	is_object(resource)
	is_string(resource.values.id)
	resource.values.tags[settings.production.tag] in settings.production.values
}
