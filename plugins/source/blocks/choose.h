// SPDX-License-Identifier: Apache-2.0
// Which of a tenant's blocks a query reads.
#pragma once

#include <cstdint>
#include <vector>

#include "kvs/bucket/index.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"

namespace kvs::source::blocks {

/// Of time, both ends included; empty when min_ms is above max_ms.
struct Span {
  int64_t min_ms, max_ms;
};

/// What of a query's time blocks are read for: what the head has is left to it. Pure.
Span ClipSpan(const Config& config, int64_t now_ms, int64_t min_ms, int64_t max_ms);

/// What a reader knows to do with aggregates.
struct Resolution {
  bool aggregates = true;
  int64_t resolution_ms = 0;

  static Resolution Of(const kvs_select_t& select);
};

/// Those that overlap the span and are not left to the head, each in one resolution. Pure.
std::vector<bucket::IndexBlock> ChooseBlocks(const std::vector<bucket::IndexBlock>& all,
                                             const Config& config, int64_t now_ms, const Span& span,
                                             const Resolution& resolution);

}  // namespace kvs::source::blocks
