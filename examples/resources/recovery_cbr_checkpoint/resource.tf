# A backup of all servers of a vault before a release. Another release makes another one.
resource "recovery_cbr_checkpoint" "before_release" {
  vault_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  name        = "before-2026-11"
  description = "before release 2026.11"

  triggers = {
    release = "2026.11"
  }

  # The next one is made before this one is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

# One disk of another vault, as a full backup.
resource "recovery_cbr_checkpoint" "archive" {
  vault_id    = "aaaaaaaa-0000-4000-8000-000000000002"
  name        = "archive-full"
  incremental = false

  member {
    id = "dddddddd-0000-4000-8000-000000000021"
  }
}

output "backups" {
  description = "The backup of each server."
  value       = recovery_cbr_checkpoint.before_release.backups
}
