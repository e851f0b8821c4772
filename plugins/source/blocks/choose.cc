// SPDX-License-Identifier: Apache-2.0
#include "choose.h"

#include <algorithm>
#include <utility>

#include "resolution.h"

namespace kvs::source::blocks {

Span ClipSpan(const Config& config, int64_t now_ms, int64_t min_ms, int64_t max_ms) {
  if (config.query_store_after.ms == 0) return {min_ms, max_ms};
  return {min_ms, std::min(max_ms, now_ms - config.query_store_after.ms)};
}

Resolution Resolution::Of(const kvs_select_t& select) {
  // Who wants no chunks gets none that it might not know.
  return {(select.flags & KVS_SELECT_NO_CHUNKS) != 0 ||
              (KVS_HAS(&select, kvs_select_t, aggregates) && select.aggregates != 0),
          KVS_HAS(&select, kvs_select_t, resolution_ms) ? select.resolution_ms : 0};
}

std::vector<bucket::IndexBlock> ChooseBlocks(const std::vector<bucket::IndexBlock>& all,
                                             const Config& config, int64_t now_ms, const Span& span,
                                             const Resolution& resolution) {
  std::vector<bucket::IndexBlock> out;
  if (span.min_ms > span.max_ms) return out;
  for (const bucket::IndexBlock& block : all) {
    const bool is_young = config.ignore_blocks_within.ms != 0 &&
                          block.mint >= now_ms - config.ignore_blocks_within.ms;
    if (block.Within(span.min_ms, span.max_ms) && !is_young) out.push_back(block);
  }
  return PickResolutions(std::move(out), resolution.aggregates, resolution.resolution_ms);
}

}  // namespace kvs::source::blocks
