variable "change" {
  description = "Another value restores again, from the backup that is the newest then."
  type        = string
  default     = "4711"
}

data "recovery_dcs_backups" "newest" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  status      = "succeed"
  most_recent = true
}

resource "recovery_dcs_restore" "orders" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_id   = data.recovery_dcs_backups.newest.ids[0]
  triggers    = { change = var.change }

  lifecycle {
    ignore_changes = [backup_id]
  }
}

output "restored_from" {
  value = recovery_dcs_restore.orders.backup_id
}
