// SPDX-License-Identifier: Apache-2.0
// What the page of a ring says, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::tools {

struct RingInstance {
  std::string id, zone, state, address, ownership;
  bool read_only = false;
  int64_t heard_ms_ago = 0;  ///< By the instance's own clock.
  bool is_well() const { return state == "ACTIVE"; }
};

struct RingPage {
  std::string name;
  uint64_t replication_factor = 1;
  bool zone_aware = false;
  std::vector<RingInstance> instances;  ///< By id.
};

/// DataLoss when it is no such page.
StatusOr<RingPage> ParseRingPage(std::string name, std::string_view json);

}  // namespace kvs::tools
