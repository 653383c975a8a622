terraform init -input=false -no-color
# Gives up long before the restore ends, as a runner does that is stopped.
terraform apply -input=false -no-color -auto-approve -var patience=2s
echo "The first apply ended with $?."
terraform plan -input=false -no-color
terraform apply -input=false -no-color -auto-approve
echo "The second apply ended with $?."
terraform plan -input=false -no-color -detailed-exitcode
