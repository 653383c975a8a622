resource "recovery_dcs_restore" "sessions" {
  instance_id = "0b6f2a51-93d7-4c1e-8a2f-6d4e7b905c38"
  backup_id   = "c7a81e34-5f02-4d6b-9e1a-2b7d90c4f815"

  timeouts {
    create = "30m"
  }
}

output "data_of" {
  value = recovery_dcs_restore.sessions.restore_point
}
