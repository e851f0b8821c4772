// SPDX-License-Identifier: Apache-2.0
// Every metric of the compactor, under the names that Mimir's dashboards and alerts know.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::compactor {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : runs_started(m.Counter("cortex_compactor_runs_started_total",
                               "Total number of compaction runs started.")),
        runs_completed(m.Counter("cortex_compactor_runs_completed_total",
                                 "Total number of compaction runs successfully completed.")),
        runs_failed(m.CounterFamily("cortex_compactor_runs_failed_total",
                                    "Total number of compaction runs failed.", {"reason"})),
        last_successful_run(m.Gauge("cortex_compactor_last_successful_run_timestamp_seconds",
                                    "Unix timestamp of the last successful compaction run.")),
        tenants_discovered(
            m.Gauge("cortex_compactor_tenants_discovered",
                    "Number of tenants discovered during the current compaction run.")),
        tenants_skipped(m.Gauge("cortex_compactor_tenants_skipped",
                                "Number of tenants skipped during the current compaction run.")),
        tenants_succeeded(
            m.Gauge("cortex_compactor_tenants_processing_succeeded",
                    "Number of tenants successfully processed during the current compaction run.")),
        tenants_failed(
            m.Gauge("cortex_compactor_tenants_processing_failed",
                    "Number of tenants failed processing during the current compaction run.")),
        compactions(
            m.Counter("cortex_compactor_group_compactions_total",
                      "Total number of group compaction attempts that resulted in new block(s).")),
        compaction_runs_started(m.Counter("cortex_compactor_group_compaction_runs_started_total",
                                          "Total number of group compaction attempts.")),
        compaction_runs_completed(
            m.Counter("cortex_compactor_group_compaction_runs_completed_total",
                      "Total number of group completed compaction runs.")),
        compaction_failures(m.Counter("cortex_compactor_group_compactions_failures_total",
                                      "Total number of failed group compactions.")),
        samples_compacted(
            m.Counter("kvs_compactor_samples_total", "Samples that went through compaction.")),
        blocks_downsampled(m.CounterFamily("kvs_compactor_blocks_downsampled_total",
                                           "Blocks of aggregates that were made.", {"resolution"})),
        marked_no_compact(m.CounterFamily(
            "cortex_compactor_blocks_marked_for_no_compaction_total",
            "Total number of blocks that were marked for no-compaction.", {"reason"})),
        marked_for_deletion(m.CounterFamily(
            "cortex_compactor_blocks_marked_for_deletion_total",
            "Total number of blocks marked for deletion in compactor.", {"reason"})),
        jobs_left(m.CounterFamily("kvs_compactor_jobs_left_total",
                                  "Planned jobs that were left to other compactors: owner (the "
                                  "ring says so), lease (another one has it), done (just now).",
                                  {"reason"})),
        cleanup_started(m.Counter("cortex_compactor_block_cleanup_started_total",
                                  "Total number of blocks cleanup runs started.")),
        cleanup_completed(m.Counter("cortex_compactor_block_cleanup_completed_total",
                                    "Total number of blocks cleanup runs successfully completed.")),
        cleanup_failed(m.Counter("cortex_compactor_block_cleanup_failed_total",
                                 "Total number of blocks cleanup runs failed.")),
        cleanup_last_run(
            m.Gauge("cortex_compactor_block_cleanup_last_successful_run_timestamp_seconds",
                    "Unix timestamp of the last successful blocks cleanup run.")),
        blocks_cleaned(
            m.Counter("cortex_compactor_blocks_cleaned_total", "Total number of blocks deleted.")),
        delete_failures(m.Counter("cortex_compactor_block_cleanup_failures_total",
                                  "Total number of blocks failed to be deleted.")),
        blocks(m.GaugeFamily("cortex_bucket_blocks_count",
                             "Total number of blocks in the bucket. Includes blocks marked for "
                             "deletion, but not partial blocks.",
                             {"user"})),
        blocks_marked(m.GaugeFamily("cortex_bucket_blocks_marked_for_deletion_count",
                                    "Total number of blocks marked for deletion in the bucket.",
                                    {"user"})),
        blocks_partial(m.GaugeFamily("cortex_bucket_blocks_partials_count",
                                     "Total number of partial blocks.", {"user"})),
        index_updated(m.GaugeFamily(
            "cortex_bucket_index_last_successful_update_timestamp_seconds",
            "Timestamp of the last successful update of a tenant's bucket index.", {"user"})),
        uploaded_blocks(m.CounterFamily("cortex_block_upload_api_blocks_total",
                                        "Total number of blocks successfully uploaded and "
                                        "validated using the block upload API.",
                                        {"user"})),
        uploaded_bytes(m.CounterFamily("cortex_block_upload_api_bytes_total",
                                       "Total number of bytes from successfully uploaded and "
                                       "validated blocks using block upload API.",
                                       {"user"})),
        uploaded_files(m.CounterFamily("cortex_block_upload_api_files_total",
                                       "Total number of files from successfully uploaded and "
                                       "validated blocks using block upload API.",
                                       {"user"})) {}

  sdk::Cell runs_started, runs_completed;
  sdk::Family runs_failed;
  sdk::Cell last_successful_run;
  sdk::Cell tenants_discovered, tenants_skipped, tenants_succeeded, tenants_failed;
  sdk::Cell compactions, compaction_runs_started, compaction_runs_completed, compaction_failures;
  sdk::Cell samples_compacted;
  sdk::Family blocks_downsampled;
  sdk::Family marked_no_compact, marked_for_deletion;
  sdk::Family jobs_left;
  sdk::Cell cleanup_started, cleanup_completed, cleanup_failed, cleanup_last_run;
  sdk::Cell blocks_cleaned, delete_failures;
  sdk::Family blocks, blocks_marked, blocks_partial, index_updated;
  sdk::Family uploaded_blocks, uploaded_bytes, uploaded_files;
};

}  // namespace kvs::compactor
