# The restores of the last weeks that overwrote one server.
list "recovery_cbr_restore" "of_the_server" {
  provider = recovery

  config {
    server_id = "eeeeeeee-0000-4000-8000-000000000001"
    status    = "success"
  }
}
