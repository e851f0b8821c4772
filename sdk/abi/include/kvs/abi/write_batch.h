// SPDX-License-Identifier: Apache-2.0
/// A write batch: one decoded push, in columns. The shape is Remote Write 2.0's, struct of arrays: ragged data is always
/// begin[n + 1] offsets into flat arrays, so a batch can be checked in one pass, sent over a network, and sharded by
/// handing the same batch with different selections of rows.
///
/// Identity comes twice. `series_key` is a 128-bit hash of the series' label bytes as they arrived: equal keys mean equal
/// labels (different keys mean nothing: a hash is seeded per process, and two senders may write the same labels
/// differently). Who has seen a key before need not read labels at all, and that is the common case. The labels
/// themselves stand in one of two layouts, chosen per batch, both of them the bytes of the wire.
#ifndef KVS_ABI_WRITE_BATCH_H_
#define KVS_ABI_WRITE_BATCH_H_

#include "kvs/abi/abi.h"

/// A hash wide enough to stand for what was hashed. Element.
typedef struct kvs_key128 {
  uint64_t lo;
  uint64_t hi;
} kvs_key128_t;

/// How the labels of a batch are laid out. Closed within kvs.series_sink/1.
enum {
  /// label_bytes[i] is a run of protobuf records: tag 0x0a, length, and inside it field 1 the name and field 2 the value, as
  /// the labels of a prometheus.TimeSeries of Remote Write 1.0.
  KVS_LABELS_PROTOBUF = 1,
  /// label_refs[label_begin[i] .. label_begin[i + 1]) are pairs of symbols, name and value, as in Remote Write 2.0.
  KVS_LABELS_SYMBOLS = 2
};

/// Metric types, in Remote Write 2.0's numbers.
enum {
  KVS_TYPE_UNKNOWN = 0, KVS_TYPE_COUNTER = 1, KVS_TYPE_GAUGE = 2, KVS_TYPE_HISTOGRAM = 3, KVS_TYPE_GAUGE_HISTOGRAM = 4,
  KVS_TYPE_SUMMARY = 5, KVS_TYPE_INFO = 6, KVS_TYPE_STATESET = 7
};

/// Native histograms. Counts and buckets are 8-byte words: integers (buckets: deltas, as in Prometheus) or, where is_float,
/// the bits of doubles (buckets: absolute counts). Batch.
typedef struct kvs_histogram_columns {
  uint32_t        struct_size;
  uint32_t        n_histograms;
  const uint32_t *begin;               ///< of series: n_series + 1
  const int64_t  *timestamp_ms;
  const int64_t  *start_timestamp_ms;  ///< NULL: none carries one
  const uint8_t  *is_float;
  const uint8_t  *reset_hint;          ///< 0 unknown, 1 reset, 2 no reset, 3 gauge
  const int32_t  *schema;              ///< -4..8, or -53: custom bounds
  const double   *zero_threshold;
  const uint64_t *zero_count;
  const uint64_t *count;
  const double   *sum;
  const uint32_t *positive_span_begin;    ///< of histograms: n + 1, into span_*
  const uint32_t *negative_span_begin;    ///< n + 1; its spans stand in the same arrays
  const int32_t  *span_offset;
  const uint32_t *span_length;
  const uint32_t *positive_bucket_begin;  ///< n + 1, into bucket
  const uint32_t *negative_bucket_begin;  ///< n + 1
  const uint64_t *bucket;
  const uint32_t *custom_begin;           ///< n + 1, into custom_bound; NULL: none has any
  const double   *custom_bound;
} kvs_histogram_columns_t;

/// Exemplars, with labels as name and value texts. Batch.
typedef struct kvs_exemplar_columns {
  uint32_t          struct_size;
  uint32_t          n_exemplars;
  const uint32_t   *begin;        ///< of series: n_series + 1
  const int64_t    *timestamp_ms;
  const double     *value;
  const uint32_t   *label_begin;  ///< of exemplars: n + 1, into label
  const kvs_pair_t *label;
} kvs_exemplar_columns_t;

/// What a metric family is. Element.
typedef struct kvs_metadata {
  kvs_str_t metric;
  kvs_str_t help;
  kvs_str_t unit;
  uint32_t  type;
  uint32_t  reserved;
} kvs_metadata_t;

/// Batch; immutable. Columns of a kind nobody sent are NULL and their count is 0.
typedef struct kvs_write_batch {
  uint32_t            struct_size;
  uint32_t            label_layout;
  kvs_ref_t          *ref;                 ///< retain it to keep the batch longer than the call; never NULL
  uint32_t            n_series;
  uint32_t            n_samples;
  const kvs_key128_t *series_key;
  const kvs_bytes_t  *label_bytes;         ///< layout PROTOBUF, per series
  const uint32_t     *label_begin;         ///< layout SYMBOLS: n_series + 1; counts refs, two a label
  const uint32_t     *label_refs;
  const kvs_str_t    *symbols;
  uint64_t            n_symbols;
  const uint32_t     *sample_begin;        ///< n_series + 1
  const int64_t      *timestamp_ms;
  const double       *value;
  const int64_t      *start_timestamp_ms;  ///< per sample; NULL: none carries one
  const kvs_histogram_columns_t *histograms;
  const kvs_exemplar_columns_t  *exemplars;
  const kvs_metadata_t          *metadata;
  uint64_t                       n_metadata;
} kvs_write_batch_t;

/// A batch, or some of its series. Record. A sharding sink hands one batch on with different rows.
typedef struct kvs_write_view {
  uint32_t                 struct_size;
  uint32_t                 n_rows;  ///< meaningless when rows is NULL
  const kvs_write_batch_t *batch;
  const uint32_t          *rows;    ///< ascending series indices; NULL: every series (and the metadata). No series at all is
                                    ///< n_rows 0 with rows that are not NULL
} kvs_write_view_t;

#endif  // KVS_ABI_WRITE_BATCH_H_
