# Puts an instance back to a backup of itself.
resource "recovery_dds_restore" "roll_back" {
  instance_id = "5e000000000000000000000000000001in02"
  backup_id   = "5c000000000000000000000000000001br02"
}

output "restored_to" {
  value = recovery_dds_restore.roll_back.restore_point
}
