# Lists use a provider block of the configuration that they lie in.
provider "recovery" {}
