terraform {
  required_providers {
    recovery = {
      source  = "cloud-recovery/recovery"
      version = "~> 0.1"
    }
  }
}

# Open Telekom Cloud. Credentials come from the environment here: OS_ACCESS_KEY and OS_SECRET_KEY, or OS_USERNAME,
# OS_PASSWORD and OS_USER_DOMAIN_NAME. The project is the one named like the region, unless project_name says otherwise.
provider "recovery" {
  region       = "eu-de"
  project_name = "eu-de_production"
}

# Huawei Cloud. Credentials come from HW_ACCESS_KEY and HW_SECRET_KEY. Without an alias this block would stand alone.
provider "recovery" {
  alias    = "huawei"
  platform = "huaweicloud"
  region   = "ap-southeast-3"
}
