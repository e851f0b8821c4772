// SPDX-License-Identifier: Apache-2.0
// IndexWriter: makes the index of a block, front to back, into a sink that only appends; the bytes
// are those that Prometheus writes.
//
//   IndexWriter index(sink);
//   for each text, ascending:     KVS_RETURN_IF_ERROR(index.AddSymbol(text));
//   for each series, ascending:   KVS_RETURN_IF_ERROR(index.AddSeries(labels, chunks));
//   KVS_RETURN_IF_ERROR(index.Finish());
//
// Labels are numbers of symbols, in the order they were added. Because symbols ascend, so do their
// numbers, and series are compared without their texts.
//
// Memory: the symbols, and until the end four bytes a series and four a label of it, beside a
// bounded buffer. Not synchronised. [any]
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/index_format.h"

namespace kvs::tsdb {

class IndexWriter {
 public:
  /// `sink` outlives the writer.
  explicit IndexWriter(ByteSink& sink);
  ~IndexWriter();
  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;

  /// The next text; all come before the first series. InvalidArgument when it does not come after
  /// the one before, ResourceExhausted when the texts exceed 4 GiB.
  Status AddSymbol(std::string_view text);

  /// The next series. `labels` ascend by name and have values; the series comes after the one
  /// before, label by label. `chunks` ascend and do not overlap. InvalidArgument tells which of it
  /// is broken; ResourceExhausted: series take more than 64 GiB.
  Status AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkMeta> chunks);

  /// Writes what stands behind the series. The index is complete in the sink when this is OK.
  Status Finish();

  uint64_t n_series() const;
  /// Bytes of the index so far.
  uint64_t size_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvs::tsdb
