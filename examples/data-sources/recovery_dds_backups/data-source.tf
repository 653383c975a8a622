# The newest backup of an instance that can be restored. If there is none, this is an error.
data "recovery_dds_backups" "newest" {
  instance_id = "5e000000000000000000000000000001in02"
  status      = "COMPLETED"
  most_recent = true
}

# "Newest" changes with the time, and another backup_id restores again: ignore_changes keeps the first choice.
resource "recovery_dds_restore" "roll_back" {
  instance_id = data.recovery_dds_backups.newest.instance_id
  backup_id   = data.recovery_dds_backups.newest.ids[0]

  lifecycle {
    ignore_changes = [backup_id]
  }
}
