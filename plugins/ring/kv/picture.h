// SPDX-License-Identifier: Apache-2.0
// Picture: the membership at one moment, and the parts of it that tenants are given. Immutable but
// for parts that are made when they are first asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/ring/shuffle.h"
#include "kvs/ring/token_table.h"
#include "kvs/sdk/port/ring.h"

#include "instance.h"

namespace kvs::ring::kv {

struct PictureMember {
  Instance instance;
  bool healthy = false;
  bool is_self = false;
};

class Picture {
 public:
  struct Options {
    uint32_t replication_factor = 3;
    bool zone_awareness = false;
  };
  /// `members` sorted by id. `before`, if given, lends what depends on tokens alone when these are
  /// the same.
  Picture(uint64_t epoch, std::vector<PictureMember> members, Options options,
          const Picture* before);

  uint64_t epoch() const { return epoch_; }
  const std::vector<PictureMember>& members() const { return members_; }
  /// Of all positions, the share that belongs to a member's tokens first, 0 to 1.
  std::vector<double> Ownership() const;

  /// The whole, or a tenant's part. The record keeps the picture. [any]
  static void HandOut(const std::shared_ptr<const Picture>& picture, std::string_view tenant,
                      const kvs_ring_query_t& in, int64_t now_ms, kvs_ring_snapshot_t& out);

 private:
  // What a snapshot points at.
  class Part;
  // Of one set of tokens and zones.
  struct Topology;

  std::shared_ptr<const Part> Find(std::string_view tenant, const kvs_ring_query_t& in,
                                   int64_t now_ms) const;
  std::shared_ptr<const Part> Make(const std::vector<uint32_t>* chosen, int32_t operation) const;

  const uint64_t epoch_;
  const std::vector<PictureMember> members_;
  const Options options_;
  std::shared_ptr<const Topology> topology_;
  std::shared_ptr<const Part> whole_[3];  // By operation.

  struct Cached {
    int64_t made_ms;
    std::shared_ptr<const Part> part;
  };
  mutable Mutex mutex_;
  mutable std::map<std::string, Cached, std::less<>> parts_
      KVS_GUARDED_BY(mutex_);  // Tenant and query.
};

}  // namespace kvs::ring::kv
