// SPDX-License-Identifier: Apache-2.0
#include "resolution.h"

#include <absl/container/flat_hash_map.h>

namespace kvs::source::blocks {
namespace {

// Whether a block of resolution `a` is to be read rather than one of `b` with the same samples.
bool IsBetter(int64_t a, int64_t b, int64_t wanted) {
  if (a <= wanted) return b > wanted || a > b;
  return b > wanted && a < b;
}

}  // namespace

std::vector<bucket::IndexBlock> PickResolutions(std::vector<bucket::IndexBlock> blocks,
                                                bool aggregates, int64_t resolution_ms) {
  if (!aggregates) {
    std::erase_if(blocks, [](const bucket::IndexBlock& block) { return block.resolution_ms != 0; });
    return blocks;
  }
  absl::flat_hash_map<uint64_t, int64_t> best;  // By content.
  for (const bucket::IndexBlock& block : blocks) {
    if (block.content == 0) continue;
    const auto [it, is_new] = best.try_emplace(block.content, block.resolution_ms);
    if (!is_new && IsBetter(block.resolution_ms, it->second, resolution_ms))
      it->second = block.resolution_ms;
  }
  std::erase_if(blocks, [&best](const bucket::IndexBlock& block) {
    return block.content != 0 && best.at(block.content) != block.resolution_ms;
  });
  return blocks;
}

}  // namespace kvs::source::blocks
