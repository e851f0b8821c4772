// SPDX-License-Identifier: Apache-2.0
// The annotations that RowNote bits stand for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scan/scan.h"
#include "value/query.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// What a row function had to say about a series.
struct SeriesNotes {
  uint32_t series = 0;          ///< Its number in the batch.
  uint32_t notes = 0;           ///< RowNote bits.
  uint32_t start_overlaps = 0;  ///< As RowOut's.
};

/// Adds the annotations of `notes` for a series called `metric` (empty: it has no name) with the
/// label __type__ `type`.
void AddRowNotes(Query& query, const SeriesNotes& notes, std::string_view metric,
                 std::string_view type, ast::PosRange pos);

/// The labels besides the metric name that annotations look at.
std::vector<std::string> NoteLabels(const Query& query);

/// Adds those of the series of `morsel`, whose labels were begun. `fixed_name` is the name of all
/// of them, or empty. Needs LabelStore::mutex().
void AddBatchNotes(Query& query, Morsel& morsel, const std::vector<SeriesNotes>& noted,
                   std::string_view fixed_name, ast::PosRange pos);

}  // namespace kvs::engine::promql
