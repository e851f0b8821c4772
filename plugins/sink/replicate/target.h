// SPDX-License-Identifier: Apache-2.0
// Target: one instance as the sink sees it: a connection, how much is on the way to it, and whether
// it is worth asking.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sharing/peer_map.h"

#include "config.h"
#include "metrics.h"

namespace kvs::sink::replicate {

/// [any]
class Target {
 public:
  Target(const Config& config, const Metrics& metrics, std::string address);

  /// Dials. [any]
  Status Dial(const sdk::DialerRef& dialer);
  const sdk::SinkRef& sink() const { return sink_; }
  const std::string& address() const { return address_; }

  /// OK: it may be asked now, and Ended() follows. Otherwise why not: UNAVAILABLE, retryable.
  Status Begin(int64_t bytes, int64_t now_ns);
  void Ended(int64_t bytes, const Status& status, int64_t now_ns);

 private:
  int64_t CooldownNs() const { return config_.circuit_breaker_cooldown.ms * 1'000'000; }

  const Config& config_;
  const std::string address_;
  const sdk::Cell appends_;
  const sdk::Family failures_;
  sdk::Connection connection_;
  sdk::SinkRef sink_;
  std::atomic<int64_t> inflight_bytes_{0};
  std::atomic<int64_t> failed_in_a_row_{0};
  std::atomic<int64_t> closed_until_ns_{0};  // While it lies ahead, nobody asks.
};

/// The targets there are, by address. [any]
class Targets {
 public:
  Targets(const Config& config, const Metrics& metrics) : config_(config), metrics_(metrics) {}
  void Use(sdk::DialerRef dialer) { dialer_ = dialer; }
  StatusOr<std::shared_ptr<Target>> Find(std::string_view address, int64_t now_ns);
  void Clear() { targets_.Clear(); }

 private:
  const Config& config_;
  const Metrics& metrics_;
  sdk::DialerRef dialer_;
  sharing::PeerMap<Target> targets_;
};

}  // namespace kvs::sink::replicate
