# Puts the instance back to a backup, once. Further applies do nothing; another backup_id restores again.
resource "recovery_dcs_restore" "roll_back" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_id   = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10"
  remark      = "ticket 4711"

  timeouts {
    create = "90m"
  }
}

# The moment that the data went back to.
output "restore_point" {
  value = recovery_dcs_restore.roll_back.restore_point
}
