// SPDX-License-Identifier: Apache-2.0
// Whom to ask so that nothing that was acknowledged is missed, as few as possible.
//
// Every acknowledged sample is on copies / 2 + 1 instances, of different zones where zones count.
// So copies / 2 groups may be left out, where a group is a zone, or, without zones, one instance:
// whichever they are, somebody else has what they have. A group counts only as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kvs/abi/port/ring.h"
#include "kvs/base/status.h"

namespace kvs::source::ring {

struct Groups {
  struct Group {
    std::vector<uint32_t> instances;  ///< Of the snapshot.
    bool healthy = true;              ///< Every instance is.
  };
  /// In the order in which they are asked: healthy ones first, and of these the preferred zone.
  std::vector<Group> groups;
  size_t needed = 0;  ///< How many of them must answer.

  /// `turn` moves the beginning, so that work is shared. UNAVAILABLE, retryable, when too many are
  /// not healthy, or there is nobody.
  static StatusOr<Groups> Of(const kvs_ring_snapshot_t& ring, std::string_view prefer_zone,
                             uint64_t turn);
};

}  // namespace kvs::source::ring
