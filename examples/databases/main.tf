# Databases: a backup before a change, and ways back. Try it without an account:
#
#   terraform-provider-recovery rehearse examples/databases
#
# The ids below exist in the cloud that `rehearse` brings along. In a real one, put your own in their place. Mind that a
# restore overwrites its target: that is what it is for.

# --- Before a change --------------------------------------------------------------------------------------------------

# A backup under a name of its own. What changes the database should depend on it.
resource "recovery_rds_backup" "before_release" {
  instance_id = "5d000000000000000000000000000002in01"
  name        = "before-release-42"
}

resource "recovery_dds_backup" "before_release" {
  instance_id = "5e000000000000000000000000000002in02"
  name        = "before-release-42"
}

# --- Back in place ----------------------------------------------------------------------------------------------------

# To a moment, onto the instance itself (MySQL, SQL Server). Everything written to it since then is lost.
resource "recovery_rds_restore" "roll_back" {
  source_instance_id = "5d000000000000000000000000000001in01"
  target_instance_id = "5d000000000000000000000000000001in01"
  restore_time       = 1747732352076 # 2025-05-20 09:12:32.076 UTC
}

# From a backup, onto the instance that it was made of: the only way of DDS.
resource "recovery_dds_restore" "roll_back" {
  instance_id = "5e000000000000000000000000000001in02"
  backup_id   = "5c000000000000000000000000000001br02"
}

# --- A drill ----------------------------------------------------------------------------------------------------------

# The newest finished backup, onto an instance that is kept for it. Another month restores again, from the newest then.
data "recovery_rds_backups" "newest" {
  instance_id = "5d000000000000000000000000000003in03"
  status      = "COMPLETED"
  most_recent = true
}

variable "drill" {
  description = "The month of the drill. Another one restores again."
  type        = string
  default     = "2026-11"
}

resource "recovery_rds_restore" "drill" {
  source_instance_id = "5d000000000000000000000000000003in03"
  target_instance_id = "5d000000000000000000000000000004in03"
  backup_id          = data.recovery_rds_backups.newest.ids[0]
  triggers           = { drill = var.drill }
}

# --- A drill that disturbs nobody -------------------------------------------------------------------------------------

# The newest data as an instance of its own, of which nothing is left after `terraform destroy`. It costs until then.
resource "recovery_rds_restored_instance" "drill" {
  source_instance_id = "5d000000000000000000000000000001in01"
  backup_id          = "5b000000000000000000000000000001br01"

  name               = "shop-drill"
  flavor             = "rds.mysql.c2.large"
  availability_zones = ["eu-de-01"]
  vpc_id             = "59000000-0000-4000-8000-000000000001"
  subnet_id          = "58000000-0000-4000-8000-000000000001"
  volume_type        = "CLOUDSSD"
  volume_size        = 100
  password           = var.drill_password

  delete_with_resource = true
  triggers             = { drill = var.drill }

  # A restore of the same instance would wait for its turn at the service.
  depends_on = [recovery_rds_restore.roll_back]
}

variable "drill_password" {
  description = "Of the administrator of the drill's instance. With `ephemeral = true` (1.10 and later) no plan file has it."
  type        = string
  sensitive   = true
  default     = "Only-for-rehearsals-1"
}
