// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin. Those that begin with cortex_ are Mimir's, so that its dashboards
// work.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::source::blocks {

struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics) {
    const std::vector<double> seconds{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
    const std::vector<double> counts{1, 2, 3, 4, 5, 6, 8, 12, 16, 32, 64, 128, 256, 512};
    index_loads =
        metrics.Counter("cortex_bucket_index_loads_total", "Bucket indexes that were asked for");
    index_load_failures = metrics.Counter("cortex_bucket_index_load_failures_total",
                                          "Bucket indexes that could not be read");
    index_load_seconds = metrics
                             .HistogramFamily("cortex_bucket_index_load_duration_seconds",
                                              "Time to load a bucket index", {}, seconds)
                             .With({});
    indexes_loaded =
        metrics.Gauge("cortex_bucket_index_loaded", "Tenants whose bucket index is in memory");
    tenants_synced =
        metrics.Gauge("cortex_bucket_stores_tenants_synced", "Tenants whose blocks are known");
    last_sync = metrics.Gauge("cortex_bucket_stores_blocks_last_successful_sync_timestamp_seconds",
                              "When the blocks of some tenant were last looked for, and found");
    blocks_loaded = metrics.Gauge("cortex_bucket_store_blocks_loaded", "Blocks that are known");
    block_loads = metrics.Counter("cortex_bucket_store_block_loads_total",
                                  "Headers that were read from the bucket");
    block_load_failures = metrics.Counter("cortex_bucket_store_block_load_failures_total",
                                          "Headers that could not be read from the bucket");
    block_drops = metrics.Counter("cortex_bucket_store_block_drops_total",
                                  "Headers removed because their block is gone");
    lazy_loads = metrics.Counter("cortex_bucket_store_indexheader_lazy_load_total",
                                 "Headers brought into memory");
    lazy_unloads = metrics.Counter("cortex_bucket_store_indexheader_lazy_unload_total",
                                   "Headers dropped from memory because nobody used them");
    blocks_queried = metrics
                         .HistogramFamily("cortex_bucket_store_series_blocks_queried",
                                          "Blocks that a query touched", {}, counts)
                         .With({});
    select_seconds = metrics
                         .HistogramFamily("cortex_bucket_store_series_get_all_duration_seconds",
                                          "Time until a query had its first series", {}, seconds)
                         .With({});
    const sdk::Family bytes =
        metrics.CounterFamily("cortex_bucket_store_series_data_size_fetched_bytes_total",
                              "Bytes that queries read from the bucket", {"data_type"});
    index_bytes = bytes.With({"index"});
    chunk_bytes = bytes.With({"chunks"});
    header_bytes = bytes.With({"header"});
    gets =
        metrics
            .HistogramFamily("kvs_source_blocks_gets_per_block",
                             "Reads of the bucket that one query needed for one block", {}, counts)
            .With({});
    blocks_skipped = metrics.Counter("kvs_source_blocks_skipped_total",
                                     "Blocks left out of an answer, with a warning");
    bytes_in_flight = metrics.Gauge("kvs_source_blocks_bytes_in_flight",
                                    "Bytes of blocks that queries hold in memory");
  }
  sdk::Cell index_loads, index_load_failures, index_load_seconds, indexes_loaded;
  sdk::Cell tenants_synced, last_sync, blocks_loaded, block_loads, block_load_failures, block_drops;
  sdk::Cell lazy_loads, lazy_unloads, blocks_queried, select_seconds;
  sdk::Cell index_bytes, chunk_bytes, header_bytes, gets, blocks_skipped, bytes_in_flight;
};

/// Of source.blocks_ring, beside those of finding blocks.
struct RingMetrics : Metrics {
  explicit RingMetrics(const sdk::Metrics& metrics) : Metrics(metrics) {
    const std::vector<double> counts = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256};
    gateways_per_query = metrics
                             .HistogramFamily("cortex_querier_storegateway_instances_hit_per_query",
                                              "Store-gateways that a query asked", {}, counts)
                             .With({});
    refetches_per_query = metrics
                              .HistogramFamily("cortex_querier_storegateway_refetches_per_query",
                                               "Times that a query asked other store-gateways for "
                                               "what some had not answered",
                                               {}, counts)
                              .With({});
    gateway_failures = metrics.Counter("kvs_source_blocks_gateway_failures_total",
                                       "Questions that a store-gateway did not answer");
    consistency_checks =
        metrics.Counter("cortex_querier_blocks_consistency_checks_total",
                        "Queries of which it was looked whether all blocks were answered for");
    consistency_failures = metrics.Counter("cortex_querier_blocks_consistency_checks_failed_total",
                                           "Queries some of whose blocks nobody answered for");
  }
  sdk::Cell gateways_per_query, refetches_per_query, gateway_failures;
  sdk::Cell consistency_checks, consistency_failures;
};

}  // namespace kvs::source::blocks
