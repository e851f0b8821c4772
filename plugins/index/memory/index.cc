// SPDX-License-Identifier: Apache-2.0
#include "index.h"

#include <mutex>
#include <numeric>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::index::memory {
namespace {

MatcherSet SetOf(const kvs_matchers_t& in) {
  MatcherSet out;
  for (uint64_t i = 0; i < in.n; ++i) {
    const kvs_matcher_t& m = in.matchers[i];
    out.push_back({static_cast<model::MatchType>(m.type), sdk::View(m.name), sdk::View(m.value)});
  }
  return out;
}

std::vector<MatcherSet> SetsOf(const kvs_label_query_t& in) {
  std::vector<MatcherSet> out;
  for (uint64_t i = 0; i < in.n_sets; ++i) out.push_back(SetOf(in.sets[i]));
  return out;
}

void HandOutTexts(std::vector<std::string_view> texts, uint64_t limit, kvs_strings_t& out) {
  auto kept = std::make_unique<std::vector<kvs_str_t>>();
  if (limit != 0 && texts.size() > limit) {
    texts.resize(limit);
    out.truncated = 1;
  }
  for (const std::string_view text : texts) kept->push_back(sdk::Str(text));
  out.items = kept->data();
  out.n_items = kept->size();
  sdk::HandOut(out, std::move(kept));
}

}  // namespace

TenantIndex& MemoryIndex::Tenant(const sdk::Call& call) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = tenants_.find(call.tenant());
    if (found != tenants_.end()) return *found->second;
  }
  const std::unique_lock lock(mutex_);
  auto& made = tenants_[std::string(call.tenant())];
  if (made == nullptr) made = std::make_unique<TenantIndex>(static_cast<size_t>(config_.regex_cache_entries));
  return *made;
}

sdk::Outcome MemoryIndex::Resolve(const sdk::Call& call, const kvs_write_view_t& in, kvs_resolved_t& out, sdk::Completer&) {
  std::vector<uint32_t> all;
  std::span<const uint32_t> rows(in.rows, in.rows == nullptr ? 0 : in.n_rows);
  if (in.rows == nullptr) {
    all.resize(in.batch->n_series);
    std::iota(all.begin(), all.end(), 0u);
    rows = all;
  }
  return Tenant(call).Resolve(sdk::LabelSourceOf(*in.batch), rows, out.ids, out.created, &out.n_created,
                              {sdk::MaxCreated(out), sdk::MaxPerMetric(out)});
}

sdk::Outcome MemoryIndex::Select(const sdk::Call& call, const kvs_matchers_t& in, kvs_ids_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(std::vector<SeriesId> ids, Tenant(call).Select(SetOf(in)));
  auto kept = std::make_unique<std::vector<SeriesId>>(std::move(ids));
  out.ids = kept->data();
  out.n_ids = kept->size();
  sdk::HandOut(out, std::move(kept));
  return OkStatus();
}

sdk::Outcome MemoryIndex::Labels(const sdk::Call& call, const kvs_labels_query_t& in, kvs_label_columns_t& out,
                                 sdk::Completer&) {
  std::vector<std::string_view> names;
  for (uint64_t i = 0; i < in.n_names; ++i) names.push_back(sdk::View(in.names[i]));
  struct Kept {
    LabelColumns columns;
    std::vector<kvs_str_t> symbols;
  };
  auto kept = std::make_unique<Kept>();
  KVS_ASSIGN_OR_RETURN(kept->columns, Tenant(call).Labels({in.ids, in.n_ids}, in.has_names != 0 ? &names : nullptr));
  kept->symbols.reserve(kept->columns.symbols.size());
  for (const std::string_view text : kept->columns.symbols) kept->symbols.push_back(sdk::Str(text));
  out.n_series = static_cast<uint32_t>(in.n_ids);
  out.symbols = kept->symbols.data();
  out.n_symbols = kept->symbols.size();
  out.begin = kept->columns.begin.data();
  out.refs = kept->columns.refs.data();
  sdk::HandOut(out, std::move(kept));
  return OkStatus();
}

sdk::Outcome MemoryIndex::LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(auto names, Tenant(call).LabelNames(SetsOf(in)));
  HandOutTexts(std::move(names), in.limit, out);
  return OkStatus();
}

sdk::Outcome MemoryIndex::LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(auto values, Tenant(call).LabelValues(sdk::View(in.name), SetsOf(in)));
  HandOutTexts(std::move(values), in.limit, out);
  return OkStatus();
}

sdk::Outcome MemoryIndex::Remove(const sdk::Call& call, const kvs_ids_t& in, sdk::Completer&) {
  Tenant(call).Remove({in.ids, in.n_ids});
  return OkStatus();
}

sdk::Outcome MemoryIndex::Stats(const sdk::Call& call, kvs_index_stats_t& out, sdk::Completer&) {
  const TenantIndex::Stats stats = Tenant(call).stats();
  out.n_series = stats.n_series;
  out.id_end = stats.id_end;
  out.bytes = stats.bytes;
  return OkStatus();
}

}  // namespace kvs::index::memory
