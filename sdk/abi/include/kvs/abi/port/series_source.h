// SPDX-License-Identifier: Apache-2.0
/// kvs.series_source/1: everything on the read path below an engine. A decorator requires one and provides one; a merge
/// requires many.
#ifndef KVS_ABI_PORT_SERIES_SOURCE_H_
#define KVS_ABI_PORT_SERIES_SOURCE_H_

#include "kvs/abi/call.h"
#include "kvs/abi/series_batch.h"
#include "kvs/abi/write_batch.h"

#define KVS_SERIES_SOURCE_V1 "kvs.series_source/1"

/// How a matcher compares. Closed.
enum { KVS_MATCH_EQUAL = 0, KVS_MATCH_NOT_EQUAL = 1, KVS_MATCH_REGEX = 2, KVS_MATCH_NOT_REGEX = 3 };

/// Element. A label that a series does not have counts as the empty text.
typedef struct kvs_matcher {
  kvs_str_t name;
  kvs_str_t value;
  int32_t   type;
  uint32_t  reserved;
} kvs_matcher_t;

/// Several matchers, all of which must match. Element.
typedef struct kvs_matchers {
  const kvs_matcher_t *matchers;
  uint64_t             n;
} kvs_matchers_t;

/// Flags of kvs_select_t.
enum {
  KVS_SELECT_NO_CHUNKS  = 1u << 0,  ///< labels only: chunk_begin stays NULL
  KVS_SELECT_SORTED     = 1u << 1,  ///< series in label order; without it any order
  KVS_SELECT_HAS_LABELS = 1u << 2   ///< `labels` lists the only label names that anybody will look at
};

/// Aggregates of downsampled samples. Bits of kvs_select_t.
enum {
  KVS_AGGREGATE_COUNT   = 1u << 0,
  KVS_AGGREGATE_SUM     = 1u << 1,
  KVS_AGGREGATE_MIN     = 1u << 2,
  KVS_AGGREGATE_MAX     = 1u << 3,
  KVS_AGGREGATE_COUNTER = 1u << 4
};

/// Which series, which time, and what the result is for. Record. Matchers bind; hints may be ignored.
typedef struct kvs_select {
  uint32_t         struct_size;
  uint32_t         flags;
  int64_t          min_ms;  ///< inclusive
  int64_t          max_ms;  ///< inclusive
  kvs_matchers_t   matchers;
  kvs_str_t        func;     ///< hint, eg: "rate"
  int64_t          step_ms;  ///< hint
  int64_t          range_ms; ///< hint
  const kvs_str_t *labels;   ///< hint with KVS_SELECT_HAS_LABELS: other labels may be left out, sorting aside
  uint64_t         n_labels;
  uint64_t         limit;        ///< at most so many series; 0: no limit
  uint32_t         shard_index;  ///< of series by canonical hash, below shard_count
  uint32_t         shard_count;  ///< 0: all
  /// With `aggregates`: chunks of KVS_CHUNK_AGGREGATES over windows of at most so long are as good as samples. 0: only where
  /// there are no samples any more. A source gives every sample once: itself, or in one aggregate.
  int64_t          resolution_ms;
  uint32_t         aggregates;   ///< KVS_AGGREGATE_ bits that anybody will look at; 0: no chunk of KVS_CHUNK_AGGREGATES
  uint32_t         reserved;
} kvs_select_t;

typedef struct kvs_series_cursor_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Gives the next batch, KVS_END when there is none. One call at a time. `in` is NULL. The batch, *out, is owned by the
  /// caller, who calls its release; it may outlive the cursor. [any & started]
  kvs_status_t (*next)(void *self, const kvs_call_t *call, const void *in, kvs_series_batch_t **out,
                       const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Ends it, also early. No call is under way. [any]
  void (*release)(void *self) KVS_NOEXCEPT;
  /// What turned out to be missing while the selection was read, so far: gives *out that many sentences and returns how
  /// many. Those of kvs_series_cursor_t are not among them. After KVS_END there will be no more. Borrowed until the next
  /// call of this cursor. No call is under way. Whoever reads a cursor asks KVS_HAS() first: no kernel stands between. [any]
  uint64_t (*late_warnings)(void *self, const kvs_str_t **out) KVS_NOEXCEPT;
} kvs_series_cursor_table_t;

/// An open selection. Record; owned: table->release ends it. Warnings are what was known to be missing when it was opened;
/// valid until release.
typedef struct kvs_series_cursor {
  uint32_t                         struct_size;
  uint32_t                         n_warnings;
  const kvs_series_cursor_table_t *table;
  void                            *self;
  const kvs_str_t                 *warnings;
} kvs_series_cursor_t;

/// Asks for label names or values, or for tenants. Record.
typedef struct kvs_label_query {
  uint32_t              struct_size;
  uint32_t              reserved;
  int64_t               min_ms;
  int64_t               max_ms;
  const kvs_matchers_t *sets;   ///< series that match any of them; n_sets 0: all
  uint64_t              n_sets;
  kvs_str_t             name;   ///< of label_values: whose values; of tenants: how they begin
  uint64_t              limit;  ///< 0: no limit
} kvs_label_query_t;

/// Sorted, distinct texts. Record; owned.
typedef struct kvs_strings {
  uint32_t         struct_size;
  uint32_t         truncated;  ///< 1: the limit cut it
  const kvs_str_t *items;
  uint64_t         n_items;
  void (*release)(struct kvs_strings *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_strings_t;

/// Asks for metadata. Record.
typedef struct kvs_metadata_query {
  uint32_t  struct_size;
  uint32_t  reserved;
  kvs_str_t metric;            ///< empty: all
  uint64_t  limit;             ///< of metrics; 0: no limit
  uint64_t  limit_per_metric;  ///< 0: no limit
} kvs_metadata_query_t;

/// Metadata, those of one metric together. Record; owned.
typedef struct kvs_metadata_list {
  uint32_t              struct_size;
  uint32_t              reserved;
  const kvs_metadata_t *items;
  uint64_t              n_items;
  void (*release)(struct kvs_metadata_list *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_metadata_list_t;

/// Exemplars of series that match any of `sets`. Record; owned.
typedef struct kvs_exemplar_list {
  uint32_t                struct_size;
  uint32_t                reserved;
  kvs_label_columns_t     series;     ///< release is NULL: freed with the list
  kvs_exemplar_columns_t  exemplars;  ///< begin runs over the series
  void (*release)(struct kvs_exemplar_list *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_exemplar_list_t;

typedef struct kvs_series_source_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Opens a selection. The cursor sees every sample acknowledged before the call. [any & started]
  kvs_status_t (*select)(void *self, const kvs_call_t *call, const kvs_select_t *in, kvs_series_cursor_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// [any & started]
  kvs_status_t (*label_names)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out,
                              const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// [any & started]
  kvs_status_t (*label_values)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out,
                               const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// [any & started]
  kvs_status_t (*metadata)(void *self, const kvs_call_t *call, const kvs_metadata_query_t *in, kvs_metadata_list_t *out,
                           const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// min_ms, max_ms and sets of the query count. [any & started]
  kvs_status_t (*exemplars)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_exemplar_list_t *out,
                            const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Tenants that have data between min_ms and max_ms and whose names begin with `name`; sets are not looked at, nor is the
  /// tenant of the call. Who cannot tell cheaply whether there is data in that time names the tenant. [any & started]
  kvs_status_t (*tenants)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out,
                          const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_series_source_table_t;

#endif  // KVS_ABI_PORT_SERIES_SOURCE_H_
