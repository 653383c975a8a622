# The instance that the data is from, and the new one.
terraform import recovery_rds_restored_instance.drill '5d000000000000000000000000000001in01/5d0000000000000000000000000000a1in01'
