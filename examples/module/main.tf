# A module that puts a DCS instance back to a backup, with a way back. Test it without an account:
#
#   terraform-provider-recovery rehearse examples/module -- terraform test

variable "instance_id" {
  description = "The DCS instance that is overwritten."
  type        = string
}

variable "backup_id" {
  description = "The backup that it goes back to."
  type        = string
}

variable "change" {
  description = "The number of the change. Another one restores again."
  type        = string
}

# What the instance holds now, for the case that the restore was a mistake.
resource "recovery_dcs_backup" "before" {
  instance_id = var.instance_id
  remark      = var.change
}

resource "recovery_dcs_restore" "back" {
  instance_id = var.instance_id
  backup_id   = var.backup_id
  triggers    = { change = var.change }
  depends_on  = [recovery_dcs_backup.before]
}

output "restore_id" {
  description = "The service's ID of the restore."
  value       = recovery_dcs_restore.back.restore_id
}

output "restore_point" {
  description = "The moment that the data went back to."
  value       = recovery_dcs_restore.back.restore_point
}

output "undo_by" {
  description = "The backup of what was there before."
  value       = recovery_dcs_backup.before.backup_id
}
