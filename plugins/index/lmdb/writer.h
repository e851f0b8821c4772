// SPDX-License-Identifier: Apache-2.0
// Writer: gives ids to new label sets and forgets series, within one write transaction.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/model/label_cursor.h"

#include "tables.h"

namespace kvs::index::lmdb {

/// Labels without those whose value is empty, borrowed; InvalidArgument for damaged bytes.
Status ReadLabels(const model::LabelSource& source, uint32_t row,
                  std::vector<model::LabelView>* labels);

class Writer {
 public:
  /// Makes the tenant when it is new.
  static StatusOr<Writer> Open(Txn& txn, const Tables& tables, std::string_view tenant);

  StatusOr<SeriesId> FindOrAdd(const std::vector<model::LabelView>& labels, bool* created);
  /// How many series have the metric name of these labels.
  StatusOr<uint64_t> CountOfMetric(const std::vector<model::LabelView>& labels);
  /// Skips ids that are not there.
  Status Remove(std::span<const SeriesId> ids);
  /// Writes what has been counted. Then the transaction may be committed.
  Status Finish();

 private:
  Writer(Txn& txn, const Tables& tables, uint32_t tenant)
      : txn_(txn), tables_(tables), tenant_(tenant) {}
  TenantView view() const { return {txn_, tables_, tenant_}; }
  StatusOr<SymbolId> Intern(std::string_view text);
  StatusOr<SeriesId> NewId();

  Txn& txn_;
  const Tables& tables_;
  const uint32_t tenant_;
  TenantState state_;
  std::map<std::string, SymbolId, std::less<>>
      interned_;  // In this transaction: neighbours share most texts.
};

}  // namespace kvs::index::lmdb
