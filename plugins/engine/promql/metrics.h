// SPDX-License-Identifier: Apache-2.0
// What engine.promql counts.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::engine::promql {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : running(m.Gauge("kvs_engine_promql_queries_running", "Queries in evaluation")),
        waiting(m.Gauge("kvs_engine_promql_queries_waiting", "Queries that wait for their turn")),
        memory(m.Gauge("kvs_engine_promql_memory_bytes",
                       "Memory of queries and of results that nobody has released")),
        samples(m.Counter("kvs_engine_promql_samples_read_total", "Samples decoded for queries")),
        queries(m.CounterFamily("kvs_engine_promql_queries_total",
                                "Queries that ended, by status code", {"code"})),
        shared_reads(m.Counter("kvs_engine_promql_shared_reads_total",
                               "Selections that were read once for several queries of a batch")),
        seconds(m.HistogramFamily("kvs_engine_promql_query_seconds",
                                  "Time of queries, waiting included", {},
                                  {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60})
                    .With({})),
        requests(m.HistogramFamily(
            "cortex_querier_request_duration_seconds", "Time of queries, waiting included",
            {"method", "route", "status_code", "ws"},
            {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 50, 100})),
        slices(m.HistogramFamily("prometheus_engine_query_duration_seconds",
                                 "Time that queries spend in a slice of their life", {"slice"},
                                 {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60})),
        queue_time(slices.With({"queue_time"})),
        prepare_time(slices.With({"prepare_time"})),
        inner_eval(slices.With({"inner_eval"})),
        result_sort(slices.With({"result_sort"})),
        // Mimir's frontend counts these; here it is whoever evaluates.
        tenant_seconds(m.CounterFamily("cortex_query_seconds_total",
                                       "Time of queries, waiting included", {"user"})),
        tenant_samples(m.CounterFamily("cortex_query_samples_processed_total",
                                       "Samples decoded for queries", {"user"})),
        tenant_series(m.CounterFamily("cortex_query_fetched_series_total",
                                      "Series that queries read of their source", {"user"})),
        tenant_chunks(m.CounterFamily("cortex_query_fetched_chunks_total",
                                      "Chunks that queries read of their source", {"user"})),
        tenant_chunk_bytes(m.CounterFamily("cortex_query_fetched_chunk_bytes_total",
                                           "Bytes of chunks that queries read of their source",
                                           {"user"})) {}

  sdk::Cell running;
  sdk::Cell waiting;
  sdk::Cell memory;
  sdk::Cell samples;
  sdk::Family queries;
  sdk::Cell shared_reads;
  sdk::Cell seconds;
  sdk::Family requests, slices;
  sdk::Cell queue_time, prepare_time, inner_eval, result_sort;
  sdk::Family tenant_seconds;
  sdk::Family tenant_samples;
  sdk::Family tenant_series;
  sdk::Family tenant_chunks;
  sdk::Family tenant_chunk_bytes;
};

}  // namespace kvs::engine::promql
