# Puts an instance back to a backup of itself.
resource "recovery_rds_restore" "roll_back" {
  source_instance_id = "5d000000000000000000000000000001in01"
  target_instance_id = "5d000000000000000000000000000001in01"
  backup_id          = "5b000000000000000000000000000001br01"
}

# To a moment, onto another instance of the same engine: the only way for PostgreSQL.
resource "recovery_rds_restore" "copy" {
  source_instance_id = "5d000000000000000000000000000003in03"
  target_instance_id = "5d000000000000000000000000000004in03"
  restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC
}

# SQL Server: all databases, unless database_names has some of them, each with the name that it gets.
resource "recovery_rds_restore" "ledger" {
  source_instance_id = "5d000000000000000000000000000005in04"
  target_instance_id = "5d000000000000000000000000000005in04"
  backup_id          = "5b000000000000000000000000000005br04"
  database_names     = { ledger = "ledger_restored" }
}

output "restored_to" {
  value = recovery_rds_restore.roll_back.restore_point
}
