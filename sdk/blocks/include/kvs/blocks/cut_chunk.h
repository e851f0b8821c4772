// SPDX-License-Identifier: Apache-2.0
// Taking deleted samples out of a chunk: what is left is encoded anew.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/tombstones.h"

namespace kvs::blocks {

/// A chunk that owns its bytes.
struct OwnedChunk {
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  chunk::Encoding encoding = chunk::Encoding::kNone;
  tsdb::Bytes bytes;
};

/// Appends to `out` what is left of a chunk when the samples in `deleted`, those of its
/// series, are taken away: mostly one chunk of the same encoding, none when nothing is left. Of
/// aggregates every window goes of which anything is deleted.
/// DataLoss when the chunk is damaged, Unimplemented when nobody here decodes its encoding. [any]
Status CutChunk(chunk::Encoding encoding, std::span<const uint8_t> bytes,
                std::span<const tsdb::Tombstone> deleted, std::vector<OwnedChunk>* out);

}  // namespace kvs::blocks
