# What to keep as evidence of a drill: which backup, how old its data was, and how long it took.
output "drill" {
  value = {
    backup   = recovery_rds_restore.drill.backup_id
    data_of  = recovery_rds_restore.drill.restore_point
    began    = recovery_rds_restore.drill.created_at
    ended    = recovery_rds_restore.drill.ended_at
    job      = recovery_rds_restore.drill.job_id
    outcome  = recovery_rds_restore.drill.status
    instance = recovery_rds_restore.drill.target_instance_id
  }
}

output "backups" {
  value = [recovery_rds_backup.before_release.id, recovery_dds_backup.before_release.id]
}

# How long recovery takes, from the request until the data could be used.
output "recovery_time" {
  value = {
    instance = recovery_rds_restored_instance.drill.instance_id
    data_of  = recovery_rds_restored_instance.drill.restore_point
    from     = recovery_rds_restored_instance.drill.started_at
    until    = recovery_rds_restored_instance.drill.ready_at
  }
}
