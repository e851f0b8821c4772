// SPDX-License-Identifier: Apache-2.0
// Random topologies of up to a thousand instances: replication sets, balance, and that little
// moves.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/ring/shuffle.h"
#include "kvs/ring/token_table.h"
#include "kvs/ring/tokens.h"

namespace kvs::ring {
namespace {

constexpr uint32_t kTokens = 512;

struct Topology {
  struct Instance {
    std::string id;
    std::vector<uint32_t> tokens;
    uint16_t zone;
    bool takes = true, healthy = true;
  };
  std::vector<Instance> instances;
  uint32_t n_zones = 0;

  void Add(uint32_t number) {
    const std::string id = StrCat("ingester-", number);
    instances.push_back(
        {id, TokensOf(id, kTokens), static_cast<uint16_t>(n_zones == 0 ? 0 : number % n_zones)});
  }
  std::vector<Member> Members() const {
    std::vector<Member> members;
    for (const Instance& i : instances) members.push_back({i.tokens, i.zone, i.takes, i.healthy});
    return members;
  }
  TokenTable Table(uint32_t copies) const {
    return TokenTable(Members(), {.replication_factor = copies, .n_zones = n_zones});
  }
  std::vector<std::string_view> Zones() const {
    static constexpr std::string_view kNames[] = {"zone-a", "zone-b", "zone-c", "zone-d", "zone-e"};
    return {kNames, kNames + std::max<uint32_t>(1, n_zones)};
  }
  Shuffler Shuffle() const {
    std::vector<ShardMember> members;
    for (const Instance& i : instances) members.push_back({.tokens = i.tokens, .zone = i.zone});
    return Shuffler(members, Zones());
  }
};

std::vector<uint32_t> Positions(uint64_t seed, size_t n) {
  Random random(seed);
  std::vector<uint32_t> out(n);
  for (uint32_t& position : out) position = random.Next32();
  return out;
}

std::vector<uint32_t> Owners(const TokenTable& table, const std::vector<uint32_t>& positions,
                             uint32_t copies) {
  std::vector<uint32_t> out(positions.size() * copies);
  table.Owners(positions.data(), positions.size(), out.data());
  return out;
}

TEST(RingPropertyTest, ReplicationSetsAreDistinctTakingAndSpreadOverZones) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    Topology topology;
    topology.n_zones = random.Next32() % 6;
    if (topology.n_zones == 1) topology.n_zones = 0;
    const uint32_t n = seed % 30 == 0 ? 1000 : 1 + random.Next32() % 60;
    for (uint32_t i = 0; i < n; ++i) {
      topology.Add(i);
      topology.instances.back().takes = random.Next32() % 8 != 0;
      topology.instances.back().healthy = random.Next32() % 8 != 0;
    }
    const uint32_t copies = 1 + random.Next32() % 5;
    const uint32_t share =
        topology.n_zones == 0 ? copies : (copies + topology.n_zones - 1) / topology.n_zones;
    // What can be had: of each zone its share of those who take.
    std::map<uint16_t, uint32_t> taking;
    for (const auto& i : topology.instances) taking[i.zone] += i.takes ? 1 : 0;
    uint32_t reachable = 0;
    for (const auto& [zone, count] : taking) reachable += std::min(count, share);
    reachable = std::min(reachable, copies);
    const auto positions = Positions(seed, 500);
    const auto owners = Owners(topology.Table(copies), positions, copies);
    // The same with everybody healthy: the slots that health empties.
    Topology healthy = topology;
    for (auto& i : healthy.instances) i.healthy = true;
    const auto all = Owners(healthy.Table(copies), positions, copies);

    for (size_t p = 0; p < positions.size(); ++p) {
      std::set<uint32_t> distinct;
      std::map<uint16_t, uint32_t> in_zone;
      for (uint32_t c = 0; c < copies; ++c) {
        const uint32_t member = all[p * copies + c];
        if (member == TokenTable::kNobody) continue;
        ASSERT_LT(member, n);
        const auto& instance = topology.instances[member];
        EXPECT_TRUE(instance.takes) << "seed " << seed;
        EXPECT_TRUE(distinct.insert(member).second) << "seed " << seed << ": one instance twice";
        EXPECT_LE(++in_zone[instance.zone], share) << "seed " << seed;
        EXPECT_EQ(owners[p * copies + c], instance.healthy ? member : TokenTable::kNobody) << "seed " << seed;
      }
      ASSERT_EQ(distinct.size(), reachable)
          << "seed " << seed << ", " << n << " instances, " << topology.n_zones << " zones";
    }
  }
}

TEST(RingPropertyTest, OwnersAreThoseOfASimpleWalk) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Topology topology;
    topology.n_zones = seed % 2 == 0 ? 3 : 0;
    for (uint32_t i = 0; i < 3 + seed; ++i) topology.Add(i);
    std::map<uint32_t, uint32_t> circle;
    for (uint32_t m = topology.instances.size(); m-- > 0;) {
      for (const uint32_t token : topology.instances[m].tokens) circle[token] = m;
    }
    const auto positions = Positions(seed, 300);
    const auto owners = Owners(topology.Table(3), positions, 3);

    for (size_t p = 0; p < positions.size(); ++p) {
      std::vector<uint32_t> want;
      std::set<uint16_t> zones;
      for (auto at = circle.upper_bound(positions[p]); want.size() < 3; ++at) {
        if (at == circle.end()) at = circle.begin();
        if (std::find(want.begin(), want.end(), at->second) != want.end()) continue;
        if (topology.n_zones > 0 && !zones.insert(topology.instances[at->second].zone).second)
          continue;
        want.push_back(at->second);
      }
      ASSERT_EQ(std::vector<uint32_t>(owners.begin() + p * 3, owners.begin() + p * 3 + 3), want)
          << "seed " << seed;
    }
  }
}

TEST(RingPropertyTest, SeriesAreSpreadEvenly) {
  for (const uint32_t n : {3u, 12u, 99u, 999u}) {
    for (const uint32_t n_zones : {0u, 3u}) {
      Topology topology;
      topology.n_zones = n_zones;
      for (uint32_t i = 0; i < n; ++i) topology.Add(i);
      std::vector<double> has(n);
      const size_t per_instance = 1000;
      for (const uint32_t owner : Owners(topology.Table(3), Positions(n, n * per_instance), 3))
        has[owner] += 1;
      const double mean = 3.0 * per_instance;

      EXPECT_LT(*std::max_element(has.begin(), has.end()), 1.25 * mean)
          << n << " instances, " << n_zones << " zones";
      EXPECT_GT(*std::min_element(has.begin(), has.end()), 0.75 * mean)
          << n << " instances, " << n_zones << " zones";
    }
  }
}

TEST(RingPropertyTest, ANewInstanceTakesItsShareAndNothingElseMoves) {
  for (const uint32_t n : {3u, 9u, 60u, 999u}) {
    Topology before;
    before.n_zones = n % 3 == 0 ? 3 : 0;
    for (uint32_t i = 0; i < n; ++i) before.Add(i);
    Topology after = before;
    after.Add(n);
    const auto positions = Positions(n, 20'000);
    const auto old_owners = Owners(before.Table(3), positions, 3),
               new_owners = Owners(after.Table(3), positions, 3);
    size_t moved = 0;

    for (size_t p = 0; p < positions.size(); ++p) {
      const std::set<uint32_t> a(old_owners.begin() + p * 3, old_owners.begin() + p * 3 + 3);
      const std::set<uint32_t> b(new_owners.begin() + p * 3, new_owners.begin() + p * 3 + 3);
      if (a == b) continue;
      ++moved;
      ASSERT_TRUE(b.contains(n)) << "a series moved between two that were there before";
      std::set<uint32_t> kept = b;
      kept.erase(n);
      ASSERT_TRUE(std::includes(a.begin(), a.end(), kept.begin(), kept.end()))
          << "more than one owner of a series changed";
    }

    // With zones the first of a fourth machine shares the work of one zone with one that was there:
    // a half of it.
    const double share = before.n_zones == 0 ? 3.0 / (n + 1) : 1.0 / (n / before.n_zones + 1);
    EXPECT_LT(static_cast<double>(moved) / positions.size(), 1.3 * share) << n;
    EXPECT_GT(static_cast<double>(moved) / positions.size(), 0.7 * share) << n;
  }
}

std::set<std::string> Shard(const Topology& topology, const Shuffler& shuffler,
                            const ShardQuery& query) {
  std::set<std::string> ids;
  for (const uint32_t i : shuffler.Choose(query)) ids.insert(topology.instances[i].id);
  return ids;
}

size_t Difference(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out.size();
}

TEST(RingPropertyTest, ShardsHaveTheirSizeInEveryZoneAndChangeByOneAtMost) {
  for (const uint32_t n : {9u, 60u, 999u}) {
    for (const uint32_t n_zones : {0u, 3u}) {
      Topology before;
      before.n_zones = n_zones;
      for (uint32_t i = 0; i < n; ++i) before.Add(i);
      Topology after = before;
      after.Add(n);
      const Shuffler shuffle_before = before.Shuffle(), shuffle_after = after.Shuffle();
      for (uint32_t t = 0; t < 200; ++t) {
        const std::string tenant = StrCat("tenant-", t);
        const ShardQuery query{.tenant = tenant, .size = 6};
        const auto a = Shard(before, shuffle_before, query), b = Shard(after, shuffle_after, query);
        std::map<uint16_t, size_t> in_zone;
        for (const uint32_t i : shuffle_before.Choose(query)) ++in_zone[before.instances[i].zone];

        ASSERT_EQ(a.size(), 6u);
        for (const auto& [zone, count] : in_zone) EXPECT_EQ(count, n_zones == 0 ? 6u : 2u);
        ASSERT_LE(Difference(a, b), 1u) << tenant << ": a new instance pushed out more than one";
        ASSERT_LE(Difference(b, a), 1u);
      }
    }
  }
}

TEST(RingPropertyTest, ShardsOfTenantsAreDifferent) {
  Topology topology;
  for (uint32_t i = 0; i < 50; ++i) topology.Add(i);
  const Shuffler shuffler = topology.Shuffle();
  std::vector<std::set<std::string>> shards;
  for (uint32_t t = 0; t < 200; ++t)
    shards.push_back(Shard(topology, shuffler, {.tenant = StrCat("tenant-", t), .size = 4}));
  size_t pairs = 0, same = 0, none = 0;

  for (size_t a = 0; a < shards.size(); ++a) {
    for (size_t b = a + 1; b < shards.size(); ++b) {
      ++pairs;
      const size_t shared = 4 - Difference(shards[a], shards[b]);
      same += shared == 4 ? 1 : 0;
      none += shared == 0 ? 1 : 0;
    }
  }

  // Of 50 instances and shards of 4 the odds are 71 % for none in common, and 0.0004 % for all.
  EXPECT_GT(none, pairs * 65 / 100);
  EXPECT_LT(none, pairs * 77 / 100);
  EXPECT_LE(same, 2u);
}

TEST(RingPropertyTest, ALookbackCoversEveryShardOfThePast) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed);
    Topology topology;
    topology.n_zones = seed % 2 == 0 ? 3 : 0;
    const uint32_t n = 6 + random.Next32() % 40;
    std::vector<int64_t> registered;
    std::vector<ShardMember> members;
    for (uint32_t i = 0; i < n; ++i) {
      topology.Add(i);
      registered.push_back(i < n / 2 ? 1 : 1 + random.Next32() % 1000);
    }
    for (uint32_t i = 0; i < n; ++i) {
      members.push_back({.tokens = topology.instances[i].tokens,
                         .zone = topology.instances[i].zone,
                         .registered_ms = registered[i]});
    }
    const Shuffler now(members, topology.Zones());
    for (uint32_t t = 0; t < 20; ++t) {
      const std::string tenant = StrCat("tenant-", t);
      const int64_t since = 500;
      const auto with_past =
          Shard(topology, now, {.tenant = tenant, .size = 6, .write = false, .since_ms = since});
      // As it was at several moments since then.
      for (const int64_t moment : {int64_t{499}, int64_t{600}, int64_t{800}, int64_t{1001}}) {
        Topology then;
        then.n_zones = topology.n_zones;
        for (uint32_t i = 0; i < n; ++i) {
          if (registered[i] <= moment) then.instances.push_back(topology.instances[i]);
        }
        const auto shard = Shard(then, then.Shuffle(), {.tenant = tenant, .size = 6});
        ASSERT_EQ(Difference(shard, with_past), 0u)
            << "seed " << seed << ", " << tenant << " at " << moment;
      }
    }
  }
}

TEST(RingPropertyTest, ReadOnlyMembersAreReadForAsLongAsTheyHoldSomething) {
  Topology topology;
  for (uint32_t i = 0; i < 20; ++i) topology.Add(i);
  std::vector<ShardMember> members;
  for (const auto& i : topology.instances)
    members.push_back({.tokens = i.tokens, .registered_ms = 1});
  const std::vector<std::string_view> zones{""};
  const ShardQuery write{.tenant = "t", .size = 4};
  const auto before = Shuffler(members, zones).Choose(write);
  members[before[0]].read_only = true;
  members[before[0]].read_only_since_ms = 1000;
  const Shuffler after(members, zones);

  const auto writes = after.Choose(write);
  const auto reads = after.Choose({.tenant = "t", .size = 4, .write = false, .since_ms = 900});
  const auto later = after.Choose({.tenant = "t", .size = 4, .write = false, .since_ms = 1100});

  EXPECT_EQ(writes.size(), 4u);
  EXPECT_FALSE(std::binary_search(writes.begin(), writes.end(), before[0]));
  EXPECT_TRUE(std::binary_search(reads.begin(), reads.end(), before[0]));
  EXPECT_TRUE(std::includes(reads.begin(), reads.end(), writes.begin(), writes.end()));
  EXPECT_EQ(later, writes);
}

}  // namespace
}  // namespace kvs::ring
