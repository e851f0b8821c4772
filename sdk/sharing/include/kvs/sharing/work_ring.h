// SPDX-License-Identifier: Apache-2.0
// WorkRing: whose work something is, among the instances of a ring. Everything has a key, such as
// the name of a group of rules; the first instances behind its place on the circle do it, and
// others stand in for who is not heard of, leaves or joins. Without a ring, this process does
// everything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/ring.h"

namespace kvs::sharing {

/// How work is shared at one moment. Fixed. [any]
class Share {
 public:
  /// An instance that does the work of a key.
  struct Worker {
    std::string_view id, address, zone;  ///< Of the share.
    bool is_self = false;
  };

  /// Whether this process does any of the tenant's work.
  bool HasSelf() const;
  /// Whether this process is among those who do it.
  bool Owns(std::string_view key) const;
  /// In the order of the circle, as many as copies; fewer where there are not so many. Empty also
  /// without a ring: then it is this process alone.
  std::vector<Worker> WorkersOf(std::string_view key) const;
  /// Everybody who is healthy, to be asked for what they have.
  std::vector<Worker> Everybody() const;
  /// Of the ring; 0 without one.
  uint64_t epoch() const { return has_ring_ ? ring_->epoch : 0; }

 private:
  friend class WorkRing;
  std::vector<uint32_t> IndicesOf(std::string_view key) const;
  Worker WorkerAt(uint32_t index) const;
  std::string tenant_;
  bool has_ring_ = false;
  sdk::Owned<kvs_ring_snapshot_t> ring_;
};

class WorkRing {
 public:
  /// May be empty.
  void Use(sdk::RingRef ring) { ring_ = ring; }
  bool is_shared() const { return static_cast<bool>(ring_); }
  /// `shard_size`: only so many instances work for the tenant; 0: all. UNAVAILABLE until the ring
  /// is known: nobody may work then. [worker]
  StatusOr<Share> Of(std::string_view tenant, uint32_t shard_size = 0) const;
  /// Changes when shares may have. [any]
  uint64_t epoch() const { return ring_ ? ring_.epoch() : 0; }

 private:
  sdk::RingRef ring_;
};

}  // namespace kvs::sharing
