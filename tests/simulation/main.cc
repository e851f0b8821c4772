// SPDX-License-Identifier: Apache-2.0
// kvasir-simulation: the figures of docs/scaling.md, as tables.
//
// usage: kvasir-simulation [--series N] [--instances N] [--tenants N] [--seed N]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string_view>
#include <utility>
#include <vector>

#include "compaction.h"
#include "failover.h"
#include "fairness.h"
#include "spread.h"

namespace kvs::simulation {
namespace {

struct Options {
  uint64_t series = 1'000'000'000;
  uint32_t instances = 1000;
  uint32_t tenants = 1000;
  uint64_t seed = 1;
};

void ShowSpread(const Options& options) {
  std::puts(
      "\n| zones | shuffle-sharding | instances of a tenant, mean | pairs of tenants that share "
      "none | "
      "copies an instance, mean | least | most | deviation | fullest zone |\n"
      "|---|---|---|---|---|---|---|---|---|");
  struct Case {
    uint32_t zones;
    bool shuffled;
  };
  std::vector<std::pair<Case, std::future<Spread>>> running;
  for (const Case& one : {Case{3, false}, Case{3, true}, Case{0, false}, Case{0, true}}) {
    running.emplace_back(one, std::async(std::launch::async, [options, one] {
                           const WorldOptions world{.instances = options.instances,
                                                    .zones = one.zones};
                           return SpreadOf(world, TenantsOf(options.tenants, options.series, world),
                                           one.shuffled, options.seed);
                         }));
  }
  for (auto& [one, found] : running) {
    const Spread spread = found.get();
    std::printf("| %s | %s | %.1f | %.1f %% | %.0f | %.3f | %.3f | %.3f | %.4f |\n",
                one.zones == 0 ? "do not count" : "3", one.shuffled ? "on" : "off",
                spread.instances_per_tenant, 100 * spread.pairs_apart, spread.instances.mean,
                spread.instances.least, spread.instances.most, spread.instances.deviation,
                spread.zones.most);
    std::fflush(stdout);
  }
}

void ShowMovement(const Options& options) {
  std::puts(
      "\n| instances | zones | copies that move | that must | between instances that stay "
      "|\n|---|---|---|---|---|");
  for (const uint32_t zones : {0u, 3u}) {
    const WorldOptions world{.instances = options.instances, .zones = zones};
    const uint32_t n = options.instances;
    for (const uint32_t after : {n + 1, n + 3, n + n / 10, n - 1, n - n / 10, n / 2}) {
      const Movement movement =
          MovementOf(world, after, std::min<uint64_t>(options.series, 3'000'000), options.seed);
      std::printf("| %u to %u | %s | %.3f %% | %.3f %% | %.4f %% |\n", n, after,
                  zones == 0 ? "do not count" : "3", 100 * movement.moved, 100 * movement.needed,
                  100 * movement.between);
      std::fflush(stdout);
    }
  }
}

void ShowFailover(const Options& options) {
  std::puts(
      "\n| death of | zones | instances | writes refused, at most | until | reads complete | dead "
      "are asked first | "
      "work has other owners after | copies are whole after "
      "|\n|---|---|---|---|---|---|---|---|---|");
  struct Case {
    Death death;
    const char* name;
  };
  const auto seconds = [](int64_t ms) { return ms < 0 ? -1.0 : static_cast<double>(ms) / 1000; };
  for (const uint32_t zones : {3u, 0u}) {
    for (const Case& one :
         {Case{Death::kInstance, "an instance"}, Case{Death::kTwoInstances, "two instances"},
          Case{Death::kZone, "a third of all, which is a zone"}}) {
      const FailoverOptions run{.world = {.instances = options.instances, .zones = zones},
                                .seed = options.seed};
      const Failover found = FailoverOf(run, one.death);
      std::printf("| %s | %s | %u | %.4f %% | %.0f s | %s | %.0f s | %.0f s | %.0f s |\n", one.name,
                  zones == 0 ? "do not count" : "3", found.died, 100 * found.writes_refused,
                  seconds(found.writes_whole_ms), found.reads_complete ? "yes" : "no: 503",
                  seconds(found.asked_in_vain_ms), seconds(found.work_taken_over_ms),
                  seconds(found.copies_whole_ms));
      std::fflush(stdout);
    }
  }
}

void ShowFairness(const Options& options) {
  std::puts(
      "\n| large tenant asks for | queriers of a tenant | it has, of the queriers' time | it is "
      "refused | "
      "small ones have | a small one waits, p50 | p99 | is refused "
      "|\n|---|---|---|---|---|---|---|---|");
  for (const double load : {0.0, 1.0, 10.0}) {
    for (const int64_t spread : {0, 10}) {
      const Fairness found =
          FairnessOf({.large_load = load, .spread = spread, .seed = options.seed});
      std::printf(
          "| %.0f x all | %s | %.0f %% | %.0f %% | %.0f %% of 30 %% | %lld ms | %lld ms | %llu of "
          "%llu |\n",
          load, spread == 0 ? "all 50" : "10", 100 * found.large_share, 100 * found.large_refused,
          100 * found.small_share, static_cast<long long>(found.small_wait_p50_ms),
          static_cast<long long>(found.small_wait_p99_ms),
          static_cast<unsigned long long>(found.small_refused),
          static_cast<unsigned long long>(found.small_queries));
      std::fflush(stdout);
    }
  }
}

void ShowCompaction(const Options& options) {
  std::puts(
      "\n| active series | ingesters | shards | compactors | blocks a day | jobs a day | longest "
      "job | largest job | "
      "busy | backlog, at most | blocks older than two days | CPU a day "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|---|");
  struct Case {
    uint64_t series;
    uint32_t ingesters;
    uint64_t shards;
    uint32_t compactors;
  };
  for (const Case& one : {Case{1'000'000, 9, 0, 1}, Case{10'000'000, 30, 8, 4},
                          Case{100'000'000, 300, 48, 30}, Case{1'000'000'000, 1000, 96, 300}}) {
    const CompactionOptions run{.series = one.series,
                                .ingesters = one.ingesters,
                                .shards = one.shards,
                                .split_groups = std::max<uint64_t>(1, one.shards),
                                .compactors = one.compactors,
                                .seed = options.seed};
    const Compaction found = CompactionOf(run);
    const double days = static_cast<double>(run.days);
    std::printf(
        "| %llu M | %u | %llu | %u | %.0f | %.0f | %.1f h | %llu blocks, %.1f M series | %.0f %% | "
        "%.1f h | %llu | %.0f h |\n",
        static_cast<unsigned long long>(one.series / 1'000'000), one.ingesters,
        static_cast<unsigned long long>(one.shards), one.compactors,
        static_cast<double>(found.blocks_shipped) / days, static_cast<double>(found.jobs) / days,
        found.job_hours_most, static_cast<unsigned long long>(found.job_blocks_most),
        static_cast<double>(found.job_series_most) / 1e6, 100 * found.busy,
        found.backlog_hours_most, static_cast<unsigned long long>(found.blocks_left_old),
        found.cpu_hours_a_day);
    std::fflush(stdout);
  }
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view key = argv[i];
    const uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (key == "--series") {
      options.series = value;
    } else if (key == "--instances") {
      options.instances = static_cast<uint32_t>(value);
    } else if (key == "--tenants") {
      options.tenants = static_cast<uint32_t>(value);
    } else if (key == "--seed") {
      options.seed = value;
    } else {
      std::fprintf(
          stderr,
          "usage: kvasir-simulation [--series N] [--instances N] [--tenants N] [--seed N]\n");
      return 2;
    }
  }
  std::printf("%llu series, %u instances, %u tenants, seed %llu\n",
              static_cast<unsigned long long>(options.series), options.instances, options.tenants,
              static_cast<unsigned long long>(options.seed));
  ShowFailover(options);
  ShowFairness(options);
  ShowCompaction(options);
  ShowMovement(options);
  ShowSpread(options);
  return 0;
}

}  // namespace
}  // namespace kvs::simulation

int main(int argc, char** argv) {
  return kvs::simulation::Main(argc, argv);
}
