# Puts an instance back to a backup of itself.
action "recovery_rds_restore" "roll_back" {
  config {
    source_instance_id = "5d000000000000000000000000000001in01"
    target_instance_id = "5d000000000000000000000000000001in01"
    backup_id          = "5b000000000000000000000000000001br01"
  }
}

resource "terraform_data" "drill" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.recovery_rds_restore.roll_back]
    }
  }
}
