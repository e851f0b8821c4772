// SPDX-License-Identifier: Apache-2.0
// MetadataStore: what the metrics of a tenant are. The same metric may have several descriptions,
// as targets disagree.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/base/mutex.h"

#include "wal/encoder.h"

namespace kvs::head {

/// Bounded: what comes after `max` descriptions is not kept. [any]
class MetadataStore {
 public:
  /// Adds what is new of `items`, and appends it to `record` for the log; everything there is when
  /// the log's `generation` is not the one of the last call. Returns how many were put into the
  /// record.
  uint32_t Add(std::span<const kvs_metadata_t> items, size_t max, uint32_t generation,
               wal::Encoder& record);
  /// Tells that the record was not taken: the next Add() puts everything into its record.
  void Unlogged();
  /// One description from the log.
  void Restore(uint32_t type, std::string_view metric, std::string_view help,
               std::string_view unit);

  /// Appends everything there is to `record`.
  void PutAll(wal::Encoder& record) const;

  void Read(const kvs_metadata_query_t& query, kvs_metadata_list_t& out) const;
  size_t size() const;

 private:
  struct Description {
    uint32_t type;
    std::string help;
    std::string unit;
  };
  bool Insert(uint32_t type, std::string_view metric, std::string_view help, std::string_view unit)
      KVS_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::vector<Description>, std::less<>> metrics_ KVS_GUARDED_BY(mutex_);
  size_t size_ KVS_GUARDED_BY(mutex_) = 0;
  uint32_t logged_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::head
