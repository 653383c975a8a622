# terraform query                                    shows them
# terraform query -generate-config-out=backups.tf    writes blocks that import them
list "recovery_dcs_backup" "usable" {
  provider = recovery

  # The whole objects, for -generate-config-out.
  include_resource = true
  limit            = 24

  config {
    instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
    status      = "succeed"
    backup_type = "manual"
  }
}
