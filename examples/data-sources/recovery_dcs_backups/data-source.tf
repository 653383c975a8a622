# The newest backup of an instance that can be restored. If there is none, this is an error.
data "recovery_dcs_backups" "newest" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  status      = "succeed"
  most_recent = true
}

# "Newest" changes with the time, and another backup_id restores again: ignore_changes keeps the first choice.
resource "recovery_dcs_restore" "roll_back" {
  instance_id = data.recovery_dcs_backups.newest.instance_id
  backup_id   = data.recovery_dcs_backups.newest.ids[0]

  lifecycle {
    ignore_changes = [backup_id]
  }
}
