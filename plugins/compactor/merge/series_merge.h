// SPDX-License-Identifier: Apache-2.0
// SeriesMerge: goes through the series of several blocks as through those of one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/postings.h"
#include "kvs/tsdb/series_cursor.h"

#include "merge/symbols.h"

namespace kvs::compactor {

/// One of the indexes, read as far as it stays in memory. Borrowed by walks.
struct OpenIndex {
  std::string name;
  tsdb::IndexHeader header;
  tsdb::SeriesSet series;  ///< All of them.

  static StatusOr<std::unique_ptr<OpenIndex>> Open(std::string name, const tsdb::ByteSource& index);
};

class SeriesMerge {
 public:
  /// A block that has the current series.
  struct Part {
    size_t source = 0;
    uint32_t number = 0;  ///< Of the series in that block.
    std::span<const tsdb::ChunkMeta> chunks;
  };

  SeriesMerge(const std::vector<std::unique_ptr<OpenIndex>>& indexes, const MergedSymbols& symbols);

  /// The next series; false at the end or on damage.
  bool Next();
  /// Of the current series, as numbers of the merged symbols; borrowed until the next call.
  std::span<const tsdb::SymbolPair> labels() const { return labels_; }
  /// In the order of the sources.
  std::span<const Part> parts() const { return parts_; }
  /// DataLoss begins with the name of the source.
  const Status& status() const { return status_; }

 private:
  struct Reader {
    explicit Reader(const OpenIndex& index);
    const OpenIndex* index;
    size_t source = 0;
    tsdb::SeriesCursor cursor;
    std::vector<tsdb::SymbolPair> labels;
  };
  // Reads the next series of a source; false at its end.
  StatusOr<bool> Advance(Reader* reader);
  static bool IsLater(const Reader* a, const Reader* b);

  const MergedSymbols& symbols_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Reader*> heap_;
  std::vector<Reader*> current_;
  std::vector<tsdb::SymbolPair> labels_, next_labels_;
  std::vector<Part> parts_;
  Status status_;
};

}  // namespace kvs::compactor
