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

/// How much may be kept of a tenant.
struct MetadataBounds {
  size_t max = 0;             ///< Descriptions.
  size_t max_metrics = 0;     ///< Metrics that have any; 0: any number.
  size_t max_per_metric = 0;  ///< Descriptions of one metric; 0: any number.
};

/// Bounded: what comes beyond is not kept. [any]
class MetadataStore {
 public:
  struct Added {
    uint32_t logged = 0;             ///< Put into the record.
    uint32_t beyond_metrics = 0;     ///< Not kept, for max or max_metrics;
    uint32_t beyond_per_metric = 0;  ///< for max_per_metric.
  };
  /// Adds what is new of `items`, and appends it to `record` for the log; everything there is when
  /// the log's `generation` is not the one of the last call.
  Added Add(std::span<const kvs_metadata_t> items, const MetadataBounds& bounds,
            uint32_t generation, wal::Encoder& record);
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
  enum class Inserted : uint8_t { kNew, kKnown, kBeyondMetrics, kBeyondPerMetric };
  Inserted Insert(uint32_t type, std::string_view metric, std::string_view help,
                  std::string_view unit, const MetadataBounds& bounds) KVS_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::vector<Description>, std::less<>> metrics_ KVS_GUARDED_BY(mutex_);
  size_t size_ KVS_GUARDED_BY(mutex_) = 0;
  uint32_t logged_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::head
