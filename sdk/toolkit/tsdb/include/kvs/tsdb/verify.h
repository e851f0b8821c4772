// SPDX-License-Identifier: Apache-2.0
// Verifying: reads every byte of a block and holds it against everything that is known of it:
// checksums, orders, padding, the postings against the labels of the series, the chunks against
// their times, the counts against meta.json. For tools, and before a source is deleted; queries
// check what they read as they go.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "kvs/base/status.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/chunk_segment.h"
#include "kvs/tsdb/index_format.h"
#include "kvs/tsdb/meta.h"

namespace kvs::tsdb {

/// The files of a block; borrowed.
struct BlockParts {
  const ByteSource* index = nullptr;
  SegmentSet segments;
  std::span<const uint8_t> tombstones;  ///< Empty: there is no such file.
};

/// Calls on_series for each series, in the order of the index; an error of it is returned. Holds
/// the symbols in memory. DataLoss names the part and the offset of what is wrong.
Status VerifyIndex(const ByteSource& index,
                   const std::function<Status(const SeriesEntry&)>& on_series = {});

/// The whole block; what it contains, when all is well. DataLoss begins with the file: "index",
/// "chunks/000001", "tombstones" or "meta.json". `meta` may be null.
StatusOr<BlockContents> VerifyBlock(const BlockParts& parts, const BlockMeta* meta);

}  // namespace kvs::tsdb
