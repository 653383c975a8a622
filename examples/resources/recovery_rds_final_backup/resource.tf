# The last thing before the instance is deleted. Refer to the instance of the other provider in place of the ID, such as
# opentelekomcloud_rds_instance_v3.orders.id: only what this resource depends on waits for it.
resource "recovery_rds_final_backup" "orders" {
  instance_id = "5d000000000000000000000000000001in01"
  name_prefix = "orders-final"

  timeouts {
    delete = "6h"
  }
}
