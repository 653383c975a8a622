# Instances and backups of the rehearsal cloud. Each `run` applies for real, in it: nothing is mocked.
variables {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_id   = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10"
  change      = "4711"
}

run "the_plan_says_how_far_the_data_goes_back" {
  command = plan

  assert {
    condition     = timecmp(recovery_dcs_restore.back.restore_point, plantimestamp()) < 0
    error_message = "The data cannot go back to the future."
  }

  assert {
    condition     = strcontains(recovery_dcs_restore.back.overwrites, var.instance_id)
    error_message = "The plan names another instance."
  }
}

run "a_restore_runs_once" {
  assert {
    condition     = recovery_dcs_restore.back.status == "succeed"
    error_message = "The restore did not end well."
  }

  assert {
    condition     = recovery_dcs_restore.back.id == "${var.instance_id}/${output.restore_id}"
    error_message = "The state names another restore than the output."
  }

  assert {
    condition     = timecmp(recovery_dcs_backup.before.created_at, recovery_dcs_restore.back.created_at) < 0
    error_message = "The backup came after the restore."
  }
}

# The state of the run before counts. What is known in a plan is there already: a new restore would have no status yet.
run "applied_again_nothing_runs" {
  command = plan

  assert {
    condition     = recovery_dcs_restore.back.status == "succeed"
    error_message = "A second restore would run."
  }
}

run "another_change_restores_again" {
  variables {
    change = "4712"
  }

  assert {
    condition     = recovery_dcs_restore.back.triggers["change"] == "4712" && recovery_dcs_restore.back.status == "succeed"
    error_message = "The restore of the second change did not end well."
  }

  assert {
    condition     = output.undo_by == recovery_dcs_backup.before.backup_id && recovery_dcs_backup.before.restorable
    error_message = "There is no way back."
  }
}
