// SPDX-License-Identifier: Apache-2.0
// Shuffle-sharding: each tenant is given a few members of the ring, chosen by its name, so that two
// tenants seldom share all of theirs, and what one does to its members most others do not feel.
// When a member comes or goes, a tenant's part changes by at most one member. The method is Mimir's
// (https://grafana.com/docs/mimir/latest/configure/configure-shuffle-sharding/).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/ring/token_table.h"

namespace kvs::ring {

struct ShardMember {
  std::span<const uint32_t> tokens;
  uint16_t zone = 0;
  bool read_only = false;
  int64_t registered_ms = 0;
  int64_t read_only_since_ms = 0;
};

struct ShardQuery {
  std::string_view tenant;
  uint32_t size = 0;  ///< In all zones together; rounded up to a multiple of zones.
  bool write = true;  ///< Without members that are read-only.
  /// Of reads: with members that have been chosen since then, and those that others stand in for
  /// since then.
  int64_t since_ms = 0;  ///< 0: as it is now.
};

/// The choice for any tenant, over one topology. Immutable.
class Shuffler {
 public:
  /// `zones`: the names, in the order of their numbers; one, of any name, where zones do not count.
  /// Borrows nothing.
  Shuffler(std::span<const ShardMember> members, std::span<const std::string_view> zones);

  /// Indices of the members, sorted.
  std::vector<uint32_t> Choose(const ShardQuery& query) const;

 private:
  struct Traits {
    bool read_only;
    int64_t registered_ms, read_only_since_ms;
  };
  struct Zone {
    uint64_t seed;
    SortedTokens tokens;  // Of members of this zone, numbered as `members`.
    std::vector<uint32_t> members;
  };
  std::vector<Traits> members_;
  std::vector<Zone> zones_;
};

}  // namespace kvs::ring
