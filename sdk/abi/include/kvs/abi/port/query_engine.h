// SPDX-License-Identifier: Apache-2.0
/// kvs.query_engine/1: answers PromQL queries. What it reads is wired to it, so a decorator (split, cache, shard) and a
/// network hop look just like an engine.
#ifndef KVS_ABI_PORT_QUERY_ENGINE_H_
#define KVS_ABI_PORT_QUERY_ENGINE_H_

#include "kvs/abi/call.h"
#include "kvs/abi/series_batch.h"
#include "kvs/abi/write_batch.h"

#define KVS_QUERY_ENGINE_V1 "kvs.query_engine/1"

/// Flags of kvs_query_t.
enum {
  KVS_QUERY_RANGE           = 1u << 0,  ///< evaluate from start to end; without it once, at start
  KVS_QUERY_STATS           = 1u << 1,
  KVS_QUERY_STATS_PER_STEP  = 1u << 2,
  KVS_QUERY_EXPLAIN         = 1u << 3,  ///< say how, do not evaluate
  KVS_QUERY_ANALYZE         = 1u << 4,  ///< evaluate, and say how it went
  KVS_QUERY_NO_CACHE        = 1u << 5,
  /// A part of a query that was let in: what its tenant may ask of a query as a whole (its length, rules that block or limit
  /// it) has been looked at, and counted once.
  KVS_QUERY_PART            = 1u << 6
};

/// Instead of a length in kvs_query_t::max_resolution_ms.
enum {
  KVS_RESOLUTION_SAMPLES = -1,  ///< samples, never aggregates
  KVS_RESOLUTION_AUTO    = -2   ///< aggregates that are short beside the step
};

/// Record. The deadline is in the call.
typedef struct kvs_query {
  uint32_t  struct_size;
  uint32_t  flags;
  kvs_str_t text;
  int64_t   start_ms;
  int64_t   end_ms;
  int64_t   step_ms;      ///< above 0 with KVS_QUERY_RANGE
  int64_t   lookback_ms;  ///< 0: the engine's own
  /// Answers may be estimated from aggregates over windows of at most so long, or KVS_RESOLUTION_; 0: the engine's own.
  /// What aggregates answer exactly is theirs in any case, but with KVS_RESOLUTION_SAMPLES.
  int64_t   max_resolution_ms;
  /// Only series of this shard are read, by canonical hash as in kvs_select_t: the answer is a partial one, which makes
  /// sense for an aggregation over one selector.
  uint32_t  shard_index;
  uint32_t  shard_count;  ///< 0: all
  int32_t   priority;     ///< among queries of one tenant that wait: higher ones run first
  uint32_t  reserved;
} kvs_query_t;

/// What a result is. Closed.
enum { KVS_VALUE_SCALAR = 1, KVS_VALUE_VECTOR = 2, KVS_VALUE_MATRIX = 3, KVS_VALUE_STRING = 4 };

/// The answer. Record; owned. A scalar is one series without labels and one point; a vector has one point a series; points
/// of a series are in time order. A series has float points, histogram points, or both.
typedef struct kvs_query_result {
  uint32_t            struct_size;
  int32_t             value_type;
  uint32_t            n_series;
  uint32_t            sorted;        ///< 1: the order of the series means something (sort, topk)
  kvs_label_columns_t labels;        ///< release is NULL: freed with the result
  const uint32_t     *point_begin;   ///< n_series + 1
  const int64_t      *timestamp_ms;
  const double       *value;
  const kvs_histogram_columns_t *histograms;  ///< is_float throughout; NULL: none
  kvs_str_t           text;          ///< of a string
  const kvs_str_t    *warnings;
  const kvs_str_t    *infos;
  uint64_t            n_warnings;
  uint64_t            n_infos;
  kvs_str_t           stats_json;    ///< Prometheus' `stats` object; empty unless asked for
  kvs_str_t           explain_json;  ///< empty unless asked for
  void (*release)(struct kvs_query_result *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_query_result_t;

/// Queries that are asked together. Record. The call's tenant, cancel token and deadline are those of all of them.
typedef struct kvs_query_batch {
  uint32_t                  struct_size;
  uint32_t                  max_parallel;  ///< evaluated at once at most; 0 counts as 1
  const kvs_query_t *const *queries;
  uint64_t                  n_queries;
  int64_t                   timeout_ms;    ///< of each, from when its own evaluation begins; 0: the call's deadline alone
} kvs_query_batch_t;

/// How one query of a batch ended. Element. `result` and `error` are the caller's, with struct_size set, and are filled as
/// those of a call of its own: result when `code` is KVS_OK, error (which may be NULL) otherwise.
typedef struct kvs_query_answer {
  kvs_query_result_t *result;
  kvs_error_t        *error;
  int64_t             wall_ns;  ///< how long planning and evaluating it took
  kvs_status_t        code;
  uint32_t            reserved;
} kvs_query_answer_t;

/// Answers in the order of the queries. Record. The caller allocates them all, as many as there are queries.
typedef struct kvs_query_answers {
  uint32_t            struct_size;
  uint32_t            reserved;
  kvs_query_answer_t *answers;
  uint64_t            n_answers;
} kvs_query_answers_t;

typedef struct kvs_query_engine_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Answers one query. Error codes: INVALID_ARGUMENT a query that cannot be parsed or typed, FAILED_PRECONDITION one that
  /// fails in evaluation, RESOURCE_EXHAUSTED a limit, DEADLINE_EXCEEDED, CANCELLED. [any & started]
  kvs_status_t (*query)(void *self, const kvs_call_t *call, const kvs_query_t *in, kvs_query_result_t *out,
                        const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Answers several queries, each as query() does: with a result, an error and limits of its own. They are planned together:
  /// what several of them select may be read once. KVS_OK: every answer is filled, also those of queries that failed. Any other
  /// code: none is, as with UNIMPLEMENTED of an engine that answers one query at a time. [any & started]
  kvs_status_t (*query_batch)(void *self, const kvs_call_t *call, const kvs_query_batch_t *in, kvs_query_answers_t *out,
                              const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_query_engine_table_t;

#endif  // KVS_ABI_PORT_QUERY_ENGINE_H_
