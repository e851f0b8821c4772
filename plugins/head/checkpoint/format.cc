// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/format.h"

#include <charconv>

#include "blocks/files.h"

namespace kvs::head {
namespace {

constexpr uint8_t kLate = 1;
constexpr uint8_t kOpen = 2;

}  // namespace

std::string CheckpointPath(const std::string& folder, uint32_t generation) {
  const std::string digits = StrCat(generation);
  return StrCat(folder, "/", std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0'), digits,
                ".checkpoint");
}

std::vector<uint32_t> ListCheckpoints(const std::string& folder) {
  std::vector<uint32_t> generations;
  for (const std::string& name : ListFolder(folder)) {
    uint32_t generation = 0;
    std::from_chars(name.data(), name.data() + name.size(), generation);
    if (CheckpointPath(folder, generation) == StrCat(folder, "/", name))
      generations.push_back(generation);
  }
  return generations;  // Names have leading zeros, so they ascend with their numbers.
}

void PutChunk(const RestoredChunk& chunk, wal::Encoder& out) {
  out.PutFixed(static_cast<uint8_t>((chunk.late ? kLate : 0) | (chunk.open ? kOpen : 0)));
  out.PutFixed(static_cast<uint8_t>(chunk.encoding));
  out.PutVarint(wal::ZigZag(chunk.min_t));
  out.PutVarint(static_cast<uint64_t>(chunk.max_t) - static_cast<uint64_t>(chunk.min_t));
  out.PutVarint(chunk.n_samples);
  out.PutVarint(chunk.bytes.size());
  out.PutBytes(chunk.bytes);
}

RestoredChunk TakeChunk(wal::PayloadReader& in) {
  RestoredChunk chunk;
  const auto flags = in.Fixed<uint8_t>();
  chunk.late = (flags & kLate) != 0;
  chunk.open = (flags & kOpen) != 0;
  chunk.encoding = static_cast<chunk::Encoding>(in.Fixed<uint8_t>());
  chunk.min_t = wal::UnZigZag(in.Varint());
  chunk.max_t = static_cast<int64_t>(static_cast<uint64_t>(chunk.min_t) + in.Varint());
  chunk.n_samples = static_cast<unsigned>(in.Varint());
  chunk.bytes = in.Bytes(in.Varint());
  return chunk;
}

}  // namespace kvs::head
