# Puts a server back to a backup of itself, by hand:
#
#   terraform apply -invoke=action.recovery_cbr_restore.server
action "recovery_cbr_restore" "server" {
  config {
    backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
    server_id = "eeeeeeee-0000-4000-8000-000000000001"
    power_on  = false
    timeout   = "3h"
  }
}

# Or by a trigger: a drill that begins with the state of the backup.
resource "terraform_data" "drill" {
  input = "november"

  lifecycle {
    action_trigger {
      events  = [before_create]
      actions = [action.recovery_cbr_restore.server]
    }
  }
}
