# The newest backup of a server that can be restored. If there is none, this is an error.
data "recovery_cbr_backups" "newest" {
  resource_id = "eeeeeeee-0000-4000-8000-000000000001"
  status      = "available"
  most_recent = true
}

output "newest_backup_id" {
  value = data.recovery_cbr_backups.newest.ids[0]
}
