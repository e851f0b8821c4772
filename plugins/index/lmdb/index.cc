// SPDX-License-Identifier: Apache-2.0
#include "index.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>
#include <unordered_map>

#include <sys/stat.h>

#include "kvs/sdk/owned.h"

#include "selection.h"
#include "writer.h"

namespace kvs::index::lmdb {
namespace {

Status MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Unavailable("making folder ", folder, ": ", std::strerror(errno));
    }
    if (slash == std::string::npos) return OkStatus();
  }
}

model::LabelSource SourceOf(const kvs_write_batch_t& batch) {
  return {static_cast<model::LabelLayout>(batch.label_layout),
          reinterpret_cast<const model::BytesRef*>(batch.label_bytes),
          batch.label_begin,
          batch.label_refs,
          reinterpret_cast<const model::StrRef*>(batch.symbols),
          batch.n_symbols};
}

StatusOr<std::vector<model::Matcher>> Compile(const kvs_matchers_t& in) {
  std::vector<model::Matcher> out;
  for (uint64_t i = 0; i < in.n; ++i) {
    const kvs_matcher_t& m = in.matchers[i];
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher,
                         model::Matcher::Make(static_cast<model::MatchType>(m.type),
                                              sdk::View(m.name), sdk::View(m.value)));
    out.push_back(std::move(matcher));
  }
  return out;
}

// Columns of labels whose texts are copies: the transaction that read them ends before the caller
// is done.
class ColumnsBuilder {
 public:
  ColumnsBuilder() { kept_->begin.push_back(0); }

  Status Add(const TenantView& tenant, const std::vector<SymbolPair>& labels,
             const std::vector<std::string_view>* names) {
    for (const auto& [name, value] : labels) {
      KVS_ASSIGN_OR_RETURN(const uint32_t name_ref, RefOf(tenant, name));
      const std::string_view text = kept_->texts[name_ref];
      if (names != nullptr && std::find(names->begin(), names->end(), text) == names->end())
        continue;
      KVS_ASSIGN_OR_RETURN(const uint32_t value_ref, RefOf(tenant, value));
      kept_->refs.push_back(name_ref);
      kept_->refs.push_back(value_ref);
    }
    kept_->begin.push_back(static_cast<uint32_t>(kept_->refs.size()));
    return OkStatus();
  }

  void HandOut(kvs_label_columns_t& out) && {
    for (const std::string& text : kept_->texts) kept_->symbols.push_back(sdk::Str(text));
    out.n_series = static_cast<uint32_t>(kept_->begin.size() - 1);
    out.symbols = kept_->symbols.data();
    out.n_symbols = kept_->symbols.size();
    out.begin = kept_->begin.data();
    out.refs = kept_->refs.data();
    sdk::HandOut(out, std::move(kept_));
  }

 private:
  struct Kept {
    std::vector<std::string> texts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> begin, refs;
  };

  StatusOr<uint32_t> RefOf(const TenantView& tenant, SymbolId symbol) {
    const auto [entry, is_new] =
        refs_.try_emplace(symbol, static_cast<uint32_t>(kept_->texts.size()));
    if (is_new) {
      KVS_ASSIGN_OR_RETURN(const std::string_view text, tenant.Text(symbol));
      kept_->texts.emplace_back(text);
    }
    return entry->second;
  }

  std::unique_ptr<Kept> kept_ = std::make_unique<Kept>();
  std::unordered_map<SymbolId, uint32_t> refs_;
};

}  // namespace

sdk::Outcome LmdbIndex::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(MakeFolders(config_.dir));
  // Data pages are synced before the page that names them, but that page itself is not: after a
  // power cut the file is whole and may lack the last transactions, which whoever keeps the series'
  // data resolves again when it replays its log.
  const kvs::lmdb::EnvOptions options{.map_bytes = static_cast<uint64_t>(config_.capacity.bytes),
                                      .databases = 16,
                                      .flags = MDB_NOMETASYNC};
  KVS_ASSIGN_OR_RETURN(env_, Env::Open(config_.dir, options));
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  KVS_ASSIGN_OR_RETURN(tables_, Tables::Open(txn));
  return txn.Commit();
}

sdk::Outcome LmdbIndex::Stop(const sdk::Call&, sdk::Completer&) {
  env_ = Env();
  return OkStatus();
}

template <typename Read>
Status LmdbIndex::WithTenant(const sdk::Call& call, Read read) const {
  KVS_ASSIGN_OR_RETURN(const Txn txn, env_.Read());
  KVS_ASSIGN_OR_RETURN(const auto tenant, TenantView::Find(txn, tables_, call.tenant()));
  return tenant.has_value() ? read(TenantView(txn, tables_, *tenant)) : OkStatus();
}

Status LmdbIndex::ResolveKnown(const sdk::Call& call, const kvs_write_batch_t& batch,
                               std::span<const uint32_t> rows, const kvs_resolved_t& out,
                               std::vector<uint32_t>* unknown) const {
  const model::LabelSource source = SourceOf(batch);
  std::vector<model::LabelView> labels;
  std::vector<SymbolPair> pairs;
  std::unordered_map<std::string_view, std::optional<SymbolId>>
      symbols;  // Neighbours share most texts.
  std::vector<bool> found(rows.size());
  KVS_RETURN_IF_ERROR(WithTenant(call, [&](const TenantView& tenant) -> Status {
    const auto symbol_of = [&](std::string_view text) -> StatusOr<std::optional<SymbolId>> {
      const auto [entry, is_new] = symbols.try_emplace(text);
      if (is_new) {
        KVS_ASSIGN_OR_RETURN(entry->second, tenant.Symbol(text));
      }
      return entry->second;
    };
    for (size_t i = 0; i < rows.size(); ++i) {
      KVS_RETURN_IF_ERROR(ReadLabels(source, rows[i], &labels));
      pairs.clear();
      for (const model::LabelView& label : labels) {
        KVS_ASSIGN_OR_RETURN(const auto name, symbol_of(label.name));
        KVS_ASSIGN_OR_RETURN(const auto value, symbol_of(label.value));
        if (!name.has_value() || !value.has_value()) break;
        pairs.emplace_back(*name, *value);
      }
      if (pairs.size() != labels.size()) continue;
      KVS_ASSIGN_OR_RETURN(const auto id, tenant.Series(EncodePairs(pairs)));
      if (!id.has_value()) continue;
      out.ids[i] = *id;
      if (out.created != nullptr) out.created[i] = 0;
      found[i] = true;
    }
    return OkStatus();
  }));
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (!found[i]) unknown->push_back(i);
  }
  return OkStatus();
}

Status LmdbIndex::ResolveNew(const sdk::Call& call, const kvs_write_batch_t& batch,
                             std::span<const uint32_t> rows, const std::vector<uint32_t>& places,
                             kvs_resolved_t* out) {
  const model::LabelSource source = SourceOf(batch);
  const uint32_t max_created = sdk::MaxCreated(*out);
  const uint32_t max_per_metric = sdk::MaxPerMetric(*out);
  std::vector<model::LabelView> labels;
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  {
    KVS_ASSIGN_OR_RETURN(Writer writer, Writer::Open(txn, tables_, call.tenant()));
    for (const uint32_t place : places) {
      if (out->n_created >= max_created) {
        out->ids[place] = KVS_NO_ID;
        if (out->created != nullptr) out->created[place] = 0;
        continue;
      }
      KVS_RETURN_IF_ERROR(ReadLabels(source, rows[place], &labels));
      if (max_per_metric != UINT32_MAX) {
        KVS_ASSIGN_OR_RETURN(const uint64_t n, writer.CountOfMetric(labels));
        if (n >= max_per_metric) {
          out->ids[place] = KVS_NO_ID;
          if (out->created != nullptr) out->created[place] = KVS_CREATED_NONE_OF_METRIC;
          continue;
        }
      }
      bool created = false;
      KVS_ASSIGN_OR_RETURN(out->ids[place], writer.FindOrAdd(labels, &created));
      if (out->created != nullptr) out->created[place] = created ? 1 : 0;
      out->n_created += created ? 1 : 0;
    }
    KVS_RETURN_IF_ERROR(writer.Finish());
  }
  return txn.Commit();
}

sdk::Outcome LmdbIndex::Resolve(const sdk::Call& call, const kvs_write_view_t& in,
                                kvs_resolved_t& out, sdk::Completer&) {
  std::vector<uint32_t> all;
  std::span<const uint32_t> rows(in.rows, in.rows == nullptr ? 0 : in.n_rows);
  if (in.rows == nullptr) {
    all.resize(in.batch->n_series);
    std::iota(all.begin(), all.end(), 0u);
    rows = all;
  }
  out.n_created = 0;
  std::vector<uint32_t> unknown;
  KVS_RETURN_IF_ERROR(ResolveKnown(call, *in.batch, rows, out, &unknown));
  if (unknown.empty()) return OkStatus();
  return ResolveNew(call, *in.batch, rows, unknown, &out);
}

sdk::Outcome LmdbIndex::Select(const sdk::Call& call, const kvs_matchers_t& in, kvs_ids_t& out,
                               sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const std::vector<model::Matcher> matchers, Compile(in));
  auto kept = std::make_unique<std::vector<SeriesId>>();
  KVS_RETURN_IF_ERROR(WithTenant(call, [&](const TenantView& tenant) -> Status {
    KVS_ASSIGN_OR_RETURN(const TenantState state, tenant.State());
    KVS_ASSIGN_OR_RETURN(const IdSet ids, SelectIds(tenant, state.next_id, matchers));
    *kept = ids.ToIds();
    return OkStatus();
  }));
  out.ids = kept->data();
  out.n_ids = kept->size();
  sdk::HandOut(out, std::move(kept));
  return OkStatus();
}

sdk::Outcome LmdbIndex::Labels(const sdk::Call& call, const kvs_labels_query_t& in,
                               kvs_label_columns_t& out, sdk::Completer&) {
  std::vector<std::string_view> names;
  for (uint64_t i = 0; i < in.n_names; ++i) names.push_back(sdk::View(in.names[i]));
  ColumnsBuilder columns;
  bool is_known = false;
  KVS_RETURN_IF_ERROR(WithTenant(call, [&](const TenantView& tenant) -> Status {
    is_known = true;
    for (uint64_t i = 0; i < in.n_ids; ++i) {
      KVS_ASSIGN_OR_RETURN(const auto labels, tenant.Labels(in.ids[i]));
      if (!labels.has_value()) return NotFound("no series with id ", in.ids[i]);
      KVS_RETURN_IF_ERROR(columns.Add(tenant, *labels, in.has_names != 0 ? &names : nullptr));
    }
    return OkStatus();
  }));
  if (!is_known && in.n_ids > 0) return NotFound("no series with id ", in.ids[0]);
  std::move(columns).HandOut(out);
  return OkStatus();
}

Status LmdbIndex::ListTexts(
    const sdk::Call& call, const kvs_label_query_t& in,
    const std::function<StatusOr<std::vector<std::string>>(const TenantView&, const IdSet*)>& list,
    kvs_strings_t* out) const {
  std::vector<std::vector<model::Matcher>> sets;
  for (uint64_t i = 0; i < in.n_sets; ++i) {
    KVS_ASSIGN_OR_RETURN(std::vector<model::Matcher> matchers, Compile(in.sets[i]));
    sets.push_back(std::move(matchers));
  }
  struct Kept {
    std::vector<std::string> texts;
    std::vector<kvs_str_t> raw;
  };
  auto kept = std::make_unique<Kept>();
  KVS_RETURN_IF_ERROR(WithTenant(call, [&](const TenantView& tenant) -> Status {
    if (sets.empty()) {
      KVS_ASSIGN_OR_RETURN(kept->texts, list(tenant, nullptr));
      return OkStatus();
    }
    KVS_ASSIGN_OR_RETURN(const TenantState state, tenant.State());
    IdSet any(state.next_id);
    for (const std::vector<model::Matcher>& set : sets) {
      KVS_ASSIGN_OR_RETURN(const IdSet ids, SelectIds(tenant, state.next_id, set));
      any.Join(ids);
    }
    KVS_ASSIGN_OR_RETURN(kept->texts, list(tenant, &any));
    return OkStatus();
  }));
  if (in.limit != 0 && kept->texts.size() > in.limit) {
    kept->texts.resize(in.limit);
    out->truncated = 1;
  }
  for (const std::string& text : kept->texts) kept->raw.push_back(sdk::Str(text));
  out->items = kept->raw.data();
  out->n_items = kept->raw.size();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

sdk::Outcome LmdbIndex::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                   kvs_strings_t& out, sdk::Completer&) {
  return ListTexts(call, in, lmdb::LabelNames, &out);
}

sdk::Outcome LmdbIndex::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                    kvs_strings_t& out, sdk::Completer&) {
  const std::string_view name = sdk::View(in.name);
  return ListTexts(
      call, in,
      [name](const TenantView& tenant, const IdSet* ids) {
        return lmdb::LabelValues(tenant, name, ids);
      },
      &out);
}

sdk::Outcome LmdbIndex::Remove(const sdk::Call& call, const kvs_ids_t& in, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  {
    KVS_ASSIGN_OR_RETURN(Writer writer, Writer::Open(txn, tables_, call.tenant()));
    KVS_RETURN_IF_ERROR(writer.Remove({in.ids, in.n_ids}));
    KVS_RETURN_IF_ERROR(writer.Finish());
  }
  return txn.Commit();
}

sdk::Outcome LmdbIndex::Stats(const sdk::Call& call, kvs_index_stats_t& out, sdk::Completer&) {
  out.bytes = env_.used_bytes();
  return WithTenant(call, [&](const TenantView& tenant) -> Status {
    KVS_ASSIGN_OR_RETURN(const TenantState state, tenant.State());
    out.n_series = state.n_series;
    out.id_end = state.next_id;
    return OkStatus();
  });
}

}  // namespace kvs::index::lmdb
