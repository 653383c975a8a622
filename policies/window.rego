# Restores run only in the maintenance window: `settings.window` has `days`, `from` and `to` (HH:MM) and `timezone`. A
# window that ends before it begins goes past midnight, and belongs to the day on which it began.
package recovery.window

import rego.v1

import data.recovery.restores
import data.recovery.settings

deny contains message if {
	some restore in restores.planned
	not is_open
	message := sprintf(
		"%s overwrites data outside of the window (%s, %s to %s, %s)",
		[restore.address, concat(" ", window.days), window.from, window.to, window.timezone],
	)
}

window := settings.window

now := time.now_ns()

day_ns := ((24 * 60) * 60) * 1000000000

is_open if {
	window.from <= window.to
	window.from <= clock
	clock < window.to
	time.weekday([now, window.timezone]) in window.days
}

is_open if {
	window.from > window.to
	clock >= window.from
	time.weekday([now, window.timezone]) in window.days
}

is_open if {
	window.from > window.to
	clock < window.to
	time.weekday([now - day_ns, window.timezone]) in window.days
}

clock := sprintf("%02d:%02d", [hour, minute]) if [hour, minute, _] := time.clock([now, window.timezone])
