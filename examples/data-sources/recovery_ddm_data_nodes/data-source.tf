# The data nodes that an instance had at a moment.
data "recovery_ddm_data_nodes" "orders" {
  source_instance_id = "dd000000000000000000000000000001in09"
  restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC
}

# One fresh data node for each, in the order of the names of the original ones.
resource "recovery_ddm_restore" "orders" {
  source_instance_id = data.recovery_ddm_data_nodes.orders.source_instance_id
  target_instance_id = "dd000000000000000000000000000002in09"
  restore_time       = data.recovery_ddm_data_nodes.orders.restore_time

  dynamic "data_node_relation" {
    for_each = zipmap(data.recovery_ddm_data_nodes.orders.ids, var.fresh_nodes)
    content {
      source_instance_id = data_node_relation.key
      target_instance_id = data_node_relation.value
    }
  }
}

variable "fresh_nodes" {
  description = "New RDS for MySQL instances, as many as the source has data nodes."
  type        = list(string)
  default     = ["da000000000000000000000000000201in01", "da000000000000000000000000000202in01"]
}
