// SPDX-License-Identifier: Apache-2.0
#include "instance_limits.h"

#include <algorithm>
#include <limits>
#include <string>

namespace kvs::head {

InstanceLimits::InstanceLimits(const Config& config, const Metrics& metrics)
    : config_(config), metrics_(metrics) {
  const auto say = [&](std::string_view limit, int64_t value) {
    metrics_.instance_limits.With({limit}).Set(static_cast<double>(value));
  };
  say("max_series", config_.max_series);
  say("max_tenants", config_.max_tenants);
  say("max_ingestion_rate", config_.max_ingestion_rate);
  say("max_inflight_push_requests", config_.max_inflight_push_requests);
}

Status InstanceLimits::MayWrite(uint64_t inflight, int64_t now_ns) {
  if (const int64_t max = config_.max_inflight_push_requests;
      max > 0 && inflight >= static_cast<uint64_t>(max)) {
    return Refused("the allowed number of inflight push requests",
                   "ingester-max-inflight-push-requests", "max-inflight-push-requests",
                   "ingester_max_inflight_push_requests");
  }
  if (const int64_t max = config_.max_ingestion_rate;
      max > 0 && rate_.PerSecond(now_ns) >= static_cast<double>(max)) {
    return Refused("the samples ingestion rate limit", "ingester-max-ingestion-rate",
                   "max-ingestion-rate", "ingester_max_ingestion_rate");
  }
  return OkStatus();
}

Status InstanceLimits::MayAddTenant(uint64_t tenants) {
  const int64_t max = config_.max_tenants;
  if (max <= 0 || tenants < static_cast<uint64_t>(max)) return OkStatus();
  return Refused("the allowed number of tenants", "ingester-max-tenants", "max-tenants",
                 "ingester_max_tenants");
}

int64_t InstanceLimits::SeriesLeft() const {
  if (config_.max_series <= 0) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(config_.max_series - n_series_.load(std::memory_order_relaxed), 0);
}

Status InstanceLimits::TooManySeries() {
  return Refused("the allowed number of in-memory series", "ingester-max-series", "max-series",
                 "ingester_max_series");
}

Status InstanceLimits::Refused(std::string_view what, std::string_view id, std::string_view flag,
                               std::string_view reason) {
  metrics_.instance_rejected.With({reason}).Add();
  std::string full_id = StrCat("err-mimir-", id);
  return Unavailable("the write request has been rejected because the ingester exceeded ", what,
                     " (", full_id,
                     "). To adjust the related limit, configure -ingester.instance-limits.", flag,
                     ", or contact your service administrator.")
      .WithReason(std::move(full_id))
      .Retryable();
}

}  // namespace kvs::head
