// SPDX-License-Identifier: Apache-2.0
// Results of consecutive times as one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kvs/abi/port/query_engine.h"

#include "result/notes.h"

namespace kvs::engine::frontend {

/// What a result says of the times from `from_ms` to `to_ms`, both included.
struct Slice {
  const kvs_query_result_t* result = nullptr;
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};

/// Slices are of range queries, in time order, and do not overlap. Series come in the order that a
/// range query gives them, each with the points of all slices; those without any are left out.
/// Nothing of the slices is needed afterwards. [any]
void Stitch(std::span<const Slice> slices, const Notes& notes, std::string stats_json,
            kvs_query_result_t& out);

}  // namespace kvs::engine::frontend
