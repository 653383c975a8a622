variable "backup_id" {
  description = "The backup to go back to."
  type        = string
  default     = "1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269"
}

resource "recovery_dcs_restore" "orders" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_id   = var.backup_id

  timeouts {
    create = "45m" # less than the runner has
  }
}

output "restore" {
  value = {
    id      = recovery_dcs_restore.orders.restore_id
    data_of = recovery_dcs_restore.orders.restore_point
    status  = recovery_dcs_restore.orders.status
  }
}
