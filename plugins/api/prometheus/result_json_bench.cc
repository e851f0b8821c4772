// SPDX-License-Identifier: Apache-2.0
// A result of 1,000 series with ten labels and 1,000 points each, as JSON. Goal: below 120 ms.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "kvs/sdk/str.h"
#include "result_json.h"

namespace kvs::api::prometheus {
namespace {

enum Shape { kWhole, kTwoDecimals, kRates };
constexpr const char* kShapeNames[] = {"whole numbers", "two decimals", "all digits"};

void ResultJson(benchmark::State& state) {
  constexpr uint32_t kSeries = 1000, kPoints = 1000, kLabels = 10;
  std::vector<std::string> texts;
  std::vector<uint32_t> label_begin{0}, refs, point_begin{0};
  std::vector<int64_t> timestamps;
  std::vector<double> values;
  std::mt19937_64 random(1);
  for (uint32_t i = 0; i < kLabels; ++i) texts.push_back("label_name_" + std::to_string(i));
  for (uint32_t s = 0; s < kSeries; ++s) {
    for (uint32_t i = 0; i < kLabels; ++i) {
      refs.push_back(i);
      refs.push_back(static_cast<uint32_t>(texts.size()));
      texts.push_back("a-value-" + std::to_string(i) + "-" + std::to_string(s));
    }
    label_begin.push_back(static_cast<uint32_t>(refs.size()));
    for (uint32_t p = 0; p < kPoints; ++p) {
      timestamps.push_back(1'700'000'000'437 + p * 15'000);
      const auto whole = static_cast<double>(random() % 10'000'000);
      values.push_back(state.range(0) == kWhole ? whole : state.range(0) == kTwoDecimals ? whole / 100 : whole / 300.7);
    }
    point_begin.push_back(static_cast<uint32_t>(timestamps.size()));
  }
  std::vector<kvs_str_t> symbols;
  for (const std::string& text : texts) symbols.push_back(sdk::Str(text));
  auto result = sdk::Record<kvs_query_result_t>();
  result.value_type = KVS_VALUE_MATRIX;
  result.n_series = kSeries;
  result.labels = sdk::Record<kvs_label_columns_t>();
  result.labels.n_series = kSeries;
  result.labels.symbols = symbols.data();
  result.labels.n_symbols = symbols.size();
  result.labels.begin = label_begin.data();
  result.labels.refs = refs.data();
  result.point_begin = point_begin.data();
  result.timestamp_ms = timestamps.data();
  result.value = values.data();

  size_t bytes = 0;
  for (auto _ : state) {
    std::string out;
    std::vector<std::string> more;
    AppendResult(out, more, result, 0, sdk::Executor());
    bytes = out.size();
    for (const std::string& piece : more) bytes += piece.size();
    benchmark::DoNotOptimize(more.data());
  }
  state.SetLabel(kShapeNames[state.range(0)]);
  state.counters["megabytes"] = static_cast<double>(bytes) * 1e-6;
}
BENCHMARK(ResultJson)->DenseRange(kWhole, kRates)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvs::api::prometheus
