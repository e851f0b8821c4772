// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/push_limits.h"

namespace kvs::sdk {

PushLimits::PushLimits(const Metrics& registry, const PushSettings& settings)
    : settings_(settings),
      inflight_(registry.Gauge("cortex_distributor_inflight_push_requests",
                               "Current number of inflight push requests in distributor.")),
      inflight_bytes_(registry.Gauge("cortex_distributor_inflight_push_requests_bytes",
                                     "Bytes of the requests under way, as sent.")),
      refusals_(registry, "distributor") {
  refusals_.Show("max_inflight_push_requests", settings_.max_inflight_push_requests);
  refusals_.Show("max_inflight_push_requests_bytes",
                 settings_.max_inflight_push_requests_bytes.bytes);
  refusals_.Show("max_ingestion_rate", settings_.max_ingestion_rate);
}

Status PushLimits::Enter(uint64_t bytes, int64_t now_ns) {
  const auto size = static_cast<int64_t>(bytes);
  inflight_.Add(1);
  inflight_bytes_.Add(static_cast<double>(size));
  const int64_t requests = requests_.fetch_add(1, std::memory_order_relaxed) + 1;
  const int64_t total = bytes_.fetch_add(size, std::memory_order_relaxed) + size;
  if (const int64_t max = settings_.max_inflight_push_requests; max > 0 && requests > max)
    return refusals_.Refuse("the allowed number of inflight push requests",
                            "max_inflight_push_requests");
  if (const int64_t max = settings_.max_inflight_push_requests_bytes.bytes; max > 0 && total > max)
    return refusals_.Refuse("the allowed total size in bytes of inflight push requests",
                            "max_inflight_push_requests_bytes");
  if (const int64_t max = settings_.max_ingestion_rate;
      max > 0 && rate_.PerSecond(now_ns) >= static_cast<double>(max))
    return refusals_.Refuse("the ingestion rate limit", "max_ingestion_rate");
  return OkStatus();
}

void PushLimits::Leave(uint64_t bytes) {
  const auto size = static_cast<int64_t>(bytes);
  requests_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(size, std::memory_order_relaxed);
  inflight_.Add(-1);
  inflight_bytes_.Add(-static_cast<double>(size));
}

}  // namespace kvs::sdk
