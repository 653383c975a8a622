# A backup before a release. Another release makes another backup: a change of triggers runs it again.
resource "recovery_dcs_backup" "before_release" {
  instance_id   = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_format = "rdb"
  remark        = "before release ${var.release}"

  triggers = {
    release = var.release
  }

  timeouts {
    create = "45m"
  }

  # The next backup is made before this one is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

# The same with API v1.0, which cannot choose the format.
resource "recovery_dcs_backup" "outdated_api" {
  instance_id = "f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640"
  api_version = "v1.0"
}

variable "release" {
  description = "Name of the release that is about to be installed."
  type        = string
  default     = "2026.11"
}

output "backup_id" {
  value = recovery_dcs_backup.before_release.backup_id
}
