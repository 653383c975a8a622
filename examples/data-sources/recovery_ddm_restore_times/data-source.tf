# The moments that an instance can be restored to.
data "recovery_ddm_restore_times" "orders" {
  source_instance_id = "dd000000000000000000000000000001in09"
}

# Back to the latest one. It moves with the time, and another restore_time restores again: ignore_changes keeps the first.
resource "recovery_ddm_restore" "latest" {
  source_instance_id = data.recovery_ddm_restore_times.orders.source_instance_id
  target_instance_id = "dd000000000000000000000000000002in09"
  restore_time       = data.recovery_ddm_restore_times.orders.latest

  lifecycle {
    ignore_changes = [restore_time]
  }
}
