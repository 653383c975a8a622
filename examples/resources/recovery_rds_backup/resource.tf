# Before a release: a backup with a name of its own. Another name makes another backup.
resource "recovery_rds_backup" "before_release" {
  instance_id = "5d000000000000000000000000000001in01"
  name        = "before-release-42"
  description = "made by Terraform"
}

output "backup" {
  value = recovery_rds_backup.before_release.backup_id
}
