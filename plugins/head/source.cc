// SPDX-License-Identifier: Apache-2.0
// The head as a source.
#include <algorithm>
#include <limits>

#include "kvs/blocks/select.h"
#include "kvs/model/label_cursor.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "blocks/local_block.h"
#include "counted_cursor.h"
#include "cursor.h"
#include "head.h"

namespace kvs::head {
namespace {

class EmptyCursor final : public sdk::SeriesCursor {
 public:
  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*&, sdk::Completer&) override {
    return sdk::End();
  }
};

// What an answer with exemplars points at.
struct ExemplarHolder {
  sdk::Owned<kvs_label_columns_t> columns;
  std::vector<Exemplar> exemplars;
  std::vector<uint32_t> begin;
  std::vector<int64_t> timestamp_ms;
  std::vector<double> value;
  std::vector<uint32_t> label_begin;
  std::vector<kvs_pair_t> label;
};

}  // namespace

// Whether a request for these times can find anything of the tenant in memory.
bool Head::MemoryHasAny(const Tenant& tenant, const View& view, int64_t min_t, int64_t max_t) {
  const int64_t newest = tenant.max_t.load(std::memory_order_relaxed);
  if (newest == std::numeric_limits<int64_t>::min() || min_t > max_t || min_t > newest)
    return false;
  return max_t >= view.memory_from || tenant.has_late.load(std::memory_order_relaxed);
}

sdk::Outcome Head::Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                          sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(ReadTicket ticket, instance_.MayRead());
  const Sources sources = Find(call.tenant(), in.min_ms, in.max_ms);
  const bool is_query = sources.tenant != nullptr && (in.flags & KVS_SELECT_NO_CHUNKS) == 0;
  if (sources.empty()) {
    if (is_query) metrics_.Queried(0, 0);
    sdk::HandOutCursor(out, std::make_unique<EmptyCursor>());
    return OkStatus();
  }
  kvs_select_t each = sdk::CopyOf(in);
  if (sources.size() > 1) {
    // Series of several places are found by their labels, whatever the reader looks at.
    each.flags |= KVS_SELECT_SORTED;
    each.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  }
  std::vector<sdk::OpenSelection> selections(sources.size());
  size_t n = 0;
  if (sources.memory) {
    KVS_ASSIGN_OR_RETURN(auto cursor,
                         Cursor::Open(call, each, *sources.tenant, index, sources.view));
    sdk::HandOutCursor(*selections[n++].out(), std::move(cursor));
  }
  for (const LocalBlock* const block : sources.blocks) {
    KVS_ASSIGN_OR_RETURN(
        auto cursor,
        blocks::SelectSeries(std::make_unique<blocks::LocalReads>(block->block()), call, each));
    sdk::HandOutCursor(*selections[n++].out(), std::move(cursor));
  }
  sdk::OpenSelection all;
  if (n == 1) {
    all = std::move(selections[0]);
  } else {
    sdk::HandOutCursor(*all.out(), std::make_unique<sdk::MergeCursor>(std::move(selections), in));
  }
  sdk::HandOutCursor(out, std::make_unique<CountedCursor>(is_query ? &metrics_ : nullptr,
                                                          std::move(ticket), std::move(all)));
  return OkStatus();
}

Head::Sources Head::Find(std::string_view tenant, int64_t min_t, int64_t max_t) const {
  Sources found;
  found.tenant = tenants_.Find(tenant);
  if (found.tenant == nullptr || min_t > max_t) return found;
  found.view = found.tenant->views.current();
  found.memory = MemoryHasAny(*found.tenant, *found.view, min_t, max_t);
  for (const auto& block : found.view->blocks) {
    if (block->block()->Overlaps(min_t, max_t)) found.blocks.push_back(block.get());
  }
  return found;
}

namespace {

// What the index says, as a list of its own.
StatusOr<std::vector<std::string>> Ask(const sdk::Method<kvs_label_query_t, kvs_strings_t>& method,
                                       const sdk::Call& call, const kvs_label_query_t& in) {
  sdk::Owned<kvs_strings_t> found;
  KVS_RETURN_IF_ERROR(sdk::Await(method, call, &in, found.out()));
  std::vector<std::string> list;
  for (uint64_t i = 0; i < found->n_items; ++i) list.push_back(sdk::Text(found->items[i]));
  return list;
}

}  // namespace

sdk::Outcome Head::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                              kvs_strings_t& out, sdk::Completer& completer) {
  return Strings(call, in, out, completer, index.label_names(), &blocks::LabelNames);
}

sdk::Outcome Head::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                               kvs_strings_t& out, sdk::Completer& completer) {
  return Strings(call, in, out, completer, index.label_values(), &blocks::LabelValues);
}

sdk::Outcome Head::Strings(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer,
                           const sdk::Method<kvs_label_query_t, kvs_strings_t>& of_index,
                           StringsOfBlock of_block) {
  KVS_ASSIGN_OR_RETURN(const ReadTicket ticket, instance_.MayRead());
  const Sources sources = Find(call.tenant(), in.min_ms, in.max_ms);
  if (sources.empty()) return OkStatus();
  if (sources.blocks.empty()) return sdk::Forward(of_index, call, &in, &out, completer);
  std::vector<std::vector<std::string>> lists;
  if (sources.memory) {
    KVS_ASSIGN_OR_RETURN(auto list, Ask(of_index, call, in));
    lists.push_back(std::move(list));
  }
  for (const LocalBlock* const block : sources.blocks) {
    blocks::LocalReads reads(block->block());
    KVS_ASSIGN_OR_RETURN(auto list, of_block(reads, call, in));
    lists.push_back(std::move(list));
  }
  blocks::HandOutStrings(std::move(lists), in.limit, out);
  return OkStatus();
}

sdk::Outcome Head::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                            kvs_metadata_list_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const ReadTicket ticket, instance_.MayRead());
  if (const Tenant* const tenant = tenants_.Find(call.tenant())) tenant->metadata.Read(in, out);
  return OkStatus();
}

sdk::Outcome Head::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                             kvs_exemplar_list_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const ReadTicket ticket, instance_.MayRead());
  Tenant* const tenant = tenants_.Find(call.tenant());
  if (tenant == nullptr) return OkStatus();
  const ReaderHold hold(*tenant);

  // Ids of series that match any of the sets; without sets, all.
  std::vector<uint32_t> ids;
  const kvs_matchers_t everything{};
  const uint64_t n_sets = std::max<uint64_t>(in.n_sets, 1);
  for (uint64_t i = 0; i < n_sets; ++i) {
    sdk::Owned<kvs_ids_t> found;
    KVS_RETURN_IF_ERROR(
        sdk::Await(index.select(), call, in.n_sets == 0 ? &everything : &in.sets[i], found.out()));
    ids.insert(ids.end(), found->ids, found->ids + found->n_ids);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  auto holder = std::make_unique<ExemplarHolder>();
  std::vector<uint32_t> with;
  for (const uint32_t id : ids) {
    const size_t before = holder->exemplars.size();
    tenant->exemplars.Read(id, in.min_ms, in.max_ms, holder->exemplars);
    if (holder->exemplars.size() == before) continue;
    with.push_back(id);
    holder->begin.push_back(static_cast<uint32_t>(before));
  }
  metrics_.queried_exemplars.Observe(static_cast<double>(holder->exemplars.size()));
  if (with.empty()) return OkStatus();
  holder->begin.push_back(static_cast<uint32_t>(holder->exemplars.size()));

  auto query = sdk::Record<kvs_labels_query_t>();
  query.ids = with.data();
  query.n_ids = with.size();
  KVS_RETURN_IF_ERROR(sdk::Await(index.labels(), call, &query, holder->columns.out()));

  for (const Exemplar& exemplar : holder->exemplars) {
    holder->timestamp_ms.push_back(exemplar.t);
    holder->value.push_back(exemplar.v);
    holder->label_begin.push_back(static_cast<uint32_t>(holder->label.size()));
    model::LabelCursor labels(
        {reinterpret_cast<const uint8_t*>(exemplar.labels.data()), exemplar.labels.size()});
    for (model::LabelView label; labels.Next(&label);) {
      holder->label.push_back({sdk::Str(label.name), sdk::Str(label.value)});
    }
  }
  holder->label_begin.push_back(static_cast<uint32_t>(holder->label.size()));

  out.series = *holder->columns;
  out.series.release = nullptr;
  out.series.producer = nullptr;
  out.exemplars = sdk::Record<kvs_exemplar_columns_t>();
  out.exemplars.n_exemplars = static_cast<uint32_t>(holder->exemplars.size());
  out.exemplars.begin = holder->begin.data();
  out.exemplars.timestamp_ms = holder->timestamp_ms.data();
  out.exemplars.value = holder->value.data();
  out.exemplars.label_begin = holder->label_begin.data();
  out.exemplars.label = holder->label.data();
  sdk::HandOut(out, std::move(holder));
  return OkStatus();
}

sdk::Outcome Head::Tenants(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer&) {
  struct Holder {
    std::vector<kvs_str_t> names;  // Of tenants, which live as long as the head.
  };
  auto holder = std::make_unique<Holder>();
  const std::string_view begin = sdk::View(in.name);
  for (const Tenant* const tenant : tenants_.All()) {
    const bool begins_so = std::string_view(tenant->name).starts_with(begin);
    if (begins_so && !Find(tenant->name, in.min_ms, in.max_ms).empty())
      holder->names.push_back(sdk::Str(tenant->name));
  }
  std::sort(holder->names.begin(), holder->names.end(),
            [](const kvs_str_t& a, const kvs_str_t& b) { return sdk::View(a) < sdk::View(b); });
  if (in.limit != 0 && holder->names.size() > in.limit) {
    holder->names.resize(in.limit);
    out.truncated = 1;
  }
  out.items = holder->names.data();
  out.n_items = holder->names.size();
  sdk::HandOut(out, std::move(holder));
  return OkStatus();
}

}  // namespace kvs::head
