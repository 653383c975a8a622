# <instance_id>/<backup_id>
terraform import recovery_dcs_backup.before_release 5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294/7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10
