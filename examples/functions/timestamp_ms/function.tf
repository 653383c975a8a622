# 1747732352076
output "milliseconds" {
  value = provider::recovery::timestamp_ms("2025-05-20T09:12:32.076Z")
}
