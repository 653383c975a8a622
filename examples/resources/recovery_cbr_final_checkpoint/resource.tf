# The last thing before the server is deleted. Refer to the server of the other provider in place of its ID, such as
# opentelekomcloud_compute_instance_v2.shop.id: only what this resource depends on waits for it. The vault has to stay.
resource "recovery_cbr_final_checkpoint" "shop" {
  vault_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  name_prefix = "shop-final"

  member {
    id = "eeeeeeee-0000-4000-8000-000000000001"
  }
}
