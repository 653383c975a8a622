set -eu
terraform init -input=false -no-color
terraform apply -input=false -no-color -auto-approve
# A newer backup is made meanwhile, as each night.
cp newer.tf.later newer.tf
terraform apply -input=false -no-color -auto-approve -target=recovery_dcs_backup.tonight
# It changes nothing.
terraform plan -input=false -no-color -detailed-exitcode
# Another change restores again, and takes it.
terraform apply -input=false -no-color -auto-approve -var change=4712
