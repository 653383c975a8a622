variable "moment" {
  description = "The moment to go back to, in milliseconds since 1970-01-01 UTC. Null shows what is possible."
  type        = number
  default     = null
}

locals {
  source = "dd000000000000000000000000000001in09"
  target = "dd000000000000000000000000000002in09"
  looks  = var.moment == null ? 1 : 0
}

data "recovery_ddm_restore_times" "orders" {
  count              = local.looks
  source_instance_id = local.source
}

data "recovery_ddm_target_instances" "orders" {
  count              = local.looks
  source_instance_id = local.source
  available_only     = true
}

output "possible" {
  value = {
    from    = one(data.recovery_ddm_restore_times.orders[*].intervals[0].start_time)
    to      = one(data.recovery_ddm_restore_times.orders[*].latest_time)
    targets = one(data.recovery_ddm_target_instances.orders[*].ids)
  }
}

resource "recovery_ddm_restore" "orders" {
  count              = var.moment == null ? 0 : 1
  source_instance_id = local.source
  target_instance_id = local.target
  restore_time       = var.moment

  timeouts {
    create = "3h"
  }
}

output "restore" {
  value = one([for restore in recovery_ddm_restore.orders : {
    job     = restore.job_id
    data_of = restore.restore_point
    nodes   = restore.node_pairs
  }])
}
