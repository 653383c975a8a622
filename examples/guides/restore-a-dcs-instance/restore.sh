set -eu
terraform init -input=false -no-color
# Which backups there are. Nothing is restored.
terraform plan -input=false -no-color
terraform plan -input=false -no-color -var backup_id=7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10 -out=restore.tfplan
terraform apply -input=false -no-color restore.tfplan
