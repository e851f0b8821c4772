// SPDX-License-Identifier: Apache-2.0
// Lookups in rings of several sizes, a thousand positions at a time.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "kvs/base/str_cat.h"
#include "kvs/ring/token_table.h"
#include "kvs/ring/tokens.h"

namespace kvs::ring {
namespace {

void BM_Owners(benchmark::State& state) {
  const auto n_zones = static_cast<uint32_t>(state.range(1));
  std::vector<std::vector<uint32_t>> tokens;
  for (int64_t i = 0; i < state.range(0); ++i)
    tokens.push_back(TokensOf(StrCat("ingester-", i), 512));
  std::vector<Member> members;
  for (size_t i = 0; i < tokens.size(); ++i)
    members.push_back(
        {.tokens = tokens[i], .zone = static_cast<uint16_t>(n_zones == 0 ? 0 : i % n_zones)});
  const TokenTable table(members, {.replication_factor = 3, .n_zones = n_zones});
  Random random(1);
  std::vector<uint32_t> positions(1000), out(3000);
  for (auto _ : state) {
    state.PauseTiming();
    for (uint32_t& position : positions) position = random.Next32();
    state.ResumeTiming();
    table.Owners(positions.data(), positions.size(), out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(positions.size()));
}
BENCHMARK(BM_Owners)->Args({3, 0})->Args({3, 3})->Args({30, 3})->Args({1000, 0})->Args({1000, 3});

}  // namespace
}  // namespace kvs::ring
