# The ids under which the services know what was done.

output "dcs_backup_id" {
  description = "The backup made with API v2."
  value       = recovery_dcs_backup.orders.backup_id
}

output "dcs_restore_id" {
  description = "The restore of that backup."
  value       = recovery_dcs_restore.orders.restore_id
}

output "dcs_backup_id_v1" {
  description = "The backup made with API v1.0."
  value       = recovery_dcs_backup.sessions.backup_id
}

output "dcs_restore_id_v1" {
  description = "The restore of that backup, with API v1.0."
  value       = recovery_dcs_restore.sessions.restore_id
}

output "cbr_operation_id" {
  description = "The restore of the server."
  value       = recovery_cbr_restore.web.operation_id
}

output "ddm_job_id" {
  description = "The recovery of the database instance."
  value       = recovery_ddm_restore.orders.job_id
}
