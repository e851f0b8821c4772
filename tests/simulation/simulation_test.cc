// SPDX-License-Identifier: Apache-2.0
// The simulation in small: what must hold of every cluster, and that a seed says everything.
#include <gtest/gtest.h>

#include "compaction.h"
#include "failover.h"
#include "fairness.h"
#include "spread.h"

namespace kvs::simulation {
namespace {

TEST(SimulationTest, SeriesAreSpreadEvenlyAndShardsKeepTenantsApart) {
  const WorldOptions world{.instances = 60, .zones = 3};
  const auto tenants = TenantsOf(100, 600'000, world);

  const Spread off = SpreadOf(world, tenants, false, 1), on = SpreadOf(world, tenants, true, 1);

  EXPECT_GT(off.instances.least, 0.85);
  EXPECT_LT(off.instances.most, 1.15);
  EXPECT_NEAR(off.zones.most, 1, 1e-9) << "each zone has one copy of everything";
  EXPECT_EQ(off.instances_per_tenant, 60);
  EXPECT_NEAR(on.zones.most, 1, 1e-9);
  EXPECT_LT(on.instances_per_tenant, 15);
  EXPECT_GT(on.pairs_apart, off.pairs_apart);
  EXPECT_LT(on.instances.most, 2.5);
  EXPECT_EQ(on.instances.most, SpreadOf(world, tenants, true, 1).instances.most);
}

TEST(SimulationTest, NoMoreMovesThanMust) {
  const WorldOptions world{.instances = 60, .zones = 3};
  for (const uint32_t after : {63u, 57u}) {
    const Movement movement = MovementOf(world, after, 50'000, 1);
    EXPECT_LT(movement.moved, 1.3 * movement.needed) << after;
    EXPECT_GT(movement.moved, 0.7 * movement.needed) << after;
    EXPECT_EQ(movement.between, 0) << after;
  }
}

TEST(SimulationTest, AZoneMayDieAndWithoutZonesOneInstanceMay) {
  FailoverOptions options{.world = {.instances = 12, .zones = 3}, .draws = 2'000};
  const Failover zone = FailoverOf(options, Death::kZone);
  EXPECT_EQ(zone.died, 4u);
  EXPECT_EQ(zone.writes_refused, 0);
  EXPECT_TRUE(zone.reads_complete);
  EXPECT_GT(zone.asked_in_vain_ms, 40'000);
  EXPECT_LT(zone.asked_in_vain_ms, 80'000);
  EXPECT_LE(zone.work_taken_over_ms, 80'000);
  EXPECT_GE(zone.copies_whole_ms, 580'000);
  EXPECT_LE(zone.copies_whole_ms, 630'000);

  options.world.zones = 0;
  const Failover instance = FailoverOf(options, Death::kInstance);
  EXPECT_EQ(instance.writes_refused, 0);
  EXPECT_TRUE(instance.reads_complete);
  const Failover two = FailoverOf(options, Death::kTwoInstances);
  EXPECT_GT(two.writes_refused, 0);
  EXPECT_EQ(two.writes_whole_ms, two.copies_whole_ms) << "until they are forgotten";
  EXPECT_FALSE(two.reads_complete);
}

TEST(SimulationTest, ALargeTenantDoesNotTakeWhatSmallOnesAskFor) {
  FairnessOptions options{
      .queriers = 5, .places_per_querier = 4, .small_tenants = 10, .horizon_ms = 60'000};
  options.large_load = 0;
  const Fairness quiet = FairnessOf(options);
  EXPECT_EQ(quiet.small_refused, 0u);
  EXPECT_NEAR(quiet.small_share, 0.3, 0.06);

  options.large_load = 10;
  const Fairness flooded = FairnessOf(options);
  EXPECT_EQ(flooded.small_refused, 0u);
  EXPECT_NEAR(flooded.small_share, quiet.small_share, 0.06);
  EXPECT_GT(flooded.large_refused, 0.8);
  EXPECT_LT(flooded.small_wait_p99_ms, 2 * options.query_ms) << "a place or two must become free";
}

TEST(SimulationTest, CompactorsThatSufficeLeaveOneBlockADayAndShard) {
  const Compaction found = CompactionOf({.series = 1'000'000,
                                         .ingesters = 6,
                                         .shards = 2,
                                         .split_groups = 2,
                                         .compactors = 4,
                                         .days = 4});
  EXPECT_EQ(found.blocks_shipped, 4u * 12 * 6);
  EXPECT_GT(found.splits, 0u);
  EXPECT_EQ(found.blocks_left_old, 2u * 2) << "of two days, a block for each shard";
  EXPECT_LT(found.busy, 1);
  EXPECT_LE(found.oldest_hours, 2);
}

}  // namespace
}  // namespace kvs::simulation
