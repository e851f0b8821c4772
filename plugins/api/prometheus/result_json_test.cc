// SPDX-License-Identifier: Apache-2.0
// Results as JSON: each kind, special floats, escapes, and native histograms.
#include "result_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/str.h"

namespace kvs::api::prometheus {
namespace {

class ResultJsonTest : public ::testing::Test {
 protected:
  ResultJsonTest() {
    result_.labels = sdk::Record<kvs_label_columns_t>();
    result_.labels.symbols = symbols_.data();
    result_.labels.n_symbols = symbols_.size();
    result_.labels.begin = label_begin_;
    result_.labels.refs = label_refs_;
    result_.n_series = 2;
    result_.point_begin = point_begin_;
    result_.timestamp_ms = timestamps_;
    result_.value = values_;
  }
  std::string Json(int32_t type, uint64_t limit = 0) {
    result_.value_type = type;
    std::string out;
    std::vector<std::string> more;
    AppendResult(out, more, result_, limit, sdk::Executor());
    EXPECT_EQ(more.size(), 0u) << "little is one piece";
    return out;
  }

  std::vector<kvs_str_t> symbols_{sdk::Str("__name__"), sdk::Str("up"), sdk::Str("job"), sdk::Str("a\"<b>")};
  const uint32_t label_begin_[3] = {0, 4, 6};
  const uint32_t label_refs_[6] = {0, 1, 2, 3, 0, 1};
  uint32_t point_begin_[3] = {0, 2, 3};
  const int64_t timestamps_[3] = {1000, 1500, 2000};
  const double values_[3] = {1, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()};
  kvs_query_result_t result_ = sdk::Record<kvs_query_result_t>();
};

TEST_F(ResultJsonTest, WritesAMatrix) {
  EXPECT_EQ(Json(KVS_VALUE_MATRIX),
            R"({"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"<b>"},"values":[[1,"1"],[1.500,"NaN"]]},)"
            R"({"metric":{"__name__":"up"},"values":[[2,"-Inf"]]}]})");
}

TEST_F(ResultJsonTest, TheLimitCutsSeries) {
  EXPECT_EQ(Json(KVS_VALUE_MATRIX, 1),
            R"({"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"<b>"},"values":[[1,"1"],[1.500,"NaN"]]}]})");
}

TEST(LargeResultJsonTest, IsWhatItsSeriesAreOneByOne) {
  constexpr uint32_t kSeries = 10'000;
  const std::vector<kvs_str_t> symbols{sdk::Str("__name__"), sdk::Str("up")};
  std::vector<uint32_t> label_begin{0}, refs, point_begin{0};
  std::vector<int64_t> timestamps;
  std::vector<double> values;
  std::string expected = R"({"resultType":"matrix","result":[)";
  for (uint32_t s = 0; s < kSeries; ++s) {
    refs.insert(refs.end(), {0, 1});
    label_begin.push_back(static_cast<uint32_t>(refs.size()));
    if (s > 0) expected += ',';
    expected += R"({"metric":{"__name__":"up"},"values":[)";
    for (uint32_t p = 0; p <= s % 9; ++p) {
      timestamps.push_back(1000 * p);
      values.push_back(s);
      expected += StrCat(p > 0 ? "," : "", "[", p, ",\"", s, "\"]");
    }
    expected += "]}";
    point_begin.push_back(static_cast<uint32_t>(timestamps.size()));
  }
  expected += "]}";
  auto result = sdk::Record<kvs_query_result_t>();
  result.value_type = KVS_VALUE_MATRIX;
  result.n_series = kSeries;
  result.labels = sdk::Record<kvs_label_columns_t>();
  result.labels.symbols = symbols.data();
  result.labels.n_symbols = symbols.size();
  result.labels.begin = label_begin.data();
  result.labels.refs = refs.data();
  result.point_begin = point_begin.data();
  result.timestamp_ms = timestamps.data();
  result.value = values.data();
  std::string out;
  std::vector<std::string> more;

  AppendResult(out, more, result, 0, sdk::Executor());

  EXPECT_GT(more.size(), 1u);
  for (const std::string& piece : more) out += piece;
  EXPECT_EQ(out, expected);
}

TEST_F(ResultJsonTest, WritesAVectorAScalarAndAString) {
  point_begin_[1] = 1;
  point_begin_[2] = 2;
  result_.text = sdk::Str("te<xt");

  EXPECT_EQ(Json(KVS_VALUE_VECTOR),
            R"({"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"<b>"},"value":[1,"1"]},)"
            R"({"metric":{"__name__":"up"},"value":[1.500,"NaN"]}]})");
  EXPECT_EQ(Json(KVS_VALUE_SCALAR), R"({"resultType":"scalar","result":[1,"1"]})");
  EXPECT_EQ(Json(KVS_VALUE_STRING), R"({"resultType":"string","result":[1,"te\u003cxt"]})");
}

TEST_F(ResultJsonTest, OnlySamplesHaveExponents) {
  point_begin_[1] = 1;
  for (const double value : {1e23, 1e-7}) {
    result_.value = &value;
    result_.n_series = 1;
    const std::string plain = value > 1 ? "100000000000000000000000" : "0.0000001";
    const std::string scientific = value > 1 ? "1e+23" : "1e-07";
    EXPECT_EQ(Json(KVS_VALUE_SCALAR), R"({"resultType":"scalar","result":[1,")" + plain + "\"]}");
    EXPECT_NE(Json(KVS_VALUE_VECTOR).find("[1,\"" + scientific + "\"]"), std::string::npos);
  }
}

TEST_F(ResultJsonTest, TheLowestCustomBucketIncludesMinusInfinity) {
  const auto bits = [](double v) { return std::bit_cast<uint64_t>(v); };
  const uint32_t begin[] = {0, 1, 1}, spans[] = {0, 1}, none[] = {1, 1}, buckets_of[] = {0, 3}, custom_begin[] = {0, 2};
  const uint32_t no_buckets[] = {3, 3};
  const int64_t timestamp[] = {1000};
  const int32_t schema[] = {-53}, offset[] = {0};
  const uint32_t length[] = {3};
  const double zero[] = {0}, sum[] = {5}, bounds[] = {-1, 2};
  const uint64_t zero_count[] = {bits(0)}, count[] = {bits(6)}, buckets[] = {bits(1), bits(3), bits(2)};
  auto h = sdk::Record<kvs_histogram_columns_t>();
  h.n_histograms = 1;
  h.begin = begin;
  h.timestamp_ms = timestamp;
  h.schema = schema;
  h.zero_threshold = zero;
  h.zero_count = zero_count;
  h.count = count;
  h.sum = sum;
  h.positive_span_begin = spans;
  h.negative_span_begin = none;
  h.span_offset = offset;
  h.span_length = length;
  h.positive_bucket_begin = buckets_of;
  h.negative_bucket_begin = no_buckets;
  h.bucket = buckets;
  h.custom_begin = custom_begin;
  h.custom_bound = bounds;
  std::string out;

  AppendHistogram(out, h, 0);

  EXPECT_EQ(out, R"({"count":"6","sum":"5","buckets":[[3,"-Inf","-1","1"],[0,"-1","2","3"],[0,"2","+Inf","2"]]})");
}

TEST_F(ResultJsonTest, WritesHistogramsWithTheirBuckets) {
  const auto bits = [](double v) { return std::bit_cast<uint64_t>(v); };
  const uint32_t begin[] = {0, 1, 1}, positive_spans[] = {0, 1}, negative_spans[] = {1, 2};
  const uint32_t positive_buckets[] = {0, 2}, negative_buckets[] = {2, 3};
  const int64_t timestamp[] = {1000};
  const int32_t schema[] = {0}, offsets[] = {0, 1};
  const uint32_t lengths[] = {2, 1};
  const double zero_threshold[] = {0.001}, sum[] = {5};
  const uint64_t zero_count[] = {bits(2)}, count[] = {bits(8)}, buckets[] = {bits(1), bits(3), bits(2)};
  auto h = sdk::Record<kvs_histogram_columns_t>();
  h.n_histograms = 1;
  h.begin = begin;
  h.timestamp_ms = timestamp;
  h.schema = schema;
  h.zero_threshold = zero_threshold;
  h.zero_count = zero_count;
  h.count = count;
  h.sum = sum;
  h.positive_span_begin = positive_spans;
  h.negative_span_begin = negative_spans;
  h.span_offset = offsets;
  h.span_length = lengths;
  h.positive_bucket_begin = positive_buckets;
  h.negative_bucket_begin = negative_buckets;
  h.bucket = buckets;
  std::string out;

  AppendHistogram(out, h, 0);

  EXPECT_EQ(out,
            R"({"count":"8","sum":"5","buckets":[[1,"-2","-1","2"],[3,"-0.001","0.001","2"],[0,"0.5","1","1"],[0,"1","2","3"]]})");

  // The zero bucket hides what lies below its width, and is left out when a difference made it negative.
  const double wide[] = {1.5};
  const uint64_t negative[] = {bits(-2)};
  h.zero_threshold = wide;
  h.zero_count = negative;
  out.clear();
  AppendHistogram(out, h, 0);
  EXPECT_EQ(out, R"({"count":"8","sum":"5","buckets":[[1,"-2","-1.5","2"],[0,"1.5","1","1"],[0,"1.5","2","3"]]})");
}

}  // namespace
}  // namespace kvs::api::prometheus
