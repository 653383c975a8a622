# Data nodes that can receive the data of one data node of the source.
data "recovery_ddm_target_data_nodes" "fit" {
  source_instance_id  = "dd000000000000000000000000000001in09"
  target_instance_id  = "dd000000000000000000000000000002in09"
  source_data_node_id = "da000000000000000000000000000101in01"
  restore_time        = 1747732352076 # 2025-05-20 09:12:32.076 UTC
}

# Those that cannot, with the service's reason.
output "unfit" {
  value = {
    for node in data.recovery_ddm_target_data_nodes.fit.data_nodes : node.instance_id => node.unavailable_reason
    if !node.available
  }
}
