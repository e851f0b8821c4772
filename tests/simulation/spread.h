// SPDX-License-Identifier: Apache-2.0
// How evenly series lie on instances and zones, and how many move when instances come and go.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "world.h"

namespace kvs::simulation {

/// Of some counts, relative to their mean.
struct Evenness {
  double mean = 0;
  double least = 0;      ///< Times the mean.
  double most = 0;       ///< Times the mean.
  double deviation = 0;  ///< Standard deviation, times the mean.

  static Evenness Of(const std::vector<uint64_t>& counts);
};

struct Spread {
  Evenness instances;
  Evenness zones;
  double instances_per_tenant = 0;  ///< Mean over the tenants.
  /// Of pairs of tenants, the part of which a dead instance of the one cannot hurt the other.
  double pairs_apart = 0;
};

/// Draws every series of every tenant, and counts copies. Memory does not grow with the number of
/// series.
Spread SpreadOf(const WorldOptions& world, const std::vector<SimTenant>& tenants, bool shuffled,
                uint64_t seed);

/// A change of the membership, and the copies that moved by it.
struct Movement {
  double moved = 0;    ///< Part of all copies that lie elsewhere than before.
  double needed = 0;   ///< The part that had to move, of an even spread.
  double between = 0;  ///< Part that moved between two that stay.
};
/// From `before` instances to `after`, by as many draws.
Movement MovementOf(const WorldOptions& before, uint32_t after, uint64_t draws, uint64_t seed);

}  // namespace kvs::simulation
