// SPDX-License-Identifier: Apache-2.0
// Cutter: makes blocks of what a tenant has in memory. Two hours become a block when the newest
// sample is half a block behind their end, later by up to ten minutes as the tenant's name has it,
// so that not all are cut at once. Samples that came out of order become blocks of their own.
//
// A writer or reader waits no longer than it takes to copy the chunks of one series. Memory: that
// of SeriesRows, and buffers. What it publishes is durable and verified; dropping the samples from
// memory is somebody else's, see View.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/indexer.h"
#include "kvs/tsdb/meta.h"

#include "blocks/series_rows.h"
#include "blocks/stage_hook.h"
#include "metrics.h"
#include "tenant.h"
#include "wal/log.h"

namespace kvs::head {

/// Not synchronised. [worker]
class Cutter {
 public:
  /// Blocks go to `folder`/<tenant>/<ULID>. What is borrowed outlives the cutter.
  Cutter(const sdk::Host& host, const sdk::IndexerRef& index, const wal::Log& wal,
         const Metrics& metrics, std::string folder, const StageHook& on_stage);

  /// Cuts the ranges that are due. An error leaves everything where it is, for another attempt.
  Status CutDue(Tenant& tenant);
  /// Cuts everything up to the newest sample: of tenants that rest, and on demand.
  Status CutAll(Tenant& tenant);

 private:
  using LateUpto = std::array<ChunkHandle, SeriesPlace::kShards>;
  class Source;

  StatusOr<bool> CutNext(Tenant& tenant, bool everything);
  Status CutLate(Tenant& tenant);
  Status TryCutLate(Tenant& tenant);
  StatusOr<std::shared_ptr<const LocalBlock>> WriteBlock(Tenant& tenant, int64_t begin, int64_t end,
                                                         std::span<const uint32_t> ids,
                                                         Source& source, bool late);
  tsdb::Ulid MakeUlid();
  std::string FolderOf(const Tenant& tenant) const { return StrCat(folder_, "/", tenant.name); }
  void Reach(std::string_view stage) const {
    if (on_stage_) on_stage_(stage);
  }

  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Clock clock_;
  const sdk::IndexerRef& index_;
  const wal::Log& wal_;
  const Metrics& metrics_;
  const std::string folder_;
  const StageHook& on_stage_;
  std::mt19937_64 random_;
};

}  // namespace kvs::head
