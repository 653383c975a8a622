# <backup_id>/<operation_id>
terraform import recovery_cbr_restore.server bbbbbbbb-0000-4000-8000-000000000001/67a9c3e2-1f5d-4b80-92d7-4e6c0b8a1f35
