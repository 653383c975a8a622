# Puts an instance back to a backup of itself.
action "recovery_dds_restore" "roll_back" {
  config {
    instance_id = "5e000000000000000000000000000001in02"
    backup_id   = "5c000000000000000000000000000001br02"
  }
}

resource "terraform_data" "drill" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.recovery_dds_restore.roll_back]
    }
  }
}
