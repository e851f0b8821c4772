// SPDX-License-Identifier: Apache-2.0
// A series source in memory, for tests: it stores what a `load` statement says, and gives it as
// chunks.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/chunk/histogram.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/testkit/promqltest/engine_client.h"

namespace kvs::testkit::promqltest {

struct StoredSeries {
  std::vector<int64_t> t;
  std::vector<double> v;
  std::vector<HistogramSample> histograms;
  /// Start timestamps of the floats and of the histograms, 0: unknown; empty: none has one.
  std::vector<int64_t> starts;
  std::vector<int64_t> histogram_starts;
};

class MemorySource : public sdk::SeriesSource {
 public:
  /// Series a batch; small numbers test what happens between batches.
  explicit MemorySource(uint32_t batch_series = 1024) : batch_series_(batch_series) {}

  void Clear();
  /// Gives series in the opposite of their labels' order: sources may give them in any.
  void Reverse() { reversed_ = true; }
  /// The lines of a `load` statement, without its first: the i-th value of a series is at i x
  /// step_ms. A line of start timestamps is for the line below it.
  Status Load(int64_t step_ms, const std::vector<std::string>& lines, bool with_nhcb = false);
  void Append(const model::Labels& labels, int64_t t, double v);
  void Append(const model::Labels& labels, HistogramSample sample);
  const std::map<model::Labels, StoredSeries>& series() const { return series_; }

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override;
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                          sdk::Completer&) override;
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                           sdk::Completer&) override;
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&,
                        sdk::Completer&) override;
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&,
                         sdk::Completer&) override;

 private:
  const uint32_t batch_series_;
  bool reversed_ = false;
  std::map<model::Labels, StoredSeries> series_;
};

}  // namespace kvs::testkit::promqltest
