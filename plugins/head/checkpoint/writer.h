// SPDX-License-Identifier: Apache-2.0
// CheckpointWriter: everything in memory as one file, so that a start reads it instead of the log
// that led to it. It is fuzzy: series are copied one page after the other while writes go on, so
// each is as of some moment behind the beginning of a generation of the log, and the log from that
// generation on is read on top. Samples in order that come again are known by their times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/port/indexer.h"

#include "blocks/files.h"
#include "blocks/stage_hook.h"
#include "chunk_copies.h"
#include "tenant.h"
#include "wal/encoder.h"

namespace kvs::head {

/// Not synchronised; writers wait no longer than it takes to copy the chunks of a page. [worker]
class CheckpointWriter {
 public:
  CheckpointWriter(const sdk::IndexerRef& index, const TenantMap& tenants,
                   const StageHook& on_stage)
      : index_(index), tenants_(tenants), on_stage_(on_stage) {}

  /// Writes that of `generation`, which the log has just begun, to `folder`; durable when this is
  /// OK. Returns its size.
  StatusOr<uint64_t> Write(const std::string& folder, uint32_t generation);

 private:
  Status WriteTenant(Tenant& tenant);
  Status WritePage(Tenant& tenant, const View& view, uint32_t shard, uint32_t page);
  Status PutLabels(const Tenant& tenant);
  Status Flush();

  const sdk::IndexerRef& index_;
  const TenantMap& tenants_;
  const StageHook& on_stage_;

  FileWriter* file_ = nullptr;
  wal::Encoder record_;
  wal::Encoder states_;
  ChunkCopies copies_;
  PendingReads pending_;
  std::vector<uint32_t> ids_;
  std::string labels_;
  uint64_t n_series_ = 0;
};

}  // namespace kvs::head
