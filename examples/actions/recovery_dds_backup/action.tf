# A backup before each release. Its name has to be new each time: change it with what triggers it.
action "recovery_dds_backup" "before_release" {
  config {
    instance_id = "5e000000000000000000000000000001in02"
    name        = "before-release-43"
    description = "before a release"
  }
}

resource "terraform_data" "release" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.recovery_dds_backup.before_release]
    }
  }
}
