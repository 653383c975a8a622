# Who restored what into this instance lately.
data "recovery_dcs_restores" "lately" {
  instance_id   = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  created_after = "2026-01-01T00:00:00Z"
}

output "restores" {
  value = {
    for restore in data.recovery_dcs_restores.lately.restores : restore.restore_id => restore.status
  }
}
