// SPDX-License-Identifier: Apache-2.0
// World: the instances of a cluster and its tenants, as a ring has them. Everything follows from a
// seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kvs/abi/port/ring.h"
#include "kvs/sdk/owned.h"

#include "plugins/ring/kv/picture.h"

namespace kvs::simulation {

/// In a slot of owners: nobody.
inline constexpr uint32_t kNobody = UINT32_MAX;

struct WorldOptions {
  uint32_t instances = 1000;
  uint32_t zones = 3;  ///< 0: zones do not count.
  uint32_t copies = 3;
  uint32_t tokens = 512;
};

/// The members "ingester-0", "ingester-1", ..., of zones in turn, all ACTIVE and healthy.
std::vector<ring::kv::PictureMember> MembersOf(const WorldOptions& options);
/// The ring with these members.
std::shared_ptr<const ring::kv::Picture> PictureOf(std::vector<ring::kv::PictureMember> members,
                                                   const WorldOptions& options);
/// Of a tenant: `operation` is KVS_RING_WRITE and so on; a size of 0 is all instances.
sdk::Owned<kvs_ring_snapshot_t> SnapshotOf(const std::shared_ptr<const ring::kv::Picture>& picture,
                                           const std::string& tenant, int32_t operation,
                                           uint32_t shard_size);

struct SimTenant {
  std::string name;
  uint64_t series = 0;
  uint32_t shard_size = 0;  ///< With shuffle-sharding; 0: all instances.
};

/// `n` tenants with together about `series` series: the k-th largest has about 1/k of what the
/// largest has (Zipf's law). A shard is twice as many instances as would hold the tenant's copies
/// if all were filled evenly, and no fewer than three in each zone.
std::vector<SimTenant> TenantsOf(uint32_t n, uint64_t series, const WorldOptions& options);

/// Draws positions of a tenant's series, as those of labels that a hash spreads.
class SeriesDraws {
 public:
  SeriesDraws(uint64_t seed, const std::string& tenant);
  /// The next ones, as many as `out` has room for.
  void Next(std::vector<uint32_t>& out);

 private:
  uint64_t tenant_seed_;
  uint64_t state_;
};

}  // namespace kvs::simulation
