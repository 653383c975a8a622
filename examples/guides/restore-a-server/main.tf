data "recovery_cbr_backups" "web" {
  resource_id = "eeeeeeee-0000-4000-8000-000000000001"
  status      = "available"
}

output "backups" {
  value = { for backup in data.recovery_cbr_backups.web.backups : backup.created_at => backup.id }
}

resource "recovery_cbr_restore" "web" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000001"
  power_on  = false # look at it before it serves anyone

  timeouts {
    create = "3h"
  }
}

output "restore" {
  value = {
    operation = recovery_cbr_restore.web.operation_id
    data_of   = recovery_cbr_restore.web.restore_point
    disks     = recovery_cbr_restore.web.volume_pairs
    began     = recovery_cbr_restore.web.started_at
    ended     = recovery_cbr_restore.web.ended_at
  }
}
