# Every kind of recovery that the provider knows, once. Try it without an account:
#
#   terraform-provider-recovery rehearse examples/quickstart
#
# The ids below exist in the cloud that `rehearse` brings along. In a real one, put your own in their place. Mind that a
# restore overwrites its target: that is what it is for.

# --- Distributed Cache Service (Redis) -------------------------------------------------------------------------------

# Applying this makes a backup, destroying it deletes the backup. A second apply makes no second one.
resource "recovery_dcs_backup" "orders" {
  instance_id   = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_format = "rdb"
  remark        = "quickstart"
}

# Puts the instance back to that backup. Destroying this undoes nothing: it only forgets that the restore took place.
resource "recovery_dcs_restore" "orders" {
  instance_id = recovery_dcs_backup.orders.instance_id
  backup_id   = recovery_dcs_backup.orders.backup_id
  remark      = "quickstart"
}

# The same with the API that came before, for another instance.
resource "recovery_dcs_backup" "sessions" {
  instance_id = "f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640"
  api_version = "v1.0"
  remark      = "quickstart"
}

resource "recovery_dcs_restore" "sessions" {
  instance_id = recovery_dcs_backup.sessions.instance_id
  backup_id   = recovery_dcs_backup.sessions.backup_id
  api_version = "v1.0"
}

# --- Cloud Backup and Recovery ---------------------------------------------------------------------------------------

# Puts a server back to a backup of itself. Each disk gets its own data; a mapping would send it elsewhere.
resource "recovery_cbr_restore" "web" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000001"
}

# --- Distributed Database Middleware ---------------------------------------------------------------------------------

# Recovers an instance into a new one, as of a moment in milliseconds since 1970.
resource "recovery_ddm_restore" "orders" {
  source_instance_id = "dd000000000000000000000000000001in09"
  target_instance_id = "dd000000000000000000000000000002in09"
  restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC

  # Which data node goes where. Without these blocks, fresh nodes that are alike are paired in the order of their names.
  data_node_relation {
    source_instance_id = "da000000000000000000000000000101in01"
    target_instance_id = "da000000000000000000000000000201in01"
  }
  data_node_relation {
    source_instance_id = "da000000000000000000000000000102in01"
    target_instance_id = "da000000000000000000000000000202in01"
  }
}
