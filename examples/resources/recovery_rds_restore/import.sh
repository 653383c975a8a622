# <target_instance_id>/<job_id>, while the task is still listed (about a month)
terraform import recovery_rds_restore.roll_back 5d000000000000000000000000000001in01/09902ee7866649b8908ec209bfee2747
