// SPDX-License-Identifier: Apache-2.0
// Memory that a write needs while it lasts, kept from one write to the next.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "kvs/abi/write_batch.h"

#include "series.h"
#include "wal/encoder.h"

namespace kvs::head {

struct WriteScratch {
  std::vector<uint32_t> ids;           ///< Of each row of the view.
  std::vector<uint32_t> order;         ///< Positions of rows, sorted by shard.
  std::vector<Series*> series;         ///< Of the rows of a shard.
  std::vector<uint32_t> missing_at;    ///< Positions of rows whose key is not known.
  std::vector<uint32_t> missing_rows;  ///< The rows themselves.
  std::vector<uint32_t> missing_ids;
  std::vector<uint8_t> missing_created;
  std::vector<kvs_key128_t> missing_keys;
  // Columns of the samples of a shard, as they go into the log.
  std::vector<uint8_t> id_column;
  std::vector<uint8_t> time_column;
  std::vector<double> value_column;
  std::vector<uint8_t> start_column;  ///< Only while a batch with starts is written.
  std::vector<uint8_t> histogram;     ///< One, in flat form.
  std::vector<uint8_t> histograms;    ///< Those of a shard.
  std::vector<uint8_t> late_histograms;
  struct LateSample {
    uint32_t id;
    int64_t t;
    double v;
    int64_t start;
  };
  std::vector<LateSample> late;                 ///< Those of a shard that were taken out of order.
  std::unordered_set<uint32_t> with_histogram;  ///< Ids of series, of the rows that are looked at.
  wal::Encoder record;
};

}  // namespace kvs::head
