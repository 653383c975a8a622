# The password of the drill's administrator: in no plan and no state (Terraform and OpenTofu 1.11 and later).
variable "drill_password" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = "Only-for-rehearsals-1"
}

# A drill: last night's data as an instance of its own, which goes with `terraform destroy`.
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
}

# How long recovery took.
output "recovery" {
  value = {
    instance = recovery_rds_restored_instance.drill.instance_id
    data_of  = recovery_rds_restored_instance.drill.restore_point
    from     = recovery_rds_restored_instance.drill.started_at
    until    = recovery_rds_restored_instance.drill.ready_at
  }
}
