// SPDX-License-Identifier: Apache-2.0
// What a cache keeps of one query in one interval: extents, each a result for consecutive steps.
//
// Layout: a number that says what it is; the key; for each extent start, end, the text it was asked
// with, and the result (kvs/records/query_result.h); a CRC-32C of all of it. Whatever a cache gives
// back is looked at as bytes of a stranger: an entry that is damaged, of another key, or says what
// no answer to its key could be, is none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/owned.h"

#include "split/intervals.h"

namespace kvs::engine::frontend {

struct Extent {
  StepRange steps;
  /// The query as it was sent, where the result has annotations: they tell places in that text.
  /// Empty: the result is that of all spellings.
  std::string text;
  sdk::Owned<kvs_query_result_t> result;
};

/// An extent to be kept; borrows.
struct ExtentToKeep {
  StepRange steps;
  std::string_view text;
  const kvs_query_result_t* result = nullptr;
};

std::string EncodeEntry(std::string_view key, std::span<const ExtentToKeep> extents);
/// In time order, no two of which overlap. DataLoss says what is wrong. [any]
StatusOr<std::vector<Extent>> DecodeEntry(std::string_view bytes, std::string_view key,
                                          int64_t step_ms);

}  // namespace kvs::engine::frontend
