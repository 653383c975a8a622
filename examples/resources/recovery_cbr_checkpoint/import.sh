# <vault_id>/<checkpoint_id>
terraform import recovery_cbr_checkpoint.before_release aaaaaaaa-0000-4000-8000-000000000001/5d0b7f7e-0c8a-4c51-9d3e-2b6f4a1c8e90
