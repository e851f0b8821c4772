// SPDX-License-Identifier: Apache-2.0
// HistogramBuckets: how many buckets the newest native histogram of each series has, by metric. Fed
// batch by batch. Not synchronised.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "kvs/abi/series_batch.h"
#include "kvs/base/status.h"

namespace kvs::api::cardinality {

class HistogramBuckets {
 public:
  struct OfMetric {
    uint64_t series = 0;
    uint64_t buckets = 0;  ///< Of all of them.
    uint64_t least = std::numeric_limits<uint64_t>::max();
    uint64_t most = 0;
  };

  /// Series whose last chunk has no histograms do not count. DataLoss where one is damaged.
  Status Add(const kvs_series_batch_t& batch);
  /// By name.
  const std::map<std::string, OfMetric>& metrics() const { return metrics_; }

 private:
  std::map<std::string, OfMetric> metrics_;
};

}  // namespace kvs::api::cardinality
