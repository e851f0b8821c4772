// SPDX-License-Identifier: Apache-2.0
// InstanceLimits: what one process takes of all tenants together, so that it sheds writes before it
// runs out of memory or time. Whoever is refused here may come again: 503, with Mimir's ids
// (reference: -ingester.instance-limits.*).
#pragma once

#include <atomic>
#include <cstdint>

#include "kvs/base/status.h"
#include "kvs/sdk/instance_refusals.h"
#include "kvs/sdk/rate_meter.h"

#include "config.h"

namespace kvs::head {

/// Safe for concurrent use. [any]
class InstanceLimits {
 public:
  /// Borrows `config`.
  InstanceLimits(const Config& config, const sdk::Metrics& registry);

  /// A write while `inflight` others, those that wait for the disk included, have not ended.
  Status MayWrite(uint64_t inflight, int64_t now_ns);
  /// One more beside so many tenants.
  Status MayAddTenant(uint64_t tenants) const;
  /// How many series may still be made.
  int64_t SeriesLeft() const;
  /// What a write that would have made more is told.
  Status TooManySeries() const;

  void NoteSeries(int64_t more) { n_series_.fetch_add(more, std::memory_order_relaxed); }
  void NoteSamples(uint64_t n, int64_t now_ns) { rate_.Add(n, now_ns); }
  double SamplesPerSecond(int64_t now_ns) { return rate_.PerSecond(now_ns); }

 private:
  const Config& config_;
  const sdk::InstanceRefusals refusals_;
  std::atomic<int64_t> n_series_{0};
  sdk::RateMeter rate_;
};

}  // namespace kvs::head
