// SPDX-License-Identifier: Apache-2.0
// Results of every kind come back, and no cut or flipped message does harm.
#include "kvs/records/query_result.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kvs/records/histogram_columns.h"
#include "kvs/sdk/owned.h"

namespace kvs::records {
namespace {

TEST(QueryResultCodec, ResultsOfEveryKindComeBack) {
  const kvs_str_t symbols[] = {sdk::Str("job"), sdk::Str("a")};
  const uint32_t begin[] = {0, 2}, refs[] = {0, 1}, points[] = {0, 2};
  const int64_t times[] = {1, 2};
  const double values[] = {1.5, -0.0};
  const kvs_str_t warning[] = {sdk::Str("careful")};
  auto result = sdk::Record<kvs_query_result_t>();
  result.value_type = KVS_VALUE_MATRIX;
  result.n_series = 1;
  result.labels = sdk::Record<kvs_label_columns_t>();
  result.labels.n_series = 1;
  result.labels.symbols = symbols;
  result.labels.n_symbols = 2;
  result.labels.begin = begin;
  result.labels.refs = refs;
  result.point_begin = points;
  result.timestamp_ms = times;
  result.value = values;
  result.warnings = warning;
  result.n_warnings = 1;
  sdk::Owned<kvs_query_result_t> out;

  ASSERT_TRUE(DecodeQueryResult(EncodeQueryResult(result), out.out()).ok());
  EXPECT_EQ(out->point_begin[1], 2u);
  EXPECT_TRUE(std::signbit(out->value[1]));
  EXPECT_EQ(sdk::View(out->warnings[0]), "careful");

  auto empty = sdk::Record<kvs_query_result_t>();
  empty.value_type = KVS_VALUE_VECTOR;
  empty.labels = sdk::Record<kvs_label_columns_t>();
  ASSERT_TRUE(DecodeQueryResult(EncodeQueryResult(empty), out.out()).ok());
  EXPECT_EQ(out->n_series, 0u);

  auto scalar = sdk::Record<kvs_query_result_t>();
  scalar.value_type = KVS_VALUE_SCALAR;
  scalar.timestamp_ms = times;
  scalar.value = values;
  ASSERT_TRUE(DecodeQueryResult(EncodeQueryResult(scalar), out.out()).ok());
  EXPECT_EQ(out->value[0], 1.5);

  auto text = sdk::Record<kvs_query_result_t>();
  text.value_type = KVS_VALUE_STRING;
  text.timestamp_ms = times;
  text.text = sdk::Str("hello");
  ASSERT_TRUE(DecodeQueryResult(EncodeQueryResult(text), out.out()).ok());
  EXPECT_EQ(sdk::View(out->text), "hello");
}

/// One series with a float point and a histogram.
struct WithHistogram {
  WithHistogram() {
    histograms.Begin({.timestamp_ms = 2, .schema = 3, .count = 5, .sum = 7.5});
    histograms.positive().AddSpan(-1, 2);
    histograms.positive().AddBucket(1);
    histograms.positive().AddBucket(4);
    histograms.negative().AddSpan(3, 1);
    histograms.negative().AddBucket(9);
    histograms.End();
    histograms.EndSeries();
    result.value_type = KVS_VALUE_MATRIX;
    result.n_series = 1;
    result.labels = sdk::Record<kvs_label_columns_t>();
    result.labels.n_series = 1;
    result.labels.symbols = symbols;
    result.labels.n_symbols = 2;
    result.labels.begin = begin;
    result.labels.refs = refs;
    result.point_begin = points;
    result.timestamp_ms = times;
    result.value = values;
    result.histograms = histograms.Finish();
  }
  const kvs_str_t symbols[2] = {sdk::Str("job"), sdk::Str("a")};
  const uint32_t begin[2] = {0, 2}, refs[2] = {0, 1}, points[2] = {0, 1};
  const int64_t times[1] = {1};
  const double values[1] = {1.5};
  HistogramColumns histograms;
  kvs_query_result_t result = sdk::Record<kvs_query_result_t>();
};

/// Looks at everything that the record points at.
double Touch(const kvs_query_result_t& result) {
  double sum = 0;
  const bool rows = result.value_type == KVS_VALUE_VECTOR || result.value_type == KVS_VALUE_MATRIX;
  for (uint32_t s = 0; rows && s < result.n_series; ++s) {
    for (uint32_t l = result.labels.begin[s]; l < result.labels.begin[s + 1]; ++l)
      sum += static_cast<double>(sdk::View(result.labels.symbols[result.labels.refs[l]]).size());
    for (uint32_t p = result.point_begin[s]; p < result.point_begin[s + 1]; ++p)
      sum += static_cast<double>(result.timestamp_ms[p]) + result.value[p];
    if (result.histograms == nullptr) continue;
    const kvs_histogram_columns_t& h = *result.histograms;
    for (uint32_t i = h.begin[s]; i < h.begin[s + 1]; ++i) {
      sum += h.sum[i] + static_cast<double>(h.count[i]) + h.schema[i];
      for (uint32_t b = h.positive_bucket_begin[i]; b < h.positive_bucket_begin[i + 1]; ++b)
        sum += static_cast<double>(h.bucket[b]);
      for (uint32_t b = h.negative_span_begin[i]; b < h.negative_span_begin[i + 1]; ++b)
        sum += h.span_offset[b] + h.span_length[b];
    }
  }
  return sum;
}

TEST(QueryResultCodec, HistogramsComeBack) {
  const WithHistogram made;
  sdk::Owned<kvs_query_result_t> out;

  ASSERT_TRUE(DecodeQueryResult(EncodeQueryResult(made.result), out.out()).ok());

  ASSERT_NE(out->histograms, nullptr);
  EXPECT_EQ(out->histograms->schema[0], 3);
  EXPECT_EQ(Touch(*out), Touch(made.result));
}

TEST(QueryResultCodec, DamageIsAnErrorOrDoesNoHarm) {
  const WithHistogram made;
  const std::string message = EncodeQueryResult(made.result);
  std::mt19937 random(7);
  double sum = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = message;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 4 == 0) damaged.resize(random() % damaged.size());
    sdk::Owned<kvs_query_result_t> out;
    if (DecodeQueryResult(std::move(damaged), out.out()).ok()) sum += Touch(*out);
  }
  EXPECT_FALSE(std::isnan(sum) && std::isinf(sum));
}

}  // namespace
}  // namespace kvs::records
