// SPDX-License-Identifier: Apache-2.0
// HealthBoard: several parts of the head say how they are, and the host hears the worst of it.
#pragma once

#include <array>
#include <string>
#include <utility>

#include "kvs/base/mutex.h"
#include "kvs/sdk/host.h"

namespace kvs::head {

/// [any]
class HealthBoard {
 public:
  enum Part { kLifecycle, kLog, kBlocks, kParts };
  /// From good to bad.
  enum class State { kReady, kDegraded, kNotReady, kFailed };

  explicit HealthBoard(sdk::Health health) : health_(health) {}

  void Set(Part part, State state, std::string reason = {}) {
    MutexLock lock(mutex_);
    parts_[part] = {state, std::move(reason)};
    const Said* worst = &parts_[0];
    for (const Said& said : parts_) worst = said.state > worst->state ? &said : worst;
    switch (worst->state) {
      case State::kReady:
        return health_.Ready();
      case State::kDegraded:
        return health_.Degraded(worst->reason);
      case State::kNotReady:
        return health_.NotReady(worst->reason);
      case State::kFailed:
        return health_.Failed(worst->reason);
    }
  }

 private:
  struct Said {
    State state = State::kReady;
    std::string reason;
  };
  const sdk::Health health_;
  Mutex mutex_;
  std::array<Said, kParts> parts_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::head
