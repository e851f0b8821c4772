// SPDX-License-Identifier: Apache-2.0
// Texts of row notes.

#include "scan/row_notes.h"

#include "kvs/base/str_cat.h"

namespace kvs::engine::promql {
namespace {

bool LooksLikeCounter(std::string_view metric) {
  return metric.ends_with("_total") || metric.ends_with("_sum") || metric.ends_with("_count") ||
         metric.ends_with("_bucket");
}

void AddNotCounterNote(Query& query, std::string_view metric, std::string_view type,
                       ast::PosRange pos) {
  if (metric.empty()) return;
  if (query.features.type_and_unit_labels) {
    if (type == "counter" || type == "histogram") return;
    query.notes.Info(StrCat("metric might not be a counter, __type__ label is not set to "
                            "\"counter\" or \"histogram\", got ",
                            Quoted(type), ": ", Quoted(metric)),
                     pos);
  } else if (!LooksLikeCounter(metric)) {
    query.notes.Info(
        StrCat("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ",
               Quoted(metric)),
        pos);
  }
}

}  // namespace

void AddRowNotes(Query& query, const SeriesNotes& row, std::string_view metric,
                 std::string_view type, ast::PosRange pos) {
  const uint32_t notes = row.notes;
  if ((notes & kNoteMaybeNotCounter) != 0) AddNotCounterNote(query, metric, type, pos);
  if ((notes & kNoteStartOverlap) != 0) {
    query.notes.WarnTimes(
        row.start_overlaps,
        StrCat("sample has start time that overlaps with previous sample timestamp for metric ",
               Quoted(metric)),
        pos);
  }
  if ((notes & kNoteMixedFloatsHistograms) != 0) {
    query.notes.Warn(
        StrCat("encountered a mix of histograms and floats for metric name ", Quoted(metric)), pos);
  }
  if ((notes & kNoteIgnoredHistograms) != 0) {
    query.notes.Info(
        StrCat(
            "ignored histograms in a range containing both floats and histograms for metric name ",
            Quoted(metric)),
        pos);
  }
  if ((notes & kNoteNativeNotCounter) != 0) {
    query.notes.Warn(StrCat("this native histogram metric is not a counter: ", Quoted(metric)),
                     pos);
  }
  if ((notes & kNoteNativeNotGauge) != 0) {
    query.notes.Warn(StrCat("this native histogram metric is not a gauge: ", Quoted(metric)), pos);
  }
  if ((notes & kNoteMixedSchemas) != 0) {
    query.notes.Warn(
        StrCat(
            "vector contains a mix of histograms with exponential and custom buckets schemas for "
            "metric name ",
            Quoted(metric)),
        pos);
  }
  if ((notes & kNoteResetCollision) != 0) {
    query.notes.Warn("conflicting counter resets during histogram aggregation", pos);
  }
  if ((notes & kNoteReconciledAdd) != 0)
    query.notes.Info("mismatched custom buckets were reconciled during addition", pos);
  if ((notes & kNoteReconciledSub) != 0)
    query.notes.Info("mismatched custom buckets were reconciled during subtraction", pos);
  if ((notes & kNoteReconciledAggregate) != 0) {
    query.notes.Info("mismatched custom buckets were reconciled during aggregation", pos);
  }
}

std::vector<std::string> NoteLabels(const Query& query) {
  if (!query.features.type_and_unit_labels) return {};
  return {"__type__"};
}

void AddBatchNotes(Query& query, Morsel& morsel, const std::vector<SeriesNotes>& noted,
                   std::string_view fixed_name, ast::PosRange pos) {
  const bool typed = query.features.type_and_unit_labels;
  uint32_t last_notes = 0;
  uint32_t last_name = ~uint32_t{0};
  uint32_t last_type = ~uint32_t{0};
  for (const SeriesNotes& row : noted) {
    const uint32_t name =
        fixed_name.empty() ? morsel.labels.ReadOne(row.series, kSymName) : kSymEmpty;
    const uint32_t type = typed ? morsel.labels.ReadOne(row.series, kSymType) : kSymEmpty;
    // Neighbours mostly say the same, which needs saying once unless it is counted.
    const bool same = row.notes == last_notes && name == last_name && type == last_type &&
                      row.start_overlaps == 0;
    last_notes = row.notes;
    last_name = name;
    last_type = type;
    if (same) continue;
    AddRowNotes(query, row, fixed_name.empty() ? query.labels.text(name) : fixed_name,
                query.labels.text(type), pos);
  }
}

}  // namespace kvs::engine::promql
