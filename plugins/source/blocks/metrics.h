// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin. Those that begin with cortex_ are Mimir's, so that its dashboards
// work; what is a summary there is a histogram here, whose _sum and _count say the same.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kvs/bucket/index.h"
#include "kvs/sdk/host.h"

namespace kvs::source::blocks {

struct Metrics {
  /// `component`: who looks for blocks, as Mimir calls it: "store-gateway" or "querier".
  Metrics(const sdk::Metrics& metrics, std::string_view component) {
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
    tenants_synced = metrics
                         .GaugeFamily("cortex_bucket_stores_tenants_synced",
                                      "Tenants whose blocks are known", {"component"})
                         .With({component});
    last_sync =
        metrics
            .GaugeFamily("cortex_bucket_stores_blocks_last_successful_sync_timestamp_seconds",
                         "When the blocks of some tenant were last looked for, and found",
                         {"component"})
            .With({component});
    blocks_queried = metrics.HistogramFamily("cortex_bucket_store_series_blocks_queried",
                                             "Blocks of a kind that a query touched",
                                             {"source", "level", "out_of_order"}, counts);
  }
  sdk::Cell index_loads, index_load_failures, index_load_seconds, indexes_loaded;
  sdk::Cell tenants_synced, last_sync;
  sdk::Cell blocks_loaded;  // Of source.blocks alone.
  sdk::Family blocks_queried;

  /// A query touches these blocks.
  void Queried(const std::vector<bucket::IndexBlock>& blocks) const {
    std::map<std::tuple<std::string_view, int64_t, bool>, size_t> kinds;
    for (const bucket::IndexBlock& block : blocks)
      ++kinds[{block.source, block.compaction_level, block.out_of_order}];
    for (const auto& [kind, n] : kinds) {
      const auto& [source, level, out_of_order] = kind;
      blocks_queried.With({source, std::to_string(level), out_of_order ? "true" : "false"})
          .Observe(static_cast<double>(n));
    }
  }
};

/// Of source.blocks, beside those of finding blocks.
struct StoreMetrics : Metrics {
  /// What was read of one kind of data in one block, for one query.
  struct Data {
    sdk::Cell items_touched, items_fetched, bytes_touched, bytes_fetched;
    void Observe(uint64_t items, uint64_t touched, uint64_t fetched) const {
      items_touched.Observe(static_cast<double>(items));
      items_fetched.Observe(static_cast<double>(items));  // There is no cache between.
      bytes_touched.Observe(static_cast<double>(touched));
      bytes_fetched.Observe(static_cast<double>(fetched));
    }
  };

  explicit StoreMetrics(const sdk::Metrics& metrics) : Metrics(metrics, "store-gateway") {
    const std::vector<double> seconds{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
    const std::vector<double> counts{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};
    const std::vector<double> sizes{1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20, 1 << 30};
    blocks_loaded = metrics.Gauge("cortex_bucket_store_blocks_loaded", "Blocks that are known");
    block_loads = metrics.Counter("cortex_bucket_store_block_loads_total",
                                  "Headers that were read from the bucket");
    block_load_failures = metrics.Counter("cortex_bucket_store_block_load_failures_total",
                                          "Headers that could not be read from the bucket");
    block_drops = metrics.Counter("cortex_bucket_store_block_drops_total",
                                  "Headers removed because their block is gone");
    block_drop_failures =
        metrics.Counter("cortex_bucket_store_block_drop_failures_total",
                        "Headers of blocks that are gone that could not be removed");
    lazy_loads = metrics.Counter("cortex_bucket_store_indexheader_lazy_load_total",
                                 "Headers brought into memory");
    lazy_load_seconds =
        metrics
            .HistogramFamily("cortex_bucket_store_indexheader_lazy_load_duration_seconds",
                             "Time to bring a header into memory, from the bucket where it has to "
                             "come from there",
                             {}, seconds)
            .With({});
    lazy_unloads = metrics.Counter("cortex_bucket_store_indexheader_lazy_unload_total",
                                   "Headers dropped from memory because nobody used them");
    select_seconds = metrics
                         .HistogramFamily("cortex_bucket_store_series_get_all_duration_seconds",
                                          "Time until a query had its first series", {}, seconds)
                         .With({});
    merge_seconds =
        metrics
            .HistogramFamily("cortex_bucket_store_series_merge_duration_seconds",
                             "Time to read and merge the series of a query after that", {}, seconds)
            .With({});
    result_series = metrics
                        .HistogramFamily("cortex_bucket_store_series_result_series",
                                         "Series that a query was given", {}, counts)
                        .With({});
    const sdk::Family stages =
        metrics.HistogramFamily("cortex_bucket_store_series_request_stage_duration_seconds",
                                "Time that the blocks of a query spent in a stage, one after the "
                                "other as it were",
                                {"stage"}, seconds);
    load_header_seconds = stages.With({"load_index_header"});
    postings_seconds = stages.With({"expand_postings"});
    series_seconds = stages.With({"fetch_series_and_chunks"});
    queries = metrics
                  .GaugeFamily("cortex_bucket_stores_gate_queries_in_flight",
                               "Queries whose series are being read", {"component"})
                  .With({"store-gateway"});
    const sdk::Metrics::Names labels = {"data_type", "stage"};
    const sdk::Family items_touched =
        metrics.HistogramFamily("cortex_bucket_store_series_data_touched",
                                "Items of a type that a query needed of a block", labels, counts);
    const sdk::Family items_fetched =
        metrics.HistogramFamily("cortex_bucket_store_series_data_fetched",
                                "Items of a type that a query read of a block", labels, counts);
    const sdk::Family bytes_touched =
        metrics.HistogramFamily("cortex_bucket_store_series_data_size_touched_bytes",
                                "Bytes of a type that a query needed of a block", labels, sizes);
    const sdk::Family bytes_fetched = metrics.HistogramFamily(
        "cortex_bucket_store_series_data_size_fetched_bytes",
        "Bytes of a type that a query read of a block, with what lay between", labels, sizes);
    const auto data = [&](std::string_view type, std::string_view touched,
                          std::string_view fetched) {
      return Data{items_touched.With({type, touched}), items_fetched.With({type, fetched}),
                  bytes_touched.With({type, touched}), bytes_fetched.With({type, fetched})};
    };
    postings = data("postings", "", "");
    series = data("series", "processed", "fetched");
    chunks = data("chunks", "processed", "fetched");
    header_bytes = bytes_fetched.With({"header", ""});
    gets = metrics
               .HistogramFamily("kvs_source_blocks_gets_per_block",
                                "Reads of the bucket that one query needed for one block", {},
                                {1, 2, 3, 4, 5, 6, 8, 12, 16, 32, 64, 128, 256, 512})
               .With({});
    blocks_skipped = metrics.Counter("kvs_source_blocks_skipped_total",
                                     "Blocks left out of an answer, with a warning");
    bytes_in_flight = metrics.Gauge("kvs_source_blocks_bytes_in_flight",
                                    "Bytes of blocks that queries hold in memory");
  }
  sdk::Cell block_loads, block_load_failures, block_drops, block_drop_failures;
  sdk::Cell lazy_loads, lazy_load_seconds, lazy_unloads;
  sdk::Cell select_seconds, merge_seconds, result_series;
  sdk::Cell load_header_seconds, postings_seconds, series_seconds, queries;
  Data postings, series, chunks;
  sdk::Cell header_bytes, gets, blocks_skipped, bytes_in_flight;
};

/// Of source.blocks_ring, beside those of finding blocks.
struct RingMetrics : Metrics {
  explicit RingMetrics(const sdk::Metrics& metrics) : Metrics(metrics, "querier") {
    const std::vector<double> counts = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256};
    // Under the name that a querier has it by.
    last_sync = metrics.Gauge("cortex_querier_blocks_last_successful_scan_timestamp_seconds",
                              "When the blocks of some tenant were last looked for, and found");
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
