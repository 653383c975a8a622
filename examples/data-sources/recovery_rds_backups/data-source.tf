# The newest backup of an instance that can be restored. If there is none, this is an error.
data "recovery_rds_backups" "newest" {
  instance_id = "5d000000000000000000000000000001in01"
  status      = "COMPLETED"
  most_recent = true
}

# "Newest" changes with the time, and another backup_id restores again: ignore_changes keeps the first choice.
resource "recovery_rds_restore" "roll_back" {
  source_instance_id = data.recovery_rds_backups.newest.instance_id
  target_instance_id = data.recovery_rds_backups.newest.instance_id
  backup_id          = data.recovery_rds_backups.newest.ids[0]

  lifecycle {
    ignore_changes = [backup_id]
  }
}
