// SPDX-License-Identifier: Apache-2.0
// Whole queries over series in memory, on one thread: what the engine itself costs. 10,000 series
// with 10 labels, a sample each 15 s; 120 steps of 15 s.

#include <deque>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "kvs/chunk/xor.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/select_source.h"

#include "engine.h"

namespace kvs::engine::promql {
namespace {

constexpr int64_t kStep = 15'000;
constexpr uint32_t kSeriesPerBatch = 1000;
constexpr uint32_t kSamples = 240;
constexpr uint32_t kSamplesPerChunk = 120;

/// Batches that are built once and handed out again and again.
class BenchSource final : public testkit::SelectSource {
 public:
  explicit BenchSource(uint32_t n_series) {
    for (uint32_t first = 0; first < n_series; first += kSeriesPerBatch)
      Build(first, std::min(n_series, first + kSeriesPerBatch));
  }

  sdk::Outcome Select(const sdk::Call&, const kvs_select_t&, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    sdk::HandOutCursor(out, std::make_unique<Cursor>(*this));
    return OkStatus();
  }

 private:
  struct Batch {
    kvs_series_batch_t record = sdk::Record<kvs_series_batch_t>();
    std::deque<std::string> texts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> begin{0}, refs, chunk_begin{0};
    std::vector<kvs_chunk_t> chunks;
    std::deque<std::vector<uint8_t>> bytes;

    uint32_t Add(std::string text) {
      symbols.push_back(sdk::Str(texts.emplace_back(std::move(text))));
      return static_cast<uint32_t>(symbols.size() - 1);
    }
  };
  class Cursor final : public sdk::SeriesCursor {
   public:
    explicit Cursor(BenchSource& source) : source_(source) {}
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (next_ == source_.batches_.size()) return sdk::End();
      out = &source_.batches_[next_++].record;
      return OkStatus();
    }

   private:
    BenchSource& source_;
    size_t next_ = 0;
  };

  void Build(uint32_t first, uint32_t end) {
    Batch& b = batches_.emplace_back();
    const uint32_t metric_name = b.Add("__name__");
    const uint32_t metric = b.Add("m_total");
    const uint32_t instance = b.Add("instance");
    const uint32_t job = b.Add("job");
    std::vector<uint32_t> jobs;
    for (int i = 0; i < 10; ++i) jobs.push_back(b.Add("job-" + std::to_string(i)));
    std::vector<std::pair<uint32_t, uint32_t>> fixed;
    for (int i = 0; i < 7; ++i)
      fixed.emplace_back(b.Add("label_" + std::to_string(i)), b.Add("value-" + std::to_string(i)));
    uint64_t random = first * 2654435761u + 1;
    for (uint32_t s = first; s < end; ++s) {
      b.refs.insert(b.refs.end(), {metric_name, metric, instance,
                                   b.Add("instance-" + std::to_string(s)), job, jobs[s % 10]});
      for (const auto& [name, value] : fixed) b.refs.insert(b.refs.end(), {name, value});
      b.begin.push_back(static_cast<uint32_t>(b.refs.size()));
      double v = s % 1000;
      const int64_t phase = (s * 37) % kStep;  // Scrapes of targets are spread over the interval.
      for (uint32_t i = 0; i < kSamples; i += kSamplesPerChunk) {
        chunk::XorChunkBuilder builder;
        for (uint32_t k = i; k < i + kSamplesPerChunk; ++k) {
          random = random * 6364136223846793005u + 1442695040888963407u;
          v += static_cast<double>(random >> 33 & 63);
          builder.Append(phase + k * kStep, v);
        }
        const auto& stored = b.bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
        b.chunks.push_back({phase + i * kStep, phase + (i + kSamplesPerChunk - 1) * kStep,
                            stored.data(), static_cast<uint32_t>(stored.size()), kSamplesPerChunk,
                            KVS_CHUNK_XOR, 0});
      }
      b.chunk_begin.push_back(static_cast<uint32_t>(b.chunks.size()));
    }
    b.record.n_series = end - first;
    b.record.labels = sdk::Record<kvs_label_columns_t>();
    b.record.labels.n_series = end - first;
    b.record.labels.symbols = b.symbols.data();
    b.record.labels.n_symbols = b.symbols.size();
    b.record.labels.begin = b.begin.data();
    b.record.labels.refs = b.refs.data();
    b.record.chunk_begin = b.chunk_begin.data();
    b.record.chunks = b.chunks.data();
    b.record.release = [](kvs_series_batch_t*) noexcept {};
  }

  std::deque<Batch> batches_;
};

void RunQuery(benchmark::State& state, const char* text, uint32_t n_series, uint32_t steps) {
  BenchSource source(n_series);
  PromqlEngine engine{sdk::Host(), Config()};
  engine.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source));
  const sdk::EngineRef ref(sdk::IfaceOf<sdk::QueryEngine>(&engine));
  const sdk::OwnedCall call("bench");
  auto query = sdk::Record<kvs_query_t>();
  query.flags = KVS_QUERY_RANGE;
  query.text = sdk::Str(text);
  query.end_ms = (kSamples - 2) * kStep;
  query.start_ms = query.end_ms - (steps - 1) * kStep;
  query.step_ms = kStep;
  uint32_t n = 0;
  for (auto _ : state) {
    sdk::Owned<kvs_query_result_t> result;
    const Status status = sdk::Await(ref.query(), call, &query, result.out());
    if (!status.ok()) {
      state.SkipWithError(status.ToString().c_str());
      return;
    }
    n = result->n_series;
  }
  state.SetLabel(text);
  state.counters["series"] = n;
}

/// What the goal for sum by (rate) allows: 6 ns a decoded sample and 15 ns a series-step.
double GoalMs(uint32_t n_series, uint32_t steps) {
  // The query ends one sample before the last, and begins inside of a chunk that is decoded whole.
  const uint32_t decoded = steps + kSamplesPerChunk > kSamples ? kSamples : kSamplesPerChunk;
  return n_series * (6.0 * decoded + 15.0 * steps) * 1e-6;
}

void BM_SumRate(benchmark::State& state) {
  RunQuery(state, "sum(rate(m_total[5m]))", 10'000, 120);
  state.counters["goal_ms"] = GoalMs(10'000, 120);
}
void BM_SumByRate(benchmark::State& state) {
  RunQuery(state, "sum by (job) (rate(m_total[1m]))", 10'000, 120);
  state.counters["goal_ms"] = GoalMs(10'000, 120);
}
void BM_SumWithoutRate(benchmark::State& state) {
  RunQuery(state, "sum without (instance) (rate(m_total[5m]))", 10'000, 120);
}
void BM_Count(benchmark::State& state) {
  RunQuery(state, "count(m_total)", 10'000, 120);
}
void BM_InstantRate(benchmark::State& state) {
  RunQuery(state, "sum(rate(m_total[5m]))", 10'000, 1);
}
void BM_Rate(benchmark::State& state) {
  RunQuery(state, "rate(m_total[5m])", 10'000, 120);
}
void BM_MaxOverTime(benchmark::State& state) {
  RunQuery(state, "sum(max_over_time(m_total[5m]))", 10'000, 120);
}
void BM_MinOverTime(benchmark::State& state) {
  RunQuery(state, "sum(min_over_time(m_total[30m]))", 10'000, 120);
}
void BM_AvgOverTime(benchmark::State& state) {
  RunQuery(state, "sum(avg_over_time(m_total[5m]))", 10'000, 120);
}
void BM_InstantTopk(benchmark::State& state) {
  RunQuery(state, "topk(10, rate(m_total[5m]))", 10'000, 1);
}
void BM_CountByInstance(benchmark::State& state) {
  RunQuery(state, "count(count by (instance, job) (m_total))", 10'000, 31);
}
void BM_Selector(benchmark::State& state) {
  RunQuery(state, "m_total", 10'000, 31);
}
void BM_SumOverTime(benchmark::State& state) {
  RunQuery(state, "sum(sum_over_time(m_total[5m]))", 10'000, 120);
}
void BM_Join(benchmark::State& state) {
  RunQuery(state, "m_total / m_total", 10'000, 31);
}
void BM_Topk(benchmark::State& state) {
  RunQuery(state, "topk(10, rate(m_total[5m]))", 10'000, 120);
}
BENCHMARK(BM_SumRate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_SumByRate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_SumWithoutRate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Count)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_InstantRate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Rate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MaxOverTime)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MinOverTime)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_AvgOverTime)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_InstantTopk)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CountByInstance)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Selector)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_SumOverTime)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Join)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Topk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvs::engine::promql
