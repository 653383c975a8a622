# Recovers an instance into a new one as of a moment, in milliseconds since 1970-01-01 UTC.
action "recovery_ddm_restore" "as_of_the_morning" {
  config {
    source_instance_id = "dd000000000000000000000000000001in09"
    target_instance_id = "dd000000000000000000000000000002in09"
    restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC
  }
}

resource "terraform_data" "drill" {
  input = "november"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.recovery_ddm_restore.as_of_the_morning]
    }
  }
}
