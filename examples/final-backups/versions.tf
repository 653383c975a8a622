terraform {
  required_version = ">= 1.4" # terraform_data

  required_providers {
    recovery = {
      source  = "cloud-recovery/recovery"
      version = "~> 0.1"
    }
  }
}

# Nothing needs to be set for a rehearsal. For a real cloud, credentials come from the environment (OS_* or HW_*) or
# from arguments of this block.
provider "recovery" {}
