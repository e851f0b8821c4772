// SPDX-License-Identifier: Apache-2.0
#include "writer.h"

namespace kvs::index::lmdb {

Status ReadLabels(const model::LabelSource& source, uint32_t row,
                  std::vector<model::LabelView>* labels) {
  labels->clear();
  model::LabelCursor cursor(source, row);
  for (model::LabelView label; cursor.Next(&label);) {
    if (!label.value.empty()) labels->push_back(label);
  }
  return cursor.damaged() ? InvalidArgument("damaged labels of series ", row) : OkStatus();
}

StatusOr<Writer> Writer::Open(Txn& txn, const Tables& tables, std::string_view name) {
  if (name.empty() || name.size() > kvs::lmdb::kKeyBytesMax) {
    return InvalidArgument("the name of a tenant has 1 to ", kvs::lmdb::kKeyBytesMax,
                           " bytes, not ", name.size());
  }
  KVS_ASSIGN_OR_RETURN(auto tenant, TenantView::Find(txn, tables, name));
  if (!tenant.has_value()) {
    KVS_ASSIGN_OR_RETURN(const auto count, txn.Get(tables.meta, "tenants"));
    uint32_t number = 0;
    if (count.has_value()) {
      KVS_ASSIGN_OR_RETURN(number, DecodeNumber(*count));
    }
    KVS_RETURN_IF_ERROR(txn.Put(tables.meta, "tenants", Key({number + 1})));
    KVS_RETURN_IF_ERROR(txn.Put(tables.tenants, name, Key({number})));
    tenant = number;
  }
  Writer writer(txn, tables, *tenant);
  KVS_ASSIGN_OR_RETURN(writer.state_, writer.view().State());
  return writer;
}

StatusOr<SymbolId> Writer::Intern(std::string_view text) {
  const auto known = interned_.find(text);
  if (known != interned_.end()) return known->second;
  KVS_ASSIGN_OR_RETURN(auto symbol, view().Symbol(text));
  if (!symbol.has_value()) {
    if (state_.next_symbol == UINT32_MAX)
      return ResourceExhausted("the tenant has used up its ", UINT32_MAX, " symbols");
    symbol = state_.next_symbol++;
    KVS_RETURN_IF_ERROR(txn_.Put(tables_.symbols, Key({tenant_, *symbol}), text));
    KVS_RETURN_IF_ERROR(txn_.Put(tables_.numbers, HashKey(tenant_, HashOf(text)), Key({*symbol})));
  }
  interned_.emplace(text, *symbol);
  return *symbol;
}

StatusOr<SeriesId> Writer::NewId() {
  std::string freed;
  {
    const std::string prefix = Key({tenant_});
    KVS_ASSIGN_OR_RETURN(Cursor cursor, Cursor::Open(txn_, tables_.free));
    KVS_ASSIGN_OR_RETURN(const bool found, cursor.Move(MDB_SET_RANGE, prefix));
    if (found && cursor.key().starts_with(prefix) && cursor.key().size() == 8) freed = cursor.key();
  }
  if (!freed.empty()) {
    KVS_RETURN_IF_ERROR(txn_.Delete(tables_.free, freed).status());
    return NumberAt(freed, 4);
  }
  if (state_.next_id == UINT32_MAX)
    return ResourceExhausted("the tenant has used up its ", UINT32_MAX, " ids");
  return state_.next_id++;
}

StatusOr<SeriesId> Writer::FindOrAdd(const std::vector<model::LabelView>& labels, bool* created) {
  std::vector<SymbolPair> pairs;
  pairs.reserve(labels.size());
  for (const model::LabelView& label : labels) {
    KVS_ASSIGN_OR_RETURN(const SymbolId name, Intern(label.name));
    KVS_ASSIGN_OR_RETURN(const SymbolId value, Intern(label.value));
    pairs.emplace_back(name, value);
  }
  const std::string bytes = EncodePairs(pairs);
  KVS_ASSIGN_OR_RETURN(const auto known, view().Series(bytes));
  *created = !known.has_value();
  if (known.has_value()) return *known;

  KVS_ASSIGN_OR_RETURN(const SeriesId id, NewId());
  const std::string id_bytes = Key({id});
  KVS_RETURN_IF_ERROR(txn_.Put(tables_.series, Key({tenant_, id}), bytes));
  KVS_RETURN_IF_ERROR(txn_.Put(tables_.hashes, HashKey(tenant_, HashOf(bytes)), id_bytes));
  for (const auto& [name, value] : pairs) {
    KVS_RETURN_IF_ERROR(txn_.Put(tables_.postings, Key({tenant_, name, value}), id_bytes));
  }
  ++state_.n_series;
  return id;
}

StatusOr<uint64_t> Writer::CountOfMetric(const std::vector<model::LabelView>& labels) {
  for (const model::LabelView& label : labels) {
    if (label.name != model::kMetricNameLabel) continue;
    KVS_ASSIGN_OR_RETURN(const auto name, view().Symbol(label.name));
    KVS_ASSIGN_OR_RETURN(const auto value, view().Symbol(label.value));
    if (!name.has_value() || !value.has_value()) return 0;
    KVS_ASSIGN_OR_RETURN(Cursor cursor, Cursor::Open(txn_, tables_.postings));
    KVS_ASSIGN_OR_RETURN(bool found, cursor.Move(MDB_SET_KEY, Key({tenant_, *name, *value})));
    uint64_t n = 0;
    if (!found) return n;
    KVS_ASSIGN_OR_RETURN(found, cursor.Move(MDB_GET_MULTIPLE));
    while (found) {
      n += cursor.value().size() / 4;
      KVS_ASSIGN_OR_RETURN(found, cursor.Move(MDB_NEXT_MULTIPLE));
    }
    return n;
  }
  return 0;
}

Status Writer::Remove(std::span<const SeriesId> ids) {
  for (const SeriesId id : ids) {
    KVS_ASSIGN_OR_RETURN(const auto labels, view().Labels(id));
    if (!labels.has_value()) continue;
    const std::string id_bytes = Key({id});
    const std::string_view id_value = id_bytes;
    for (const auto& [name, value] : *labels) {
      KVS_RETURN_IF_ERROR(
          txn_.Delete(tables_.postings, Key({tenant_, name, value}), &id_value).status());
    }
    KVS_RETURN_IF_ERROR(
        txn_.Delete(tables_.hashes, HashKey(tenant_, HashOf(EncodePairs(*labels))), &id_value)
            .status());
    KVS_RETURN_IF_ERROR(txn_.Delete(tables_.series, Key({tenant_, id})).status());
    KVS_RETURN_IF_ERROR(txn_.Put(tables_.free, Key({tenant_, id}), {}));
    --state_.n_series;
  }
  return OkStatus();
}

Status Writer::Finish() {
  return txn_.Put(tables_.state, Key({tenant_}), Encode(state_));
}

}  // namespace kvs::index::lmdb
