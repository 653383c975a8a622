# 2025-05-20T09:12:32.076Z
output "moment" {
  value = provider::recovery::timestamp_rfc3339(1747732352076)
}
