# <source_instance_id>/<job_id>, while the task is still listed (about 30 days)
terraform import recovery_ddm_restore.as_of_the_morning dd000000000000000000000000000001in09/09902ee7866649b8908ec209bfee2747
