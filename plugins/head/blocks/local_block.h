// SPDX-License-Identifier: Apache-2.0
// LocalBlock: a block on the disk of this head, and whether the object store has it too.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/blocks/block.h"

namespace kvs::head {

/// Immutable, but for the mark. The files are mapped, so they may be removed while somebody reads
/// them. [any]
class LocalBlock {
 public:
  /// Of the block whose folder this is. DATA_LOSS when it is damaged.
  static StatusOr<std::shared_ptr<LocalBlock>> Open(std::string folder);

  const std::string& folder() const { return folder_; }
  const tsdb::BlockMeta& meta() const { return block_->meta(); }
  const std::shared_ptr<const blocks::Block>& block() const { return block_; }
  uint64_t size_bytes() const { return size_bytes_; }
  /// Whether its samples were taken out of order.
  bool is_late() const { return meta().compaction.HasHint(tsdb::kHintFromOutOfOrder); }

  /// When the store had all of it, by the clock; 0: it does not yet.
  int64_t shipped_ms() const { return shipped_ms_.load(std::memory_order_acquire); }
  /// Remembers that in the folder, durably.
  Status MarkShipped(int64_t now_ms) const;

 private:
  LocalBlock() = default;

  std::string folder_;
  std::shared_ptr<const blocks::Block> block_;
  uint64_t size_bytes_ = 0;
  mutable std::atomic<int64_t> shipped_ms_{0};
};

}  // namespace kvs::head
