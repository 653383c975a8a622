# A backup that another provider has made.
import {
  to = recovery_dcs_backup.before_release
  id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294/1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269"
}

resource "recovery_dcs_backup" "before_release" {
  instance_id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294"
}
