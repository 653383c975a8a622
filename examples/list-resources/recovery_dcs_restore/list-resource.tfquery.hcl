list "recovery_dcs_restore" "all" {
  provider = recovery

  config {
    instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  }
}
