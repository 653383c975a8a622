# A server back to a backup of itself: each disk gets its own data back, so no mapping is needed.
resource "recovery_cbr_restore" "server" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000001"

  # Leave the server off afterwards, to look at its disks first. Unset, the service starts it.
  power_on = false

  timeouts {
    create = "3h"
  }
}

# Another server of the same kind: say which disk backup (a child of the server backup) goes to which disk.
resource "recovery_cbr_restore" "other_server" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000002"

  mapping {
    backup_id = "bbbbbbbb-0000-4000-8000-000000000011" # system disk
    volume_id = "dddddddd-0000-4000-8000-000000000011"
  }
  mapping {
    backup_id = "bbbbbbbb-0000-4000-8000-000000000012" # data disk
    volume_id = "dddddddd-0000-4000-8000-000000000012"
  }
}

# A disk, which must be detached before the apply.
resource "recovery_cbr_restore" "disk" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000002"
  volume_id = "dddddddd-0000-4000-8000-000000000021"
}
