// SPDX-License-Identifier: Apache-2.0
// What happens to writes, reads and shared work when an instance or a zone dies: members beat into
// a kv store by a simulated clock, and the watcher that every process has judges them.
#pragma once

#include <cstdint>

#include "world.h"

namespace kvs::simulation {

struct FailoverOptions {
  WorldOptions world;
  int64_t heartbeat_period_ms = 15'000;
  int64_t heartbeat_timeout_ms = 60'000;
  int64_t forget_periods = 10;
  uint64_t draws = 100'000;  ///< Series that are looked at.
  uint64_t seed = 1;
  int64_t step_ms = 1'000;
  int64_t horizon_ms = 900'000;  ///< How long it is looked at.
};

/// Who dies, for good and all at once.
enum class Death { kInstance, kZone, kTwoInstances };

/// Times are behind the death; -1: not within the horizon.
struct Failover {
  uint32_t died = 0;
  /// Series of which a write cannot be acknowledged, as too few owners live: at most, as a part of
  /// all, and how long there are any.
  double writes_refused = 0;
  int64_t writes_whole_ms = 0;
  /// Whether reads can be complete with those who live, at every moment.
  bool reads_complete = true;
  /// How long those who died are still asked before others: reads are slower for a round then.
  int64_t asked_in_vain_ms = -1;
  /// Until the work of those who died has other owners.
  int64_t work_taken_over_ms = -1;
  /// Until they are forgotten, and each series has as many living owners as copies again.
  int64_t copies_whole_ms = -1;
};

/// Runs in the time that it takes to compute. [main]
Failover FailoverOf(const FailoverOptions& options, Death death);

}  // namespace kvs::simulation
