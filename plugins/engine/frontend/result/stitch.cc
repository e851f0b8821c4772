// SPDX-License-Identifier: Apache-2.0
#include "result/stitch.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "result/columns.h"
#include "result/series_labels.h"

namespace kvs::engine::frontend {
namespace {

// Where one series of the result stands in the slices.
struct Row {
  SeriesRef first;
  std::vector<std::pair<const Slice*, uint32_t>> places;
};

// The points of a series within a slice: indices [first, second).
std::pair<uint32_t, uint32_t> Within(const int64_t* t, uint32_t begin, uint32_t end,
                                     const Slice& slice) {
  const auto* const first = std::lower_bound(t + begin, t + end, slice.from_ms);
  const auto* const last = std::upper_bound(first, t + end, slice.to_ms);
  return {static_cast<uint32_t>(first - t), static_cast<uint32_t>(last - t)};
}

}  // namespace

void Stitch(std::span<const Slice> slices, const Notes& notes, std::string stats_json,
            kvs_query_result_t& out) {
  std::vector<Row> rows;
  std::unordered_map<std::string, size_t> row_of;
  std::string bytes;
  for (const Slice& slice : slices) {
    for (uint32_t s = 0; s < slice.result->n_series; ++s) {
      bytes.clear();
      AppendLabelBytes(bytes, {slice.result, s});
      const auto [at, is_new] = row_of.try_emplace(bytes, rows.size());
      if (is_new) rows.push_back({{slice.result, s}, {}});
      rows[at->second].places.emplace_back(&slice, s);
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return LabelsLess(a.first, b.first); });
  auto columns = std::make_unique<ResultColumns>();
  for (const Row& row : rows) {
    bool any = false;
    for (const auto& [slice, s] : row.places) {
      const kvs_query_result_t& from = *slice->result;
      const auto [begin, end] =
          Within(from.timestamp_ms, from.point_begin[s], from.point_begin[s + 1], *slice);
      for (uint32_t p = begin; p < end; ++p) columns->AddPoint(from.timestamp_ms[p], from.value[p]);
      any = any || begin < end;
      if (from.histograms == nullptr) continue;
      const kvs_histogram_columns_t& h = *from.histograms;
      const auto [h_begin, h_end] = Within(h.timestamp_ms, h.begin[s], h.begin[s + 1], *slice);
      for (uint32_t p = h_begin; p < h_end; ++p) columns->AddHistogram(h, p);
      any = any || h_begin < h_end;
    }
    if (any) columns->EndSeries(row.first);
  }
  ResultColumns::HandOut(std::move(columns), KVS_VALUE_MATRIX, true, notes, std::move(stats_json),
                         out);
}

}  // namespace kvs::engine::frontend
