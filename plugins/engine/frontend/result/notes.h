// SPDX-License-Identifier: Apache-2.0
// Warnings and infos of the parts of a query, as the whole would have told them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kvs/abi/port/query_engine.h"

namespace kvs::engine::frontend {

struct Notes {
  std::vector<std::string> warnings, infos;
  bool empty() const { return warnings.empty() && infos.empty(); }
  friend bool operator==(const Notes&, const Notes&) = default;
};

Notes NotesOf(const kvs_query_result_t& result);

/// Nothing where the whole could have said something else: parts that say different things, or that
/// count (occurrences, samples). Then the query has to be asked as a whole.
std::optional<Notes> MergeNotes(std::span<const kvs_query_result_t* const> parts);

/// Whether a warning says that data was missing, rather than something about the query.
bool IsPartial(const kvs_query_result_t& result);
/// Whether a part of the result says what the result says: nothing is missing, and no note counts.
bool CanBeCut(const kvs_query_result_t& result);

}  // namespace kvs::engine::frontend
