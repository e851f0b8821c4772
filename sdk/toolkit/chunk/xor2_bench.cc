// SPDX-License-Identifier: Apache-2.0
// XOR2 chunks of 120 samples, as xor_bench.cc measures XOR chunks: without start timestamps, and
// with one that changes half-way.

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "kvs/chunk/xor2.h"

namespace kvs::chunk {
namespace {

constexpr size_t kSamples = 120;
constexpr size_t kSeries = 1000;  // Enough that the branch predictor cannot learn the data.

enum Shape { kConstant, kCounter, kGauge, kJitter, kRandomBits };
constexpr const char* kShapeNames[] = {"constant", "counter", "gauge_2_decimals",
                                       "counter_with_jitter", "random_bits"};

struct Series {
  std::array<int64_t, kSamples> t;
  std::array<double, kSamples> v;
};

std::vector<Series> MakeSeries(int shape) {
  std::mt19937_64 random(static_cast<uint64_t>(shape));
  std::vector<Series> all(kSeries);
  for (Series& s : all) {
    int64_t t = 1'700'000'000'000;
    double v = static_cast<double>(random() % 100'000);
    for (size_t i = 0; i < kSamples; ++i) {
      s.t[i] = t += 15'000 + (shape == kJitter ? static_cast<int64_t>(random() % 11) - 5 : 0);
      switch (shape) {
        case kConstant:
          break;
        case kGauge:
          v = static_cast<double>(random() % 10'000) / 100;
          break;
        case kRandomBits:
          v = std::bit_cast<double>(random());
          break;
        default:
          v += static_cast<double>(random() % 200);
      }
      s.v[i] = v;
    }
  }
  return all;
}

void Report(benchmark::State& state, size_t bytes) {
  const double samples = static_cast<double>(kSeries * kSamples);
  state.SetLabel(kShapeNames[state.range(0)]);
  state.counters["ns_per_sample"] = benchmark::Counter(
      samples * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_sample"] = static_cast<double>(bytes) / samples;
}

int64_t StartOf(const benchmark::State& state, size_t i) {
  return state.range(1) == 0 ? 0 : 1'600'000'000'000 + (i < kSamples / 2 ? 0 : 60'000);
}

void Xor2Append120(benchmark::State& state) {
  const std::vector<Series> all = MakeSeries(static_cast<int>(state.range(0)));
  std::vector<uint8_t> slab(8192);
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const Series& s : all) {
      BitBuffer out{slab.data(), 0, static_cast<uint32_t>(slab.size())};
      Xor2State xor2;
      for (size_t i = 0; i < kSamples; ++i)
        Xor2Append(xor2, out, StartOf(state, i), s.t[i], s.v[i]);
      bytes += Xor2Finish(xor2, out).size();
    }
    benchmark::ClobberMemory();
  }
  Report(state, bytes);
}
BENCHMARK(Xor2Append120)
    ->ArgsProduct({{kConstant, kCounter, kGauge, kJitter, kRandomBits}, {0, 1}});

void Xor2Decode120(benchmark::State& state) {
  std::vector<std::vector<uint8_t>> chunks;
  size_t bytes = 0;
  for (const Series& s : MakeSeries(static_cast<int>(state.range(0)))) {
    Xor2ChunkBuilder builder;
    for (size_t i = 0; i < kSamples; ++i) builder.Append(StartOf(state, i), s.t[i], s.v[i]);
    chunks.emplace_back(builder.bytes().begin(), builder.bytes().end());
    bytes += chunks.back().size();
  }
  std::array<int64_t, kSamples> t;
  std::array<int64_t, kSamples> start;
  std::array<double, kSamples> v;
  for (auto _ : state) {
    for (const auto& chunk : chunks) {
      Xor2Decoder decoder(chunk);
      int64_t* const starts = state.range(1) == 0 ? nullptr : start.data();
      if (decoder.NextBatch(t.data(), v.data(), starts, kSamples) != kSamples) std::abort();
      benchmark::ClobberMemory();
    }
  }
  Report(state, bytes);
}
BENCHMARK(Xor2Decode120)
    ->ArgsProduct({{kConstant, kCounter, kGauge, kJitter, kRandomBits}, {0, 1}});

}  // namespace
}  // namespace kvs::chunk
