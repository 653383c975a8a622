# The moments of yesterday and today that an instance can be restored to.
data "recovery_dds_restore_times" "sessions" {
  instance_id = "5e000000000000000000000000000001in02"
}

# Back to the latest one. It moves with the time, and another restore_time restores again: ignore_changes keeps the first.
resource "recovery_dds_restore" "latest" {
  instance_id  = data.recovery_dds_restore_times.sessions.instance_id
  restore_time = data.recovery_dds_restore_times.sessions.latest

  lifecycle {
    ignore_changes = [restore_time]
  }
}
