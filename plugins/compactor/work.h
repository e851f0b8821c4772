// SPDX-License-Identifier: Apache-2.0
// Work: which part of what is to be done in a bucket this compactor does. Alone it does everything.
// Several share by a ring, in which every tenant's cleaning and every job has one owner, by leases,
// under which nobody else does the same at the same time, or by both: then the ring keeps them out
// of each other's way, and the leases hold also while they see different rings.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sharing/lease.h"
#include "kvs/sharing/work_ring.h"

#include "config.h"
#include "plan/planner.h"

namespace kvs::compactor {

/// What a job is for all compactors, however much of it each of them has seen yet: its stage, range
/// and shard, and not its blocks.
std::string KeyOf(const Job& job);

/// [worker]
class Work {
 public:
  using LeasePtr = std::unique_ptr<sharing::Lease>;

  Work(sdk::Host host, const Config& config);
  /// Both may be empty.
  void Use(sdk::RingRef ring, sdk::KvRef kv);

  /// A tenant's part: jobs by KeyOf(), and cleaning.
  StatusOr<sharing::Share> ShareOf(std::string_view tenant, uint32_t shard_size) const {
    return ring_.Of(tenant, shard_size);
  }
  static bool OwnsCleaning(const sharing::Share& share) { return share.Owns("cleaning"); }
  uint64_t epoch() const { return ring_.epoch(); }

  /// Of a job by KeyOf(). ABORTED: another compactor does it. NULL without leases.
  StatusOr<LeasePtr> TakeJob(std::string_view tenant, std::string_view job_key) const;
  /// Of who may write a tenant's bucket index: an older view must not overwrite a newer one.
  StatusOr<LeasePtr> TakeIndex(std::string_view tenant) const;

 private:
  StatusOr<LeasePtr> Take(std::string key) const;

  const sdk::Host host_;
  const Config& config_;
  const std::string holder_;
  sharing::WorkRing ring_;
  sdk::KvRef kv_;
};

}  // namespace kvs::compactor
