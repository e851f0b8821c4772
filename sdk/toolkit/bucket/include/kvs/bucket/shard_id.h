// SPDX-License-Identifier: Apache-2.0
// ShardId: which part of all series a block holds: those whose canonical hash modulo `count` is
// `index`. As a label of the block, one-based: "3_of_8" is index 2 of 8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::bucket {

struct ShardId {
  uint64_t index = 0;
  uint64_t count = 1;

  std::string ToString() const;
  /// InvalidArgument. [any]
  static StatusOr<ShardId> Parse(std::string_view text);

  friend bool operator==(const ShardId&, const ShardId&) = default;
};

}  // namespace kvs::bucket
