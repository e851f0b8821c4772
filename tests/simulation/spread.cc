// SPDX-License-Identifier: Apache-2.0
#include "spread.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "kvs/sdk/str.h"

namespace kvs::simulation {
namespace {

constexpr size_t kBatch = 1 << 16;

/// Who has a copy of each of these positions: `copies` slots each, as numbers of `names`.
class OwnersOf {
 public:
  OwnersOf(const std::shared_ptr<const ring::kv::Picture>& picture, const std::string& tenant,
           uint32_t shard_size, std::map<std::string, uint32_t, std::less<>>& names)
      : snapshot_(SnapshotOf(picture, tenant, KVS_RING_WRITE, shard_size)) {
    for (uint32_t i = 0; i < snapshot_->n_instances; ++i) {
      const auto number = static_cast<uint32_t>(names.size());
      name_.push_back(
          names.try_emplace(sdk::Text(snapshot_->instances[i].id), number).first->second);
    }
  }
  const std::vector<uint32_t>& Find(const std::vector<uint32_t>& positions) {
    owners_.resize(positions.size() * snapshot_->replication_factor);
    snapshot_->owners(&*snapshot_, positions.data(), positions.size(), owners_.data());
    for (uint32_t& owner : owners_) {
      if (owner != kNobody) owner = name_[owner];
    }
    return owners_;
  }
  const std::vector<uint32_t>& instances() const { return name_; }

 private:
  const sdk::Owned<kvs_ring_snapshot_t> snapshot_;
  std::vector<uint32_t> name_;
  std::vector<uint32_t> owners_;
};

}  // namespace

Evenness Evenness::Of(const std::vector<uint64_t>& counts) {
  Evenness out;
  if (counts.empty()) return out;
  double sum = 0, squares = 0;
  for (const uint64_t count : counts) sum += static_cast<double>(count);
  out.mean = sum / static_cast<double>(counts.size());
  if (out.mean == 0) return out;
  for (const uint64_t count : counts)
    squares += (static_cast<double>(count) - out.mean) * (static_cast<double>(count) - out.mean);
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  out.least = static_cast<double>(*least) / out.mean;
  out.most = static_cast<double>(*most) / out.mean;
  out.deviation = std::sqrt(squares / static_cast<double>(counts.size())) / out.mean;
  return out;
}

Spread SpreadOf(const WorldOptions& world, const std::vector<SimTenant>& tenants, bool shuffled,
                uint64_t seed) {
  const std::vector<ring::kv::PictureMember> members = MembersOf(world);
  const auto picture = PictureOf(members, world);
  std::map<std::string, uint32_t, std::less<>> names;
  for (const auto& member : members)
    names.try_emplace(member.instance.id, static_cast<uint32_t>(names.size()));
  std::vector<uint64_t> of_instance(members.size());
  std::vector<std::vector<bool>> has;
  Spread out;
  std::vector<uint32_t> positions;
  for (const SimTenant& tenant : tenants) {
    OwnersOf owners(picture, tenant.name, shuffled ? tenant.shard_size : 0, names);
    SeriesDraws draws(seed, tenant.name);
    for (uint64_t left = tenant.series; left > 0; left -= positions.size()) {
      positions.resize(std::min<uint64_t>(left, kBatch));
      draws.Next(positions);
      for (const uint32_t owner : owners.Find(positions)) {
        if (owner != kNobody) ++of_instance[owner];
      }
    }
    out.instances_per_tenant += static_cast<double>(owners.instances().size());
    std::vector<bool>& its = has.emplace_back(members.size(), false);
    for (const uint32_t i : owners.instances()) its[i] = true;
  }
  out.instances_per_tenant /= static_cast<double>(std::max<size_t>(1, tenants.size()));
  uint64_t pairs = 0, apart = 0;
  constexpr size_t kLookedAt = 300;  // Pairs of so many tenants are enough to know the part.
  for (size_t a = 0; a < std::min(kLookedAt, has.size()); ++a) {
    for (size_t b = a + 1; b < std::min(kLookedAt, has.size()); ++b) {
      ++pairs;
      bool shared = false;
      for (size_t i = 0; i < members.size() && !shared; ++i) shared = has[a][i] && has[b][i];
      apart += shared ? 0 : 1;
    }
  }
  out.pairs_apart = pairs == 0 ? 0 : static_cast<double>(apart) / static_cast<double>(pairs);
  out.instances = Evenness::Of(of_instance);
  std::vector<uint64_t> of_zone(std::max(1u, world.zones));
  for (uint32_t i = 0; i < members.size(); ++i) of_zone[i % of_zone.size()] += of_instance[i];
  out.zones = Evenness::Of(of_zone);
  return out;
}

Movement MovementOf(const WorldOptions& before, uint32_t after, uint64_t draws, uint64_t seed) {
  WorldOptions then = before;
  then.instances = after;
  std::map<std::string, uint32_t, std::less<>> names;
  OwnersOf was(PictureOf(MembersOf(before), before), "", 0, names);
  OwnersOf is(PictureOf(MembersOf(then), then), "", 0, names);
  const uint32_t stay = std::min(before.instances, after);
  std::vector<bool> stays(names.size(), false);
  for (uint32_t i = 0; i < stay; ++i) stays[names.at("ingester-" + std::to_string(i))] = true;
  SeriesDraws series(seed, "");
  std::vector<uint32_t> positions;
  uint64_t copies = 0, moved = 0, between = 0;
  for (uint64_t left = draws; left > 0; left -= positions.size()) {
    positions.resize(std::min<uint64_t>(left, kBatch));
    series.Next(positions);
    const std::vector<uint32_t> old_owners = was.Find(positions);
    const std::vector<uint32_t>& new_owners = is.Find(positions);
    for (size_t p = 0; p < positions.size(); ++p) {
      const auto* const old_begin = &old_owners[p * before.copies];
      const auto* const new_begin = &new_owners[p * before.copies];
      bool gone = false;  // Whether a copy was on one that has left.
      for (uint32_t c = 0; c < before.copies; ++c) gone = gone || !stays[old_begin[c]];
      for (uint32_t c = 0; c < before.copies; ++c) {
        ++copies;
        if (std::find(old_begin, old_begin + before.copies, new_begin[c]) !=
            old_begin + before.copies)
          continue;
        ++moved;
        if (stays[new_begin[c]] && !gone) ++between;
      }
    }
  }
  Movement out;
  out.moved = static_cast<double>(moved) / static_cast<double>(copies);
  out.between = static_cast<double>(between) / static_cast<double>(copies);
  out.needed = after > before.instances
                   ? static_cast<double>(after - before.instances) / after
                   : static_cast<double>(before.instances - after) / before.instances;
  return out;
}

}  // namespace kvs::simulation
