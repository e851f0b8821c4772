// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/work_ring.h"

#include "kvs/ring/tokens.h"
#include "kvs/sdk/call.h"

namespace kvs::sharing {
namespace {

// Where a piece of a tenant's work lies on the circle.
uint32_t TokenOf(std::string_view tenant, std::string_view key) {
  return ring::SeriesToken(ring::SeedOf(tenant), ring::SeedOf(key));
}

}  // namespace

StatusOr<Share> WorkRing::Of(std::string_view tenant, uint32_t shard_size) const {
  Share out;
  out.tenant_ = tenant;
  if (!ring_) return out;
  auto query = sdk::Record<kvs_ring_query_t>();
  query.operation = KVS_RING_WORK;
  query.shard_size = shard_size;
  KVS_RETURN_IF_ERROR(
      sdk::Await(ring_.snapshot(), sdk::OwnedCall(tenant), &query, out.ring_.out()));
  out.has_ring_ = true;
  return out;
}

std::vector<uint32_t> Share::IndicesOf(std::string_view key) const {
  std::vector<uint32_t> out(ring_->replication_factor);
  const uint32_t token = TokenOf(tenant_, key);
  ring_->owners(&*ring_, &token, 1, out.data());
  std::erase(out, UINT32_MAX);
  return out;
}

Share::Worker Share::WorkerAt(uint32_t index) const {
  const kvs_ring_instance_t& one = ring_->instances[index];
  return {sdk::View(one.id), sdk::View(one.address), sdk::View(one.zone),
          (one.flags & KVS_RING_SELF) != 0};
}

bool Share::HasSelf() const {
  for (uint32_t i = 0; has_ring_ && i < ring_->n_instances; ++i) {
    if ((ring_->instances[i].flags & KVS_RING_SELF) != 0) return true;
  }
  return !has_ring_;
}

bool Share::Owns(std::string_view key) const {
  if (!has_ring_) return true;
  for (const uint32_t index : IndicesOf(key)) {
    if ((ring_->instances[index].flags & KVS_RING_SELF) != 0) return true;
  }
  return false;
}

std::vector<Share::Worker> Share::WorkersOf(std::string_view key) const {
  std::vector<Worker> out;
  if (!has_ring_) return out;
  for (const uint32_t index : IndicesOf(key)) out.push_back(WorkerAt(index));
  return out;
}

std::vector<Share::Worker> Share::Everybody() const {
  std::vector<Worker> out;
  for (uint32_t i = 0; has_ring_ && i < ring_->n_instances; ++i) {
    if ((ring_->instances[i].flags & KVS_RING_HEALTHY) != 0) out.push_back(WorkerAt(i));
  }
  return out;
}

}  // namespace kvs::sharing
