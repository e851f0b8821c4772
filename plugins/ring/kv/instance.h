// SPDX-License-Identifier: Apache-2.0
// Instance: what a member of the ring says of itself in the kv store, under its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::ring::kv {

/// The numbers are those of kvs/abi/port/ring.h.
enum class State : int32_t { kPending = 0, kJoining = 1, kActive = 2, kLeaving = 3 };

/// "ACTIVE"
std::string_view NameOf(State state);

struct Instance {
  std::string id;  ///< Not in the value: the key says it.
  std::string address;
  std::string zone;
  State state = State::kPending;
  uint32_t tokens = 0;        ///< How many: which follows from the name.
  int64_t registered_ms = 0;  ///< When it came into the ring first.
  int64_t heartbeat_ms = 0;   ///< By its own clock.
  bool read_only = false;
  int64_t read_only_changed_ms = 0;

  std::string ToJson() const;
  /// DataLoss.
  static StatusOr<Instance> FromJson(std::string_view id, std::string_view json);
};

}  // namespace kvs::ring::kv
