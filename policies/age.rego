# Data does not go back further than `settings.age.hours`; and a plan that cannot tell how far it goes back is refused.
package recovery.age

import rego.v1

import data.recovery.restores
import data.recovery.settings

deny contains message if {
	some restore in restores.planned
	is_string(restore.restore_point)
	hours := (time.now_ns() - time.parse_rfc3339_ns(restore.restore_point)) / hour_ns
	hours > settings.age.hours
	message := sprintf(
		"%s goes back to %s, %d hours ago; at most %d are allowed",
		[restore.address, restore.restore_point, floor(hours), settings.age.hours],
	)
}

deny contains message if {
	some restore in restores.planned
	not is_string(restore.restore_point)
	message := sprintf("%s goes back to a moment that the plan does not know", [restore.address])
}

hour_ns := (60 * 60) * 1000000000
