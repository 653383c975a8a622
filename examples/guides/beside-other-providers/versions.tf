terraform {
  required_version = ">= 1.5"

  required_providers {
    recovery = {
      source  = "cloud-recovery/recovery"
      version = "~> 0.1"
    }
  }
}

provider "recovery" {}
