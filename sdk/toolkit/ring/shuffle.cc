// SPDX-License-Identifier: Apache-2.0
#include "kvs/ring/shuffle.h"

#include <algorithm>

#include "kvs/ring/tokens.h"

namespace kvs::ring {

Shuffler::Shuffler(std::span<const ShardMember> members, std::span<const std::string_view> zones) {
  for (const ShardMember& member : members)
    members_.push_back({member.read_only, member.registered_ms, member.read_only_since_ms});
  for (size_t z = 0; z < zones.size(); ++z) {
    std::vector<Member> in_zone;
    std::vector<uint32_t> numbers;
    for (size_t m = 0; m < members.size(); ++m) {
      if (zones.size() > 1 && members[m].zone != z) continue;
      in_zone.push_back({.tokens = members[m].tokens});
      numbers.push_back(static_cast<uint32_t>(m));
    }
    zones_.push_back({SeedOf(zones[z]), SortedTokens(in_zone), std::move(numbers)});
  }
}

std::vector<uint32_t> Shuffler::Choose(const ShardQuery& query) const {
  const auto n_zones = static_cast<uint32_t>(std::max<size_t>(1, zones_.size()));
  const uint32_t per_zone = (query.size + n_zones - 1) / n_zones;
  std::vector<uint32_t> chosen;
  for (const Zone& zone : zones_) {
    Random random(SeedOf(query.tenant) ^ zone.seed * 0x9e3779b97f4a7c15);
    std::vector<bool> taken(zone.members.size());
    for (uint32_t i = 0; i < per_zone && zone.tokens.size() > 0; ++i) {
      // Each draw goes to the first member behind it that was not drawn before. One that only takes
      // part because of the past stands beside the one that it would have been without it, so the
      // walk goes on.
      size_t at = zone.tokens.Find(random.Next32());
      bool found = false;
      for (size_t walked = 0; walked < zone.tokens.size() && !found;
           ++walked, at = at + 1 == zone.tokens.size() ? 0 : at + 1) {
        const uint32_t in_zone = zone.tokens.member(at);
        if (taken[in_zone]) continue;
        const Traits& member = members_[zone.members[in_zone]];
        if (member.read_only &&
            (query.write || (query.since_ms > 0 && member.read_only_since_ms < query.since_ms)))
          continue;
        taken[in_zone] = true;
        chosen.push_back(zone.members[in_zone]);
        const bool of_the_past =
            query.since_ms > 0 && (member.registered_ms >= query.since_ms || member.read_only);
        found = !of_the_past;
      }
      if (!found) break;  // Everybody is in.
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace kvs::ring
