// SPDX-License-Identifier: Apache-2.0
// PushLimits: what a way in takes at a time, whoever writes, so that it sheds requests before it
// runs out of memory. Who is refused may come again (reference: -distributor.instance-limits.*).
#pragma once

#include <atomic>
#include <cstdint>

#include "kvs/sdk/host.h"
#include "kvs/sdk/instance_refusals.h"
#include "kvs/sdk/push_settings.h"
#include "kvs/sdk/rate_meter.h"

namespace kvs::sdk {

/// Safe for concurrent use. Several components may have one each: the host adds their metrics up.
/// [any]
class PushLimits {
 public:
  PushLimits(const Metrics& registry, const PushSettings& settings);

  /// A request of so many bytes has come; Leave() is called once it has ended, also when it may not
  /// go on: UNAVAILABLE.
  Status Enter(uint64_t bytes, int64_t now_ns);
  void Leave(uint64_t bytes);
  void NoteSamples(uint64_t n, int64_t now_ns) { rate_.Add(n, now_ns); }

 private:
  const PushSettings settings_;
  const Cell inflight_;        // cortex_distributor_inflight_push_requests
  const Cell inflight_bytes_;  // cortex_distributor_inflight_push_requests_bytes
  const InstanceRefusals refusals_;
  std::atomic<int64_t> requests_{0};
  std::atomic<int64_t> bytes_{0};
  RateMeter rate_;
};

}  // namespace kvs::sdk
