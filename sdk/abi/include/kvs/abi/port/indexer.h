// SPDX-License-Identifier: Apache-2.0
/// kvs.indexer/1: label sets to series ids and back. Ids are dense 32-bit numbers per tenant (kvs_call_t.tenant), given once
/// and reused only after remove. An indexer knows labels, never samples.
#ifndef KVS_ABI_PORT_INDEXER_H_
#define KVS_ABI_PORT_INDEXER_H_

#include "kvs/abi/call.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/abi/series_batch.h"
#include "kvs/abi/write_batch.h"

#define KVS_INDEXER_V1 "kvs.indexer/1"

/// Ids, in ascending order. Record; owned.
typedef struct kvs_ids {
  uint32_t        struct_size;
  uint32_t        reserved;
  const uint32_t *ids;
  uint64_t        n_ids;
  void (*release)(struct kvs_ids *self) KVS_NOEXCEPT;  ///< [any]
  void *producer;
} kvs_ids_t;

/// No series: what a row gets that may not make one.
#define KVS_NO_ID 0xffffffffu

/// Where resolve writes: one id for each row of the view, in its order. Record; the caller's memory.
typedef struct kvs_resolved {
  uint32_t  struct_size;
  uint32_t  n_created;  ///< how many of them are new
  uint32_t *ids;        ///< as many as the view has rows
  uint8_t  *created;    ///< the same; 1: this row created it; 2: refused for max_per_metric
  uint32_t  is_bounded;  ///< 1: at most max_created new ones are made, and rows beyond get KVS_NO_ID
  uint32_t  max_created;
  uint32_t  max_per_metric;  ///< 0: any; else none is made whose __name__ so many series have, and its row gets KVS_NO_ID
  uint32_t  reserved;
} kvs_resolved_t;

/// What `created` says of a row beyond max_per_metric.
#define KVS_CREATED_NONE_OF_METRIC 2

/// Asks for the labels of ids. Record.
typedef struct kvs_labels_query {
  uint32_t         struct_size;
  uint32_t         has_names;  ///< 1: only the labels in `names`
  const uint32_t  *ids;
  uint64_t         n_ids;
  const kvs_str_t *names;
  uint64_t         n_names;
} kvs_labels_query_t;

/// Figures of one tenant. Record.
typedef struct kvs_index_stats {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t n_series;
  uint64_t id_end;  ///< above every id
  uint64_t bytes;   ///< of memory, or of disk where it lives there
} kvs_index_stats_t;

typedef struct kvs_indexer_table {
  uint32_t struct_size;
  uint32_t reserved;
  /// Finds the id of each label set, or makes one. Labels are valid and sorted by name: whoever calls has seen to it.
  /// [any & started]
  kvs_status_t (*resolve)(void *self, const kvs_call_t *call, const kvs_write_view_t *in, kvs_resolved_t *out,
                          const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// The ids whose labels match. [any & started]
  kvs_status_t (*select)(void *self, const kvs_call_t *call, const kvs_matchers_t *in, kvs_ids_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// The labels of ids, in their order. Symbols may point into the index and are valid until release. KVS_NOT_FOUND names an id
  /// that is not there. [any & started]
  kvs_status_t (*labels)(void *self, const kvs_call_t *call, const kvs_labels_query_t *in, kvs_label_columns_t *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// min_ms and max_ms are not looked at. [any & started]
  kvs_status_t (*label_names)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out,
                              const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// [any & started]
  kvs_status_t (*label_values)(void *self, const kvs_call_t *call, const kvs_label_query_t *in, kvs_strings_t *out,
                               const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// Forgets ids (ascending); those not there are skipped. `out` is NULL. [any & started]
  kvs_status_t (*remove)(void *self, const kvs_call_t *call, const kvs_ids_t *in, void *out,
                         const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
  /// `in` is NULL. [any & started]
  kvs_status_t (*stats)(void *self, const kvs_call_t *call, const void *in, kvs_index_stats_t *out,
                        const kvs_completion_t *completion, kvs_error_t *error) KVS_NOEXCEPT;
} kvs_indexer_table_t;

#endif  // KVS_ABI_PORT_INDEXER_H_
