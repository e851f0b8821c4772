// SPDX-License-Identifier: Apache-2.0
// CutMark: how far the samples of a tenant are in blocks, as a small file beside them. It says so
// also when the blocks are gone again, and the log, which all tenants share, still has the samples.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "kvs/base/status.h"

namespace kvs::head {

struct CutMark {
  int64_t memory_from = std::numeric_limits<int64_t>::min();  ///< As in View.
  uint32_t late_generation = 0;
};

/// Replaces the mark in `folder`, durably.
Status SaveCutMark(const std::string& folder, const CutMark& mark);
/// All defaults where there is none; DATA_LOSS when it is damaged.
StatusOr<CutMark> LoadCutMark(const std::string& folder);

}  // namespace kvs::head
