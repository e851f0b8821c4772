// SPDX-License-Identifier: Apache-2.0
// kvs.series_source/1 from C++: derive from SeriesSource to provide it, hold a SourceRef to use it. The contract of each
// function stands in kvs/abi/port/series_source.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// An open selection, as its provider writes it.
class SeriesCursor {
 public:
  virtual ~SeriesCursor() = default;
  /// Gives the next batch in *out, or returns End().
  virtual Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer& completer) = 0;
  /// Appends what turned out to be missing while it was read, so far. Decorators append what those behind them say.
  virtual void AddLateWarnings(std::vector<std::string>* /*warnings*/) {}

 private:
  friend struct CursorEntries;
  std::vector<std::string> told_texts_;  // What the reader was told last, and holds pointers to.
  std::vector<kvs_str_t> told_;
};

/// Hands a cursor to whoever called Select().
void HandOutCursor(kvs_series_cursor_t& out, std::unique_ptr<SeriesCursor> cursor);

/// Everything on the read path below an engine.
class SeriesSource {
 public:
  using Table = kvs_series_source_table_t;
  static constexpr const char* kId = KVS_SERIES_SOURCE_V1;
  virtual ~SeriesSource() = default;

  virtual Outcome Select(const Call& call, const kvs_select_t& in, kvs_series_cursor_t& out, Completer& completer) = 0;
  virtual Outcome LabelNames(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) = 0;
  virtual Outcome LabelValues(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) = 0;
  virtual Outcome Metadata(const Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out, Completer& completer) = 0;
  virtual Outcome Exemplars(const Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out, Completer& completer) = 0;
  /// Those who cannot list tenants leave it: UNIMPLEMENTED.
  virtual Outcome Tenants(const Call& /*call*/, const kvs_label_query_t& /*in*/, kvs_strings_t& /*out*/, Completer& /*completer*/) {
    return Unimplemented("this source cannot list tenants");
  }

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&SeriesSource::Select>::Entry,
                                     &Thunk<&SeriesSource::LabelNames>::Entry, &Thunk<&SeriesSource::LabelValues>::Entry,
                                     &Thunk<&SeriesSource::Metadata>::Entry, &Thunk<&SeriesSource::Exemplars>::Entry,
                                     &Thunk<&SeriesSource::Tenants>::Entry};
    return &kTable;
  }
};

class SourceRef : public RefBase<SeriesSource> {
 public:
  using RefBase::RefBase;
  Method<kvs_select_t, kvs_series_cursor_t> select() const { return {table()->select, self()}; }
  Method<kvs_label_query_t, kvs_strings_t> label_names() const { return {table()->label_names, self()}; }
  Method<kvs_label_query_t, kvs_strings_t> label_values() const { return {table()->label_values, self()}; }
  Method<kvs_metadata_query_t, kvs_metadata_list_t> metadata() const { return {table()->metadata, self()}; }
  Method<kvs_label_query_t, kvs_exemplar_list_t> exemplars() const { return {table()->exemplars, self()}; }
  Method<kvs_label_query_t, kvs_strings_t> tenants() const { return {table()->tenants, self()}; }
};

/// A batch that unpins itself.
struct ReleaseBatch {
  void operator()(kvs_series_batch_t* batch) const {
    if (batch->release != nullptr) batch->release(batch);
  }
};
using BatchPtr = std::unique_ptr<kvs_series_batch_t, ReleaseBatch>;

/// A selection as its consumer holds it: opened once, read to the end, closed on destruction.
class OpenSelection {
 public:
  OpenSelection() : cursor_(Record<kvs_series_cursor_t>()) {}
  OpenSelection(OpenSelection&& other) noexcept : cursor_(std::exchange(other.cursor_, Record<kvs_series_cursor_t>())) {}
  OpenSelection& operator=(OpenSelection&& other) noexcept {
    std::swap(cursor_, other.cursor_);
    return *this;
  }
  ~OpenSelection() {
    if (cursor_.table != nullptr) cursor_.table->release(cursor_.self);
  }

  kvs_series_cursor_t* out() { return &cursor_; }
  Method<void, kvs_series_batch_t*> next() const { return {cursor_.table->next, cursor_.self}; }
  /// Waits for the next batch; a null pointer at the end. [worker]
  StatusOr<BatchPtr> Next(const Call& call) const;
  /// Appends what came with the selection.
  void AddWarnings(std::vector<std::string>* warnings) const;
  /// Appends what turned out to be missing since, so far: all there will be, after the end.
  void AddLateWarnings(std::vector<std::string>* warnings) const;
  const kvs_series_cursor_t& raw() const { return cursor_; }

 private:
  kvs_series_cursor_t cursor_;
};

}  // namespace kvs::sdk
