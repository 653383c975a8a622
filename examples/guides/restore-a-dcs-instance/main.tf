variable "backup_id" {
  description = "The backup to go back to; null shows the backups and restores nothing."
  type        = string
  default     = null
}

locals {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
}

data "recovery_dcs_backups" "all" {
  count       = var.backup_id == null ? 1 : 0
  instance_id = local.instance_id
  status      = "succeed"
}

output "backups" {
  value = {
    for backup in flatten(data.recovery_dcs_backups.all[*].backups) :
    backup.created_at => "${backup.backup_id}, ${backup.backup_type}" if backup.restorable
  }
}

# What the instance holds now: the way back from a restore that was a mistake.
resource "recovery_dcs_backup" "before" {
  count       = var.backup_id == null ? 0 : 1
  instance_id = local.instance_id
  remark      = "before the restore"
}

resource "recovery_dcs_restore" "back" {
  count       = var.backup_id == null ? 0 : 1
  instance_id = local.instance_id
  backup_id   = var.backup_id
  remark      = "ticket 4711"

  depends_on = [recovery_dcs_backup.before]
}

output "restore" {
  value = one([for restore in recovery_dcs_restore.back : {
    id      = restore.restore_id
    data_of = restore.restore_point
    began   = restore.created_at
    ended   = restore.updated_at
    undo_by = one(recovery_dcs_backup.before[*].backup_id)
  }])
}
