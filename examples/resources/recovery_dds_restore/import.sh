# <instance_id>/<job_id>, while the task is still known (about a month)
terraform import recovery_dds_restore.roll_back 5e000000000000000000000000000001in02/09902ee7866649b8908ec209bfee2747
