// SPDX-License-Identifier: Apache-2.0
// Writing a block, and what a query does with an index: nanoseconds a series. Series are those of a
// usual fleet: ten labels of which nine are shared widely.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/verify.h"

namespace kvs::tsdb {
namespace {

constexpr uint32_t kSeries = 200'000;
constexpr uint32_t kInstances = 2'000;
constexpr int kChunksOfSeries = 4;
constexpr size_t kChunkBytes = 160;

class CountingSink final : public ByteSink {
 public:
  Status Append(std::span<const uint8_t> bytes) override {
    n += bytes.size();
    return OkStatus();
  }
  uint64_t n = 0;
};

class CountingSegments final : public SegmentOpener {
 public:
  StatusOr<ByteSink*> Open(uint32_t) override { return &sink; }
  CountingSink sink;
};

std::string Padded(uint32_t n) {
  std::string digits = std::to_string(n);
  return std::string(7 - digits.size(), '0') + digits;
}

// Symbols: ten names, then the values that all share, then metrics, then instances.
struct Fleet {
  Fleet() {
    for (int i = 0; i < 10; ++i) symbols.push_back("a_label_" + std::to_string(i));
    for (int i = 0; i < 8; ++i) symbols.push_back("b_value_" + std::to_string(i));
    for (uint32_t i = 0; i < kSeries / kInstances; ++i) symbols.push_back("c_metric_" + Padded(i));
    for (uint32_t i = 0; i < kInstances; ++i) symbols.push_back("d_instance_" + Padded(i));
  }
  std::vector<SymbolPair> Labels(uint32_t series) const {
    const uint32_t n_metrics = kSeries / kInstances;
    std::vector<SymbolPair> out = {{0, 18 + series / kInstances}};
    for (uint32_t i = 1; i < 9; ++i) out.push_back({i, 9 + i});
    out.push_back({9, 18 + n_metrics + series % kInstances});
    return out;
  }
  std::vector<std::string> symbols;
};

template <typename Writer>
void WriteSymbols(Writer& writer) {
  for (const std::string& text : Fleet().symbols) KVS_CHECK(writer.AddSymbol(text).ok());
}

Bytes MakeIndex() {
  const Fleet fleet;
  MemorySink sink;
  IndexWriter writer(sink);
  WriteSymbols(writer);
  for (uint32_t i = 0; i < kSeries; ++i) {
    std::vector<ChunkMeta> chunks;
    for (int k = 0; k < kChunksOfSeries; ++k) {
      chunks.push_back({k * 1'800'000, k * 1'800'000 + 1'785'000, (i * 4ull + k) * 170 + 8});
    }
    KVS_CHECK(writer.AddSeries(fleet.Labels(i), chunks).ok());
  }
  KVS_CHECK(writer.Finish().ok());
  return sink.Take();
}

void WriteBlock(benchmark::State& state) {
  const Fleet fleet;
  const Bytes bytes(kChunkBytes, 0x5a);
  std::vector<std::vector<SymbolPair>> labels;
  for (uint32_t i = 0; i < kSeries; ++i) labels.push_back(fleet.Labels(i));
  for (auto _ : state) {
    CountingSink index;
    CountingSegments segments;
    BlockWriter writer(index, segments);
    WriteSymbols(writer);
    ChunkData chunks[kChunksOfSeries];
    for (int k = 0; k < kChunksOfSeries; ++k) {
      chunks[k] = {k * 1'800'000, k * 1'800'000 + 1'785'000, chunk::Encoding::kXor, bytes};
    }
    for (uint32_t i = 0; i < kSeries; ++i) KVS_CHECK(writer.AddSeries(labels[i], chunks).ok());
    KVS_CHECK(writer.Finish().ok());
    state.counters["index_bytes_per_series"] = static_cast<double>(index.n) / kSeries;
  }
  state.SetItemsProcessed(state.iterations() * kSeries);
}
BENCHMARK(WriteBlock)->Unit(benchmark::kMillisecond);

void ReadHeader(benchmark::State& state) {
  const Bytes index = MakeIndex();
  const MemorySource source(index);
  for (auto _ : state) {
    const IndexHeader header = IndexHeader::Read(source).value();
    state.counters["memory_bytes"] = static_cast<double>(header.MemoryBytes());
  }
}
BENCHMARK(ReadHeader)->Unit(benchmark::kMicrosecond);

// Of the matchers of a usual query: a metric, and instances by regular expression.
void Select(benchmark::State& state) {
  const Bytes index = MakeIndex();
  const MemorySource source(index);
  const IndexHeader header = IndexHeader::Read(source).value();
  const model::Matcher matchers[] = {
      model::Matcher::Make(model::MatchType::kEqual, "a_label_0", "c_metric_0000042").value(),
      model::Matcher::Make(model::MatchType::kEqual, "a_label_3", "b_value_2").value(),
      model::Matcher::Make(model::MatchType::kRegex, "a_label_9", "d_instance_.*[02468]").value()};
  size_t n = 0;
  for (auto _ : state) {
    const SelectionPlan plan = PlanSelection(header, matchers).value();
    n = RunSelection(plan, source).value().size();
  }
  state.counters["series"] = static_cast<double>(n);
}
BENCHMARK(Select)->Unit(benchmark::kMicrosecond);

void ReadSeries(benchmark::State& state) {
  const Bytes index = MakeIndex();
  const MemorySource source(index);
  const IndexHeader header = IndexHeader::Read(source).value();
  const SeriesSet all = RunSelection(PlanSelection(header, {}).value(), source).value();
  for (auto _ : state) {
    SymbolResolver symbols(header);
    SeriesCursor cursor(header.layout(), source, all);
    while (cursor.Next()) {
      if (state.range(0) == 1) {
        benchmark::DoNotOptimize(ResolveLabels(cursor.entry(), symbols).value());
      }
    }
    KVS_CHECK(cursor.status().ok());
  }
  state.SetLabel(state.range(0) == 1 ? "with labels" : "numbers only");
  state.SetItemsProcessed(state.iterations() * kSeries);
}
BENCHMARK(ReadSeries)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void VerifyWholeIndex(benchmark::State& state) {
  const Bytes index = MakeIndex();
  const MemorySource source(index);
  for (auto _ : state) KVS_CHECK(VerifyIndex(source).ok());
  state.SetItemsProcessed(state.iterations() * kSeries);
}
BENCHMARK(VerifyWholeIndex)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvs::tsdb
