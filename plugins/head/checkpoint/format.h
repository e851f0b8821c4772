// SPDX-License-Identifier: Apache-2.0
// What a series looks like in a checkpoint; docs/formats/head_checkpoint.md has the bytes. A
// checkpoint is a file of the log's records, so it is read by what reads the log.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "shard.h"
#include "wal/encoder.h"
#include "wal/format.h"

namespace kvs::head {

inline constexpr uint32_t kCheckpointVersion = 1;

/// The generations of the checkpoints in `folder`, ascending.
std::vector<uint32_t> ListCheckpoints(const std::string& folder);
/// "<folder>/00000042.checkpoint"
std::string CheckpointPath(const std::string& folder, uint32_t generation);

/// Reads one chunk of a record of series.
RestoredChunk TakeChunk(wal::PayloadReader& in);
void PutChunk(const RestoredChunk& chunk, wal::Encoder& out);

}  // namespace kvs::head
