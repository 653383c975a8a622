set -eu
terraform init -input=false -no-color
# 0: nothing to do, 2: something to do, 1: an error.
code=0
terraform plan -input=false -no-color -lock-timeout=5m -detailed-exitcode -out=restore.tfplan || code=$?
case $code in
0) exit 0 ;;
2) ;;
*) exit "$code" ;;
esac
terraform show -json restore.tfplan >restore.json
# What the approver reads: one line for each restore that would run.
jq -r '.resource_changes[]
  | select(.change.actions | index("create"))
  | select(.change.after.overwrites != null or .change.after_unknown.overwrites == true)
  | "\(.address): \(.change.after.overwrites // "a target that is not known yet"), back to \(.change.after.restore_point // "a moment that is not known yet")"' restore.json
