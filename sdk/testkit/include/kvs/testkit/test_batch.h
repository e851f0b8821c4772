// SPDX-License-Identifier: Apache-2.0
// A write batch made by hand, in the symbols layout, and matchers to look for what it holds.
//
//   TestBatch batch;
//   batch.Add({{"__name__", "up"}, {"job", "a"}}, {{1000, 1.0}});
//   Await(sink.write(), call, batch.view(), &result);
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/abi/write_batch.h"

namespace kvs::testkit {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;  ///< Sorted by name.
using SamplePairs = std::vector<std::pair<int64_t, double>>;          ///< Milliseconds and value.

/// {a="b", c="d"}
std::string ToString(const LabelPairs& labels);
std::string ToString(const kvs_label_columns_t& columns, uint32_t series);

/// Outlives every call it is part of, and what sinks keep of it.
class TestBatch {
 public:
  TestBatch();
  TestBatch(const TestBatch&) = delete;
  TestBatch& operator=(const TestBatch&) = delete;

  void Add(const LabelPairs& labels, const SamplePairs& samples = {});
  /// Metadata of a metric, without a text.
  void AddMetadata(std::string_view metric, uint32_t type = KVS_TYPE_GAUGE);
  uint32_t n_series() const { return static_cast<uint32_t>(keys_.size()); }
  /// All of it, or some rows of it (borrowed). Valid until the next Add() or view().
  const kvs_write_view_t* view(const std::vector<uint32_t>* rows = nullptr);

 private:
  kvs_ref_t ref_{};
  kvs_write_batch_t batch_{};
  kvs_write_view_t view_{};
  std::deque<std::string> texts_;
  std::vector<kvs_str_t> symbols_;
  std::vector<kvs_key128_t> keys_;
  std::vector<uint32_t> label_begin_{0}, label_refs_, sample_begin_{0};
  std::vector<int64_t> timestamps_;
  std::vector<double> values_;
  std::vector<kvs_metadata_t> metadata_;
};

/// One condition: {KVS_MATCH_EQUAL, "job", "a"}.
struct Match {
  int32_t type;
  std::string name, value;
};
std::string ToString(const std::vector<Match>& matches);

/// Conditions in their C form; borrows `matches`.
class MatchSet {
 public:
  explicit MatchSet(const std::vector<Match>& matches);
  explicit MatchSet(std::vector<Match>&& matches) = delete;  // Would not live long enough.
  const kvs_matchers_t* raw() const { return &raw_; }

 private:
  std::vector<kvs_matcher_t> matchers_;
  kvs_matchers_t raw_{};
};

/// What a selection must find, over the series of MatchTruthSeries(): the table that every index
/// and every source obeys.
struct MatchTruth {
  std::vector<Match> matches;
  std::vector<uint32_t> series;  ///< Positions in MatchTruthSeries(), ascending.
};
const std::vector<LabelPairs>& MatchTruthSeries();
const std::vector<MatchTruth>& MatchTruthTable();

}  // namespace kvs::testkit
