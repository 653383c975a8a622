# Before a release: a backup with a name of its own. Another name makes another backup.
resource "recovery_dds_backup" "before_release" {
  instance_id = "5e000000000000000000000000000001in02"
  name        = "before-release-42"
  description = "made by Terraform"
}

output "backup" {
  value = recovery_dds_backup.before_release.backup_id
}
