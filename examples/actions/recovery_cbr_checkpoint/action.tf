# A backup of all servers of a vault, by hand:
#
#   terraform apply -invoke=action.recovery_cbr_checkpoint.servers
action "recovery_cbr_checkpoint" "servers" {
  config {
    vault_id = "aaaaaaaa-0000-4000-8000-000000000001"
    name     = "by-hand"
  }
}

# Or by a trigger, before each release.
resource "terraform_data" "release" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.recovery_cbr_checkpoint.servers]
    }
  }
}
