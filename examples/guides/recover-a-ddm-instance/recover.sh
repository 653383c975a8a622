set -eu
terraform init -input=false -no-color
# What is possible. Nothing is restored.
terraform plan -input=false -no-color
# 2025-05-20 09:12:32.076 UTC, with a look at the plan before it is applied.
terraform plan -input=false -no-color -var moment=1747732352076 -out=recover.tfplan
terraform apply -input=false -no-color recover.tfplan
terraform output -json -no-color restore
