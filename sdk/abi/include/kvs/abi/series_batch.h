// SPDX-License-Identifier: Apache-2.0
/// A series batch: labels and still encoded chunks, as a source gives them. Chunks stay encoded until an engine needs the
/// samples; merging works on labels and time bounds.
#ifndef KVS_ABI_SERIES_BATCH_H_
#define KVS_ABI_SERIES_BATCH_H_

#include "kvs/abi/abi.h"

/// Chunk encodings, Prometheus' numbers. Those of 128 and above belong to vendors, but for Thanos' number of aggregates, which
/// only readers get that ask for them; docs/formats/chunk_aggregates.md has the bytes. In 4 to 6 each sample may say since when
/// it counts: 4 has floats, 5 and 6 what 2 and 3 have. A source gives them where it has such samples; who cannot decode an
/// encoding answers UNIMPLEMENTED rather than leave samples out.
enum {
  KVS_CHUNK_XOR = 1, KVS_CHUNK_HISTOGRAM = 2, KVS_CHUNK_FLOAT_HISTOGRAM = 3, KVS_CHUNK_XOR2 = 4,
  KVS_CHUNK_HISTOGRAM_START = 5, KVS_CHUNK_FLOAT_HISTOGRAM_START = 6, KVS_CHUNK_AGGREGATES = 255
};

/// Label sets of many series over one symbol table. Batch. Names are sorted within a series.
typedef struct kvs_label_columns {
  uint32_t         struct_size;
  uint32_t         n_series;
  const kvs_str_t *symbols;
  uint64_t         n_symbols;
  const uint32_t  *begin;  ///< n_series + 1; counts refs, two a label
  const uint32_t  *refs;   ///< name, value, name, value, ...
  /// Frees the columns; NULL when they are part of something else. [any]
  void (*release)(struct kvs_label_columns *self) KVS_NOEXCEPT;
  void *producer;
} kvs_label_columns_t;

/// One encoded chunk. Element. `data` is the payload without length, encoding byte or checksum.
typedef struct kvs_chunk {
  int64_t        min_ms;
  int64_t        max_ms;
  const uint8_t *data;
  uint32_t       size;
  uint16_t       n_samples;  ///< 0: unknown
  uint8_t        encoding;
  uint8_t        flags;      ///< KVS_CHUNK_OVERLAPS, KVS_CHUNK_WINDOW_
} kvs_chunk_t;

/// Flags of a chunk: it may overlap others of its series, so they must be merged sample by sample.
enum { KVS_CHUNK_OVERLAPS = 1u << 0 };

/// Of KVS_CHUNK_AGGREGATES the flags say how long the windows are; neither: another length.
enum { KVS_CHUNK_WINDOW_5M = 1u << 1, KVS_CHUNK_WINDOW_1H = 1u << 2 };

/// Batch; immutable until released. At most about 1 MiB of chunk bytes or 1024 series. Chunks of a series are in order of
/// min_ms.
typedef struct kvs_series_batch {
  uint32_t            struct_size;
  uint32_t            n_series;
  kvs_label_columns_t labels;       ///< embedded: frozen at its first release
  const uint32_t     *chunk_begin;  ///< n_series + 1; NULL: no chunks were asked for
  const kvs_chunk_t  *chunks;
  /// Unpins everything the batch points at. Called once. [any]
  void (*release)(struct kvs_series_batch *self) KVS_NOEXCEPT;
  void *producer;
} kvs_series_batch_t;

#endif  // KVS_ABI_SERIES_BATCH_H_
