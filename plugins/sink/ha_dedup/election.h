// SPDX-License-Identifier: Apache-2.0
// Election: which replica of a group is taken, as the kv store has it, and when
// another one may take its place. Pure. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::sink::ha_dedup {

/// What the kv store has of a group. Times are Unix milliseconds.
struct Elected {
  std::string replica;
  int64_t received_ms = 0;  ///< When it was last heard of, to within update_timeout.
  int64_t elected_ms = 0;
  uint64_t changes = 0;  ///< How often another one was elected.

  std::string ToJson() const;
  /// DataLoss for what is no such text.
  static StatusOr<Elected> FromJson(std::string_view json);
};

struct ElectionRules {
  int64_t failover_ms = 30'000;
  int64_t failover_sample_ms = 0;  ///< 0: samples may be of any time.
};

/// Whether a replica that has something now, up to a sample of that time, may
/// take the place of the elected one, of which this process itself heard last
/// at `heard_ms`.
bool MayTakeOver(const Elected& elected, int64_t heard_ms, int64_t now_ms, int64_t newest_sample_ms,
                 const ElectionRules& rules);

}  // namespace kvs::sink::ha_dedup
