// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <utility>

#include "kvs/sdk/limits.h"
#include "kvs/sdk/owned.h"

#include "write.h"

namespace kvs::sink::replicate {
namespace {

constexpr size_t kTenantsMax = 100'000;

}  // namespace

ReplicateSink::ReplicateSink(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      targets_(config_, metrics_) {}

sdk::Outcome ReplicateSink::Start(const sdk::Call&, sdk::Completer&) {
  targets_.Use(dialer);
  return OkStatus();
}

sdk::Outcome ReplicateSink::Stop(const sdk::Call&, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    users_->WaitForNone();
    targets_.Clear();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

// Rings and limiters answer at once.
uint32_t ReplicateSink::ShardSizeOf(const sdk::Call& call) {
  if (!limiter) return static_cast<uint32_t>(config_.shard_size);
  const uint64_t epoch = limiter.epoch();
  {
    const MutexLock lock(mutex_);
    if (epoch != limits_epoch_ || shard_sizes_.size() > kTenantsMax) shard_sizes_.clear();
    limits_epoch_ = epoch;
    const auto found = shard_sizes_.find(call.tenant());
    if (found != shard_sizes_.end()) return found->second;
  }
  const uint32_t size =
      sdk::AskShardSize(limiter, call, "ingestion_tenant_shard_size", config_.shard_size);
  const MutexLock lock(mutex_);
  shard_sizes_[std::string(call.tenant())] = size;
  return size;
}

sdk::Outcome ReplicateSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                                  kvs_write_result_t& out, sdk::Completer& completer) {
  auto query = sdk::Record<kvs_ring_query_t>();
  query.operation = KVS_RING_WRITE;
  query.shard_size = ShardSizeOf(call);
  sdk::Owned<kvs_ring_snapshot_t> snapshot;
  KVS_RETURN_IF_ERROR(sdk::Await(ring.snapshot(), call, &query, snapshot.out()));
  metrics_.replication_factor.Set(snapshot->replication_factor);
  auto write = std::make_shared<ReplicatedWrite>(sdk::Users::Use(users_), call, in,
                                                 config_.remote_timeout.ms, host_.clock());
  if (write->empty()) return OkStatus();
  KVS_RETURN_IF_ERROR(write->Plan(*snapshot, targets_));
  return write->Start(out, completer);
}

}  // namespace kvs::sink::replicate
