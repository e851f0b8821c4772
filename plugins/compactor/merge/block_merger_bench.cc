// SPDX-License-Identifier: Apache-2.0
// CPU of merging, a sample, reading back what was written not included. 2,000 series with ten
// labels and 480 samples each in a block.
#include <benchmark/benchmark.h>

#include "merge/test_blocks.h"

namespace kvs::compactor {
namespace {

using testing::BlockMaker;
using testing::MemoryBlock;
using testing::MemoryOutput;
using testing::OpenBlock;

constexpr int kSeries = 2'000;
constexpr int kChunks = 4;
constexpr int kSamples = 120;

MemoryBlock MakeBlock(int64_t begin, int64_t step) {
  BlockMaker maker;
  for (int s = 0; s < kSeries; ++s) {
    const std::string instance = StrCat("host-", s, ":9100");
    const model::Labels labels{{"__name__", "node_cpu_seconds_total"},
                               {"instance", instance},
                               {"job", "node"},
                               {"cpu", StrCat(s % 8)},
                               {"mode", "idle"},
                               {"cluster", "eu-1"},
                               {"zone", StrCat(s % 3)},
                               {"rack", StrCat(s % 17)},
                               {"team", "core"},
                               {"env", "prod"}};
    for (int c = 0; c < kChunks; ++c) {
      std::vector<double> values;
      for (int i = 0; i < kSamples; ++i) values.push_back(s + 0.25 * (c * kSamples + i));
      maker.AddFloats(labels, begin + c * kSamples * step, step, values);
    }
  }
  return maker.Build();
}

void Merge(benchmark::State& state, const std::vector<MemoryBlock>& blocks, uint64_t shards) {
  uint64_t samples = 0;
  for (auto _ : state) {
    std::deque<OpenBlock> open;
    std::vector<MergeSource> sources;
    for (const MemoryBlock& block : blocks) {
      open.emplace_back(StrCat(sources.size()), block);
      sources.push_back(open.back().source());
    }
    MemoryOutput output;
    const StatusOr<MergeResult> result = MergeBlocks(sources, {.shard_count = shards}, output);
    KVS_CHECK(result.ok());
    samples += result->stats.samples_in;
  }
  state.counters["ns/sample"] = benchmark::Counter(
      static_cast<double>(samples), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr int64_t kStep = 15'000;
constexpr int64_t kBlockMs = kChunks * kSamples * kStep;

void BM_Neighbours(benchmark::State& state) {
  Merge(state, {MakeBlock(0, kStep), MakeBlock(kBlockMs, kStep)}, 1);
}
BENCHMARK(BM_Neighbours)->Unit(benchmark::kMillisecond);

void BM_Replicas(benchmark::State& state) {
  Merge(state, {MakeBlock(0, kStep), MakeBlock(0, kStep), MakeBlock(0, kStep)}, 1);
}
BENCHMARK(BM_Replicas)->Unit(benchmark::kMillisecond);

void BM_Interleaved(benchmark::State& state) {
  Merge(state, {MakeBlock(0, kStep), MakeBlock(kStep / 2, kStep)}, 1);
}
BENCHMARK(BM_Interleaved)->Unit(benchmark::kMillisecond);

void BM_Split(benchmark::State& state) {
  Merge(state, {MakeBlock(0, kStep), MakeBlock(kBlockMs, kStep)}, 4);
}
BENCHMARK(BM_Split)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvs::compactor
