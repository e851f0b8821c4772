// SPDX-License-Identifier: Apache-2.0
// IndexHeader: what must be in memory of an index so that everything else is found with few reads:
// where every 32nd symbol stands, and every 32nd entry of the postings offset table. Symbols and
// values between are read from the source, which may be a local copy of these two parts only.
//
//   KVS_ASSIGN_OR_RETURN(IndexHeader header, IndexHeader::Read(source));
//   KVS_ASSIGN_OR_RETURN(ByteRange list, header.FindPostings("job", "node"));
//
// Immutable once read; callable from several threads. [any]
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/index_format.h"

namespace kvs::tsdb {

class ValueCursor;

class IndexHeader {
 public:
  static constexpr uint32_t kSampleEvery = 32;

  /// Reads header, symbols, postings offset table and table of contents once and checks them.
  /// `source`, which outlives the result, is the whole index, or at least has these parts where the
  /// index has them. DataLoss names the part and the offset.
  static StatusOr<IndexHeader> Read(const ByteSource& source);

  const IndexLayout& layout() const { return layout_; }
  const ByteSource& source() const { return *source_; }

  uint32_t n_symbols() const { return n_symbols_; }
  /// The text of this number, in `scratch` or borrowed from the source.
  StatusOr<std::string_view> Symbol(uint32_t number, Bytes* scratch) const;

  /// A label name that some series has.
  struct Name {
    std::string name;
    uint64_t n_values = 0;

    ByteRange entries;        ///< In the postings offset table.
    uint64_t first_list = 0;  ///< Where the lists of its values begin, and end.
    uint64_t lists_end = 0;
    size_t first_sample = 0;  ///< Among the header's samples.
  };
  /// Ascending; borrowed.
  const std::vector<Name>& names() const { return names_; }
  /// Null when no series has the name.
  const Name* FindName(std::string_view name) const;

  /// Where the postings of a label are: the list, and perhaps padding. Empty: no series has it.
  StatusOr<ByteRange> FindPostings(std::string_view name, std::string_view value) const;
  /// The list of all series.
  ByteRange all_postings() const { return all_postings_; }
  /// The values of a name with their postings, ascending, from the first that is not before `from`.
  ValueCursor Values(std::string_view name, std::string_view from = {}) const;

  /// Bytes held, roughly.
  size_t MemoryBytes() const;

 private:
  friend class ValueCursor;
  // Every kSampleEvery-th value of a name, the first one included.
  struct Sample {
    uint32_t entry;       // Offset in the postings offset table.
    uint32_t text_begin;  // In sample_texts_, up to that of the next sample.
  };
  struct Entry;
  class TableReader;

  IndexHeader() = default;
  Status ReadSymbols();
  Status ReadPostingsTable();
  std::string_view SampleText(size_t i) const;
  size_t SampleEnd(const Name& name) const;

  const ByteSource* source_ = nullptr;
  IndexLayout layout_;
  uint32_t n_symbols_ = 0;
  std::vector<uint32_t> symbol_at_;  // Every kSampleEvery-th: offset in the symbols.
  uint64_t symbols_end_ = 0;         // Behind the last one, in the file.
  std::vector<Name> names_;
  std::vector<Sample> samples_;
  std::string sample_texts_;
  ByteRange all_postings_;
};

/// See IndexHeader::Values().
class ValueCursor {
 public:
  ~ValueCursor();
  ValueCursor(ValueCursor&&) noexcept;

  /// The next value; false at the end, or on damage.
  bool Next();
  /// Of the current value; borrowed until the next call of Next().
  std::string_view value() const;
  ByteRange postings() const;
  const Status& status() const;

 private:
  friend class IndexHeader;
  struct State;
  explicit ValueCursor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Symbols of one query, each read once. Not synchronised.
class SymbolResolver {
 public:
  /// `header` outlives the resolver.
  explicit SymbolResolver(const IndexHeader& header);

  /// Borrowed from the resolver. DataLoss when there is no such symbol.
  StatusOr<std::string_view> Resolve(uint32_t number);

 private:
  struct Slot {
    uint64_t number = kFree;
    std::string_view text;
  };
  static constexpr uint64_t kFree = UINT64_MAX;

  Slot& FindSlot(uint32_t number);
  StatusOr<std::string_view> Read(uint32_t number);

  const IndexHeader& header_;
  std::vector<Slot> known_;  // Open addressing; a power of two.
  size_t n_known_ = 0;
  model::ByteArena texts_;
  Bytes scratch_;
};

}  // namespace kvs::tsdb
