# A server backup with the disk backups inside it.
data "recovery_cbr_backup" "web" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
}

# Restores it to another server, whose disks are given in the order of the children: the system disk first, then in the
# order of the names of the original ones.
resource "recovery_cbr_restore" "other_server" {
  backup_id = data.recovery_cbr_backup.web.backup_id
  server_id = "eeeeeeee-0000-4000-8000-000000000002"

  dynamic "mapping" {
    for_each = zipmap(data.recovery_cbr_backup.web.children[*].id, var.disks)
    content {
      backup_id = mapping.key
      volume_id = mapping.value
    }
  }
}

variable "disks" {
  description = "Disks of the other server."
  type        = list(string)
  default     = ["dddddddd-0000-4000-8000-000000000011", "dddddddd-0000-4000-8000-000000000012"]
}
