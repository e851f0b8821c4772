// SPDX-License-Identifier: Apache-2.0
// Headers: the index headers of blocks, opened. They are brought into memory when a query wants
// them, from the local disk, or else from the bucket; many queries that want the same one wait for
// the first.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/index_header.h"

#include "fetch.h"
#include "header_store.h"
#include "metrics.h"

namespace kvs::source::blocks {

/// Immutable; what keeps it may outlive the cache, not the store on disk.
struct OpenHeader {
  std::unique_ptr<tsdb::ByteSource> source;
  std::unique_ptr<tsdb::IndexHeader> header;
};

/// [worker]
class Headers {
 public:
  /// All outlive it.
  Headers(HeaderStore& disk, const StoreMetrics& metrics, sdk::Clock clock)
      : disk_(disk), metrics_(metrics), clock_(clock) {}

  /// NotFound or DataLoss, with the key of the index, when the bucket does not have it.
  StatusOr<std::shared_ptr<const OpenHeader>> Get(const sdk::Call& call, const sdk::StoreRef& store,
                                                  std::string_view tenant, const tsdb::Ulid& block,
                                                  Fetcher& fetcher,
                                                  const std::shared_ptr<Budget>& budget);
  /// Removes those of a tenant's blocks that are not among `wanted`, which ascend.
  void KeepOnly(std::string_view tenant, const std::vector<tsdb::Ulid>& wanted);
  /// Drops from memory what nobody used since then (Unix milliseconds).
  void UnloadUnusedSince(int64_t ms);

 private:
  using Key = std::pair<std::string, tsdb::Ulid>;
  struct Entry {
    std::shared_ptr<const OpenHeader> open;
    bool loading = false;
    int64_t used_ms = 0;
  };

  StatusOr<std::shared_ptr<const OpenHeader>> Load(const sdk::Call& call,
                                                   const sdk::StoreRef& store, const Key& key,
                                                   Fetcher& fetcher,
                                                   const std::shared_ptr<Budget>& budget);
  StatusOr<std::shared_ptr<const OpenHeader>> FromDisk(const Key& key);
  Status Download(const sdk::Call& call, const sdk::StoreRef& store, const Key& key,
                  Fetcher& fetcher, const std::shared_ptr<Budget>& budget);

  HeaderStore& disk_;
  const StoreMetrics& metrics_;
  const sdk::Clock clock_;
  std::mutex mutex_;
  std::condition_variable loaded_;
  std::map<Key, Entry> entries_;  // Guarded by mutex_.
};

}  // namespace kvs::source::blocks
