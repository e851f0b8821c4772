// SPDX-License-Identifier: Apache-2.0
// TextBlocks: OpenMetrics text as blocks of two hours, as `promtool tsdb create-blocks-from
// openmetrics` makes them, but for two things: samples of a series may stand in any order, and the
// same text makes blocks with the same names, so that an import that broke off can be run again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/verify.h"

namespace kvs::tools {

/// A block in memory.
class TextBlock {
 public:
  const tsdb::BlockMeta& meta() const { return meta_; }
  /// Borrowed from this.
  tsdb::BlockParts parts() const;

 private:
  friend class TextBlocks;
  tsdb::BlockMeta meta_;
  std::deque<tsdb::MemorySource> sources_;  // The index, then the segments.
  tsdb::MemorySink index_;
  std::deque<tsdb::MemorySink> segments_;
};

class TextBlocks {
 public:
  /// Reads `text` once, to learn which samples belong to which block: some two bytes a sample are
  /// kept. InvalidArgument names the line. `text` outlives this.
  static StatusOr<TextBlocks> Open(std::string_view text);

  size_t size() const { return windows_.size(); }
  /// The blocks one after the other, the oldest first, each with what it holds in memory.
  /// InvalidArgument: a series has two values at one time. An error of `visit` ends it.
  Status ForEach(const std::function<Status(const TextBlock&)>& visit) const;

 private:
  // The samples of one block: where their lines begin, each as the distance from the one before.
  struct Window {
    std::string distances;
    size_t last = 0;
  };

  explicit TextBlocks(std::string_view text) : text_(text) {}
  StatusOr<TextBlock> Make(const Window& window) const;

  std::string_view text_;
  std::map<int64_t, Window> windows_;  // By the number of their two hours.
};

}  // namespace kvs::tools
