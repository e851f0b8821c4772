// SPDX-License-Identifier: Apache-2.0
#include "deleted_series.h"

#include <limits>

#include "kvs/blocks/cut_chunk.h"
#include "kvs/sdk/str.h"

#include "deleted_ranges.h"

namespace kvs::source::deletions {
namespace {

using tsdb::Tombstone;

model::Labels LabelsOf(const kvs_label_columns_t& columns, uint32_t row) {
  std::vector<model::LabelView> labels;
  for (uint32_t i = columns.begin[row]; i + 1 < columns.begin[row + 1]; i += 2) {
    labels.push_back({sdk::View(columns.symbols[columns.refs[i]]),
                      sdk::View(columns.symbols[columns.refs[i + 1]])});
  }
  return model::Labels::FromSorted(labels);
}

kvs_matcher_t Raw(const model::Matcher& matcher) {
  return {sdk::Str(matcher.name()), sdk::Str(matcher.value()), static_cast<int32_t>(matcher.type()),
          0};
}

// Whether a series has a sample in the span that is not deleted.
StatusOr<bool> IsAlive(const kvs_series_batch_t& batch, uint32_t row,
                       std::span<const Tombstone> deleted, TimeSpan span) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  std::vector<Tombstone> outside(deleted.begin(), deleted.end());
  if (span.min_ms != kMin) outside.push_back({0, {kMin, span.min_ms - 1}});
  if (span.max_ms != kMax) outside.push_back({0, {span.max_ms + 1, kMax}});
  const tsdb::Tombstones gone(std::move(outside));
  std::vector<blocks::OwnedChunk> left;
  for (uint32_t c = batch.chunk_begin[row]; c < batch.chunk_begin[row + 1]; ++c) {
    const kvs_chunk_t& chunk = batch.chunks[c];
    if (Covers(deleted, chunk.min_ms, chunk.max_ms)) continue;
    if (!Touches(gone.all(), chunk.min_ms, chunk.max_ms)) return true;
    KVS_RETURN_IF_ERROR(blocks::CutChunk(static_cast<chunk::Encoding>(chunk.encoding),
                                         {chunk.data, chunk.size}, gone.all(), &left));
    if (!left.empty()) return true;
  }
  return false;
}

}  // namespace

Matchers Joined(const kvs_matchers_t& a, std::span<const kvs_matcher_t> b) {
  Matchers out(a.matchers, a.matchers + a.n);
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

StatusOr<DeletedSeries> DeletedSeries::Find(const sdk::SourceRef& next, const sdk::Call& call,
                                            std::span<const kvs_matchers_t> sets,
                                            const Rules& rules, TimeSpan span) {
  DeletedSeries out;
  const kvs_matchers_t all{nullptr, 0};
  if (sets.empty()) sets = {&all, 1};
  for (const bucket::SeriesRule& rule : rules) {
    Matchers of_rule;
    for (const model::Matcher& matcher : rule.matchers) of_rule.push_back(Raw(matcher));
    for (const kvs_matchers_t& set : sets)
      KVS_RETURN_IF_ERROR(out.AddFrom(next, call, Joined(set, of_rule), rules, span));
  }
  return out;
}

Status DeletedSeries::AddFrom(const sdk::SourceRef& next, const sdk::Call& call,
                              const Matchers& matchers, const Rules& rules, TimeSpan span) {
  auto select = sdk::Record<kvs_select_t>();
  select.min_ms = span.min_ms;
  select.max_ms = span.max_ms;
  select.matchers = {matchers.data(), matchers.size()};
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(next.select(), call, &select, selection.out()));
  DeletedRanges ranges(rules);
  while (true) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) return OkStatus();
    for (uint32_t row = 0; row < batch->n_series; ++row) {
      const std::vector<Tombstone> deleted = ranges.Of(batch->labels, row);
      if (deleted.empty() || batch->chunk_begin == nullptr) continue;
      KVS_ASSIGN_OR_RETURN(const bool is_alive, IsAlive(*batch, row, deleted, span));
      if (!is_alive) Add(batch->labels, row);
    }
  }
}

void DeletedSeries::Add(const kvs_label_columns_t& columns, uint32_t row) {
  const auto [added, is_new] = series_.insert(LabelsOf(columns, row));
  if (!is_new) return;
  for (const model::LabelView& label : *added) {
    if (!names_.contains(label.name)) names_.emplace(label.name);
  }
}

bool DeletedSeries::Contains(const kvs_label_columns_t& columns, uint32_t row) const {
  return !series_.empty() && series_.contains(LabelsOf(columns, row));
}

std::set<std::string, std::less<>> DeletedSeries::ValuesOf(std::string_view name) const {
  std::set<std::string, std::less<>> out;
  for (const model::Labels& labels : series_) {
    const std::string_view value = labels.Get(name);
    if (!value.empty() && !out.contains(value)) out.emplace(value);
  }
  return out;
}

}  // namespace kvs::source::deletions
