# No backup, no destroy. Try it without an account:
#
#   terraform-provider-recovery rehearse examples/final-backups
#
# The IDs below exist in the cloud that `rehearse` brings along, and the databases are only named here: `terraform_data`
# stands in for the resource of the provider that makes them. In a real configuration, write a reference in its place:
#
#   instance_id = opentelekomcloud_rds_instance_v3.orders.id

resource "terraform_data" "orders" {
  input = "5d000000000000000000000000000001in01"
}

# Destroyed before the database, and not without a finished backup.
resource "recovery_rds_final_backup" "orders" {
  instance_id = terraform_data.orders.output
  name_prefix = "orders-final"

  timeouts {
    delete = "6h"
  }
}

resource "terraform_data" "sessions" {
  input = "5e000000000000000000000000000001in02"
}

# Nobody will miss these sessions: no backup, and a destroy says so.
resource "recovery_dds_final_backup" "sessions" {
  instance_id = terraform_data.sessions.output
  skip        = true
}
