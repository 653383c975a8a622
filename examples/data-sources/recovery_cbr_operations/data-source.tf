# Restores of a server that did not end well.
data "recovery_cbr_operations" "failed" {
  operation_type = "restore"
  resource_id    = "eeeeeeee-0000-4000-8000-000000000001"
  status         = "failed"
}

output "failed_restores" {
  value = data.recovery_cbr_operations.failed.ids
}
