# Puts the instance back to a backup each time it is invoked, by hand with
#
#   terraform apply -invoke=action.recovery_dcs_restore.roll_back
#
# or by the trigger below.
action "recovery_dcs_restore" "roll_back" {
  config {
    instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
    backup_id   = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10"
    remark      = "test data"
    timeout     = "90m"
  }
}

# The test environment begins each round with the same data.
resource "terraform_data" "test_round" {
  input = "2026-11"

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.recovery_dcs_restore.roll_back]
    }
  }
}
