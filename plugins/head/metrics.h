// SPDX-License-Identifier: Apache-2.0
// The head's metrics, with Mimir's names where it has them.
#pragma once

#include <string_view>

#include "kvs/sdk/host.h"

namespace kvs::head {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : memory_series(m.Gauge("cortex_ingester_memory_series", "Series in memory")),
        memory_users(m.Gauge("cortex_ingester_memory_users", "Tenants with series in memory")),
        series_created(m.CounterFamily("cortex_ingester_memory_series_created_total",
                                       "Series created", {"user"})),
        series_removed(m.CounterFamily("cortex_ingester_memory_series_removed_total",
                                       "Series removed", {"user"})),
        ingested(
            m.CounterFamily("cortex_ingester_ingested_samples_total", "Samples taken", {"user"})),
        failures(m.CounterFamily("cortex_ingester_ingested_samples_failures_total",
                                 "Samples refused", {"user"})),
        late(m.CounterFamily("cortex_ingester_tsdb_out_of_order_samples_appended_total",
                             "Out-of-order samples taken", {"user"})),
        discarded(m.CounterFamily("cortex_discarded_samples_total", "Samples refused, by reason",
                                  {"reason", "user"})),
        discarded_metadata(m.CounterFamily("cortex_discarded_metadata_total",
                                           "Metadata refused, by reason", {"reason", "user"})),
        exemplars_appended(m.CounterFamily("cortex_ingester_tsdb_exemplar_exemplars_appended_total",
                                           "Exemplars taken", {"user"})),
        exemplars_stored(
            m.Gauge("cortex_ingester_tsdb_exemplar_exemplars_in_storage", "Exemplars kept")),
        head_bytes(m.Gauge("kvs_head_memory_bytes", "Memory of series and chunks, without labels")),
        wal_corruptions(m.Counter("cortex_ingester_tsdb_wal_corruptions_total",
                                  "Damaged places found in the write-ahead log")),
        wal_bytes_lost(m.Counter("kvs_head_wal_lost_bytes_total",
                                 "Bytes of the write-ahead log that could not be read")),
        wal_samples_lost(m.Counter("kvs_head_wal_lost_samples_total",
                                   "Samples of the write-ahead log whose series is not known")),
        wal_write_failures(m.Gauge("cortex_ingester_tsdb_wal_writes_failed_total",
                                   "Failed writes of the write-ahead log")),
        wal_bytes(
            m.Gauge("kvs_head_wal_written_bytes_total", "Bytes written to the write-ahead log")),
        wal_syncs(m.Gauge("kvs_head_wal_syncs_total", "Syncs of the write-ahead log")),
        compactions(m.Counter("cortex_ingester_tsdb_compactions_total", "Blocks cut, or tried")),
        compactions_failed(m.Counter("cortex_ingester_tsdb_compactions_failed_total",
                                     "Blocks that could not be cut")),
        compaction_seconds(m.HistogramFamily("cortex_ingester_tsdb_compaction_duration_seconds",
                                             "How long cutting a block took", {},
                                             {0.1, 1, 5, 15, 60, 300})
                               .With({})),
        oldest_unshipped(m.Gauge("cortex_ingester_oldest_unshipped_block_timestamp_seconds",
                                 "When the oldest block was cut that is not shipped; 0: all are")),
        shipper_uploads(m.Counter("cortex_ingester_shipper_uploads_total", "Blocks shipped")),
        shipper_failures(m.Counter("cortex_ingester_shipper_upload_failures_total",
                                   "Attempts to ship a block that failed")),
        shipper_last_upload(
            m.Gauge("cortex_ingester_shipper_last_successful_upload_timestamp_seconds",
                    "When a block was shipped last")),
        block_bytes(m.Gauge("kvs_head_block_bytes", "Bytes of blocks on the local disk")),
        unshipped_bytes(m.Gauge("kvs_head_unshipped_block_bytes",
                                "Bytes of blocks that only the local disk has")),
        blocks_loaded(m.Gauge("cortex_ingester_tsdb_blocks_loaded", "Blocks on the local disk")),
        checkpoints(m.Counter("cortex_ingester_tsdb_checkpoint_creations_total",
                              "Checkpoints written, or tried")),
        checkpoints_failed(m.Counter("cortex_ingester_tsdb_checkpoint_creations_failed_total",
                                     "Checkpoints that could not be written")),
        checkpoints_damaged(m.Counter("kvs_head_checkpoint_damaged_total",
                                      "Checkpoints that were damaged at the start")),
        checkpoint_deletions(m.Counter("cortex_ingester_tsdb_checkpoint_deletions_total",
                                       "Old checkpoints removed, or tried")),
        checkpoint_deletions_failed(
            m.Counter("cortex_ingester_tsdb_checkpoint_deletions_failed_total",
                      "Old checkpoints that could not be removed")),
        chunk_corruptions(m.Counter("cortex_ingester_tsdb_mmap_chunk_corruptions_total",
                                    "Files of closed chunks, which are checkpoints, that were "
                                    "damaged at the start")),
        head_truncations(m.Counter("cortex_ingester_tsdb_head_truncations_total",
                                   "Times that what a block has left the memory of a tenant")),
        head_truncations_failed(m.Counter("cortex_ingester_tsdb_head_truncations_failed_total",
                                          "Times that it could not")),
        wal_truncations(m.Counter("cortex_ingester_tsdb_wal_truncations_total",
                                  "Times that segments left the write-ahead log")),
        wal_truncations_failed(m.Counter("cortex_ingester_tsdb_wal_truncations_failed_total",
                                         "Times that some could not")),
        wal_truncate_seconds(m.HistogramFamily("cortex_ingester_tsdb_wal_truncate_duration_seconds",
                                               "How long that took", {},
                                               {0.001, 0.01, 0.1, 1, 10, 60})
                                 .With({})),
        forced_compactions(m.Gauge("cortex_ingester_tsdb_forced_compactions_in_progress",
                                   "1 while everything is cut into blocks on request")),
        symbol_bytes(m.GaugeFamily("cortex_ingester_tsdb_symbol_table_size_bytes",
                                   "Bytes of the symbols of the local blocks of a tenant",
                                   {"user"})),
        storage_blocks_bytes(m.GaugeFamily("cortex_ingester_tsdb_storage_blocks_bytes",
                                           "Bytes of the local blocks of a tenant", {"user"})),
        exemplar_series(
            m.GaugeFamily("cortex_ingester_tsdb_exemplar_series_with_exemplars_in_storage",
                          "Series of a tenant that have exemplars", {"user"})),
        oldest_exemplar(
            m.GaugeFamily("cortex_ingester_tsdb_exemplar_last_exemplars_timestamp_seconds",
                          "Time of the oldest exemplar of a tenant that is kept", {"user"})),
        owned_series(m.GaugeFamily("cortex_ingester_owned_series",
                                   "Series in memory of a tenant whose series are limited",
                                   {"user"})),
        local_limits(m.GaugeFamily("cortex_ingester_local_limits",
                                   "Limits of a tenant as they hold here", {"limit", "user"})),
        inflight_bytes(m.Gauge("cortex_ingester_inflight_push_requests_bytes",
                               "Bytes of the writes under way")),
        inflight_reads(m.Gauge("cortex_ingester_inflight_read_requests", "Reads under way")),
        inflight(m.Gauge("cortex_ingester_inflight_push_requests", "Writes under way")),
        ingestion_rate(m.Gauge("cortex_ingester_ingestion_rate_samples_per_second",
                               "Samples taken a second, a mean over the last seconds")),
        queried_series(m.HistogramFamily("cortex_ingester_queried_series",
                                         "Series that a query was given", {"stage"},
                                         {10, 80, 640, 5120, 40960, 327680})
                           .With({"merged_blocks"})),
        queried_samples(m.HistogramFamily("cortex_ingester_queried_samples",
                                          "Samples of the chunks that a query was given", {},
                                          {10, 80, 640, 5120, 40960, 327680, 2621440, 20971520})
                            .With({})),
        queried_exemplars(m.HistogramFamily("cortex_ingester_queried_exemplars",
                                            "Exemplars that a query was given", {},
                                            {10, 50, 250, 1250, 6250})
                              .With({})),
        replay_seconds(m.Gauge("kvs_head_wal_replay_seconds", "How long the last replay took")) {}

  sdk::Cell memory_series;
  sdk::Cell memory_users;
  sdk::Family series_created;
  sdk::Family series_removed;
  sdk::Family ingested;
  sdk::Family failures;
  sdk::Family late;
  sdk::Family discarded;
  sdk::Family discarded_metadata;
  sdk::Family exemplars_appended;
  sdk::Cell exemplars_stored;
  sdk::Cell head_bytes;
  sdk::Cell wal_corruptions;
  sdk::Cell wal_bytes_lost;
  sdk::Cell wal_samples_lost;
  sdk::Cell wal_write_failures;
  sdk::Cell wal_bytes;
  sdk::Cell wal_syncs;
  sdk::Cell compactions;
  sdk::Cell compactions_failed;
  sdk::Cell compaction_seconds;
  sdk::Cell oldest_unshipped;
  sdk::Cell shipper_uploads;
  sdk::Cell shipper_failures;
  sdk::Cell shipper_last_upload;
  sdk::Cell block_bytes;
  sdk::Cell unshipped_bytes;
  sdk::Cell blocks_loaded;
  sdk::Cell checkpoints;
  sdk::Cell checkpoints_failed;
  sdk::Cell checkpoints_damaged;
  sdk::Cell checkpoint_deletions;
  sdk::Cell checkpoint_deletions_failed;
  sdk::Cell chunk_corruptions;
  sdk::Cell head_truncations;
  sdk::Cell head_truncations_failed;
  sdk::Cell wal_truncations;
  sdk::Cell wal_truncations_failed;
  sdk::Cell wal_truncate_seconds;
  sdk::Cell forced_compactions;
  sdk::Family symbol_bytes;
  sdk::Family storage_blocks_bytes;
  sdk::Family exemplar_series;
  sdk::Family oldest_exemplar;
  sdk::Family owned_series;
  sdk::Family local_limits;
  sdk::Cell inflight_bytes;
  sdk::Cell inflight_reads;
  sdk::Cell inflight;
  sdk::Cell ingestion_rate;
  sdk::Cell queried_series;
  sdk::Cell queried_samples;
  sdk::Cell queried_exemplars;
  sdk::Cell replay_seconds;

  /// A query of a tenant that is there has ended.
  void Queried(uint64_t series, uint64_t samples) const {
    queried_series.Observe(static_cast<double>(series));
    queried_samples.Observe(static_cast<double>(samples));
  }
};

}  // namespace kvs::head
