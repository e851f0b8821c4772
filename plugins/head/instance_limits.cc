// SPDX-License-Identifier: Apache-2.0
#include "instance_limits.h"

#include <algorithm>
#include <limits>

namespace kvs::head {

InstanceLimits::InstanceLimits(const Config& config, const sdk::Host& host)
    : config_(config), refusals_(host.metrics(), "ingester"), utilization_(config, host) {
  refusals_.Show("max_series", config_.max_series);
  refusals_.Show("max_tenants", config_.max_tenants);
  refusals_.Show("max_ingestion_rate", config_.max_ingestion_rate);
  refusals_.Show("max_inflight_push_requests", config_.max_inflight_push_requests);
  refusals_.Show("max_inflight_push_requests_bytes",
                 config_.max_inflight_push_requests_bytes.bytes);
  refusals_.Show("max_inflight_read_requests", config_.max_inflight_read_requests);
}

Status InstanceLimits::MayWrite(uint64_t others, uint64_t bytes, uint64_t other_bytes,
                                int64_t now_ns) {
  if (const int64_t max = config_.max_inflight_push_requests;
      max > 0 && others >= static_cast<uint64_t>(max)) {
    return refusals_.Refuse("the allowed number of inflight push requests",
                            "max_inflight_push_requests");
  }
  if (const int64_t max = config_.max_inflight_push_requests_bytes.bytes;
      max > 0 && bytes + other_bytes > static_cast<uint64_t>(max)) {
    return refusals_.Refuse("the allowed total size in bytes of inflight push requests",
                            "max_inflight_push_requests_bytes");
  }
  if (const int64_t max = config_.max_ingestion_rate;
      max > 0 && rate_.PerSecond(now_ns) >= static_cast<double>(max))
    return refusals_.Refuse("the samples ingestion rate limit", "max_ingestion_rate");
  return OkStatus();
}

StatusOr<ReadTicket> InstanceLimits::MayRead() {
  KVS_RETURN_IF_ERROR(utilization_.MayRead());
  const int64_t others = reads_.fetch_add(1, std::memory_order_relaxed);
  ReadTicket ticket(&reads_);
  if (const int64_t max = config_.max_inflight_read_requests; max > 0 && others >= max) {
    return refusals_.Refuse("the allowed number of inflight read requests",
                            "max_inflight_read_requests", "read");
  }
  return ticket;
}

Status InstanceLimits::MayAddTenant(uint64_t tenants) const {
  const int64_t max = config_.max_tenants;
  if (max <= 0 || tenants < static_cast<uint64_t>(max)) return OkStatus();
  return refusals_.Refuse("the allowed number of tenants", "max_tenants");
}

int64_t InstanceLimits::SeriesLeft() const {
  if (config_.max_series <= 0) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(config_.max_series - n_series_.load(std::memory_order_relaxed), 0);
}

Status InstanceLimits::TooManySeries() const {
  return refusals_.Refuse("the allowed number of in-memory series", "max_series");
}

}  // namespace kvs::head
