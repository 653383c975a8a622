# A backup before each release. Its ID is told while it runs, and kept nowhere.
action "recovery_dcs_backup" "before_release" {
  config {
    instance_id   = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
    backup_format = "rdb"
    remark        = "before a release"
  }
}

resource "terraform_data" "release" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.recovery_dcs_backup.before_release]
    }
  }
}
