# Instances that can receive a restore.
data "recovery_ddm_target_instances" "fit" {
  source_instance_id = "dd000000000000000000000000000001in09"
  available_only     = true
}

output "possible_targets" {
  value = data.recovery_ddm_target_instances.fit.ids
}
