# The last thing before the instance is deleted. Refer to the instance of the other provider in place of the ID, such as
# opentelekomcloud_dds_instance_v3.sessions.id: only what this resource depends on waits for it.
resource "recovery_dds_final_backup" "sessions" {
  instance_id = "5e000000000000000000000000000001in02"
  name_prefix = "sessions-final"

  timeouts {
    delete = "6h"
  }
}
