# Recovers an instance into a new one as of a moment, in milliseconds since 1970-01-01 UTC.
resource "recovery_ddm_restore" "as_of_the_morning" {
  source_instance_id = "dd000000000000000000000000000001in09"
  target_instance_id = "dd000000000000000000000000000002in09"
  restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC

  # One block for each data node of the source. Without any, fresh nodes that are alike are paired by name.
  data_node_relation {
    source_instance_id = "da000000000000000000000000000101in01"
    target_instance_id = "da000000000000000000000000000201in01"
  }
  data_node_relation {
    source_instance_id = "da000000000000000000000000000102in01"
    target_instance_id = "da000000000000000000000000000202in01"
  }
}

output "restored_to" {
  value = recovery_ddm_restore.as_of_the_morning.restore_point
}
