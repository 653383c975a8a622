# The moments of yesterday and today that an instance can be restored to.
data "recovery_rds_restore_times" "shop" {
  instance_id = "5d000000000000000000000000000001in01"
}

# Back to the latest one. It moves with the time, and another restore_time restores again: ignore_changes keeps the first.
resource "recovery_rds_restore" "latest" {
  source_instance_id = data.recovery_rds_restore_times.shop.instance_id
  target_instance_id = data.recovery_rds_restore_times.shop.instance_id
  restore_time       = data.recovery_rds_restore_times.shop.latest

  lifecycle {
    ignore_changes = [restore_time]
  }
}
