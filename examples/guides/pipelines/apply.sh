set -eu
# Exactly what was approved, and nothing else.
terraform apply -input=false -no-color -lock-timeout=5m restore.tfplan
terraform output -json restore >evidence.json
# What was just applied must leave nothing to do.
terraform plan -input=false -no-color -lock-timeout=5m -detailed-exitcode
