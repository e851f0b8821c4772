// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/push_limits.h"

#include <algorithm>
#include <string>

namespace kvs::sdk {

PushLimits::PushLimits(const Metrics& registry, const PushSettings& settings)
    : settings_(settings),
      inflight_(registry.Gauge("cortex_distributor_inflight_push_requests",
                               "Current number of inflight push requests in distributor.")),
      inflight_bytes_(registry.Gauge("cortex_distributor_inflight_push_requests_bytes",
                                     "Bytes of the requests under way, as sent.")),
      rejected_(registry.CounterFamily("cortex_distributor_instance_rejected_requests_total",
                                       "Requests refused for a limit of this process.",
                                       {"reason"})) {
  const Family limits = registry.GaugeFamily("cortex_distributor_instance_limits",
                                             "Limits of this process; 0: none.", {"limit"});
  const auto say = [&](std::string_view limit, int64_t value) {
    limits.With({limit}).Set(static_cast<double>(value));
  };
  say("max_inflight_push_requests", settings_.max_inflight_push_requests);
  say("max_inflight_push_requests_bytes", settings_.max_inflight_push_requests_bytes.bytes);
  say("max_ingestion_rate", settings_.max_ingestion_rate);
}

Status PushLimits::Enter(uint64_t bytes, int64_t now_ns) {
  const auto size = static_cast<int64_t>(bytes);
  inflight_.Add(1);
  inflight_bytes_.Add(static_cast<double>(size));
  const int64_t requests = requests_.fetch_add(1, std::memory_order_relaxed) + 1;
  const int64_t total = bytes_.fetch_add(size, std::memory_order_relaxed) + size;
  if (const int64_t max = settings_.max_inflight_push_requests; max > 0 && requests > max)
    return Refused("the allowed number of inflight push requests", "max-inflight-push-requests");
  if (const int64_t max = settings_.max_inflight_push_requests_bytes.bytes; max > 0 && total > max)
    return Refused("the allowed total size in bytes of inflight push requests",
                   "max-inflight-push-requests-bytes");
  if (const int64_t max = settings_.max_ingestion_rate;
      max > 0 && rate_.PerSecond(now_ns) >= static_cast<double>(max))
    return Refused("the ingestion rate limit", "max-ingestion-rate");
  return OkStatus();
}

void PushLimits::Leave(uint64_t bytes) {
  const auto size = static_cast<int64_t>(bytes);
  requests_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(size, std::memory_order_relaxed);
  inflight_.Add(-1);
  inflight_bytes_.Add(-static_cast<double>(size));
}

Status PushLimits::Refused(std::string_view what, std::string_view flag) {
  std::string id = StrCat("distributor-", flag);
  std::string reason = id;
  std::replace(reason.begin(), reason.end(), '-', '_');
  rejected_.With({reason}).Add();
  id = StrCat("err-mimir-", id);
  return Unavailable("the write request has been rejected because the distributor exceeded ", what,
                     " (", id,
                     "). To adjust the related limit, configure -distributor.instance-limits.",
                     flag, ", or contact your service administrator.")
      .WithReason(std::move(id))
      .Retryable();
}

}  // namespace kvs::sdk
