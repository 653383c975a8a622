# <instance_id>/<restore_id>
terraform import recovery_dcs_restore.roll_back 5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294/c2f0d7b4-58a1-4e36-b9c2-7d40e1a6f583
