// SPDX-License-Identifier: Apache-2.0
// InstanceLimits: what one process takes of all tenants together, so that it sheds writes and reads
// before it runs out of memory or time. Whoever is refused here may come again: 503, with Mimir's
// ids (reference: -ingester.instance-limits.*).
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "kvs/base/status.h"
#include "kvs/sdk/instance_refusals.h"
#include "kvs/sdk/rate_meter.h"

#include "config.h"
#include "utilization.h"

namespace kvs::head {

/// A read under way, until it is destroyed. [any]
class ReadTicket {
 public:
  ReadTicket() = default;
  explicit ReadTicket(std::atomic<int64_t>* reads) : reads_(reads) {}
  ReadTicket(ReadTicket&& other) noexcept : reads_(std::exchange(other.reads_, nullptr)) {}
  ReadTicket& operator=(ReadTicket&&) = delete;
  ~ReadTicket() {
    if (reads_ != nullptr) reads_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t>* reads_ = nullptr;
};

/// Safe for concurrent use. [any]
class InstanceLimits {
 public:
  /// Borrows `config`.
  InstanceLimits(const Config& config, const sdk::Host& host);
  /// Begins to look at how busy the process is, where that is limited. [main]
  void Start() { utilization_.Start(); }
  /// [main or worker]
  void Stop() { utilization_.Stop(); }

  /// A write of so many bytes while others, those that wait for the disk included, have not ended.
  Status MayWrite(uint64_t others, uint64_t bytes, uint64_t other_bytes, int64_t now_ns);
  /// A read. [any]
  StatusOr<ReadTicket> MayRead();
  int64_t n_reads() const { return reads_.load(std::memory_order_relaxed); }
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
  Utilization utilization_;
  std::atomic<int64_t> n_series_{0};
  std::atomic<int64_t> reads_{0};
  sdk::RateMeter rate_;
};

}  // namespace kvs::head
