# Links that let a job on this machine download a backup. They are valid for ten minutes and kept nowhere.
ephemeral "recovery_dcs_backup_links" "nightly" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
  backup_id   = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10"
  expiration  = 600
}

resource "terraform_data" "archive" {
  input = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10"

  # What the job prints is not shown, because it was given something ephemeral.
  provisioner "local-exec" {
    command     = "umask 077 && printf %s \"$LINKS\" > links.json"
    environment = { LINKS = jsonencode(ephemeral.recovery_dcs_backup_links.nightly.files) }
  }
}
