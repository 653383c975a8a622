# terraform query                                    shows them
# terraform query -generate-config-out=backups.tf    writes blocks that import them
list "recovery_rds_backup" "by_hand" {
  provider = recovery

  # The whole objects, for -generate-config-out.
  include_resource = true
  limit            = 24

  config {
    instance_id = "5d000000000000000000000000000001in01"
  }
}
