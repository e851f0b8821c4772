// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <algorithm>
#include <deque>
#include <latch>
#include <limits>
#include <memory>
#include <utility>

#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/merge_lists.h"
#include "kvs/sdk/str.h"

#include "label_batch.h"

namespace kvs::source::federation {
namespace {

// What is asked of one tenant, and by which call.
template <typename In, typename Out>
struct Ask {
  Ask(const sdk::Call& caller, const std::string& name, const In& query)
      : call(caller, name), tenant(name), in(query) {}
  const sdk::OwnedCall call;
  const std::string& tenant;
  In in;
  std::vector<kvs_matchers_t> sets;
  Out out;
  Status status;
};

Status Explained(const Status& status, const std::string& tenant) {
  return Status(status.code(),
                StrCat("error querying ", kTenantLabel, " ", tenant, ": ", status.message()))
      .WithReason(std::string(status.reason()))
      .WithRetryAfterMs(status.retry_after_ms())
      .Retryable(status.retryable());
}

// Asks so many at a time, and waits for them. One that fails fails all.
template <typename Asks, typename Method, typename OutOf>
Status AskAll(Asks& asks, int64_t max_concurrent, const Method& method, OutOf out_of) {
  for (size_t begin = 0; begin < asks.size();) {
    const size_t end = std::min(asks.size(), begin + static_cast<size_t>(max_concurrent));
    std::latch ended(static_cast<ptrdiff_t>(end - begin));
    for (size_t i = begin; i < end; ++i) {
      auto* const ask = &asks[i];
      sdk::Start(method, ask->call, &ask->in, out_of(*ask), [ask, &ended](const Status& status) {
        ask->status = status;
        ended.count_down();
      });
    }
    ended.wait();
    for (size_t i = begin; i < end; ++i) {
      if (!asks[i].status.ok()) return Explained(asks[i].status, asks[i].tenant);
    }
    begin = end;
  }
  return OkStatus();
}

// The series of one tenant, labelled.
class TenantCursor final : public sdk::SeriesCursor {
 public:
  TenantCursor(std::string tenant, sdk::OpenSelection selection, bool labelled)
      : tenant_(std::move(tenant)), selection_(std::move(selection)), labelled_(labelled) {}

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out, sdk::Completer&) override {
    const sdk::OwnedCall own(call, tenant_);
    StatusOr<sdk::BatchPtr> batch = selection_.Next(own);
    if (!batch.ok()) return Explained(batch.status(), tenant_);
    if (*batch == nullptr) return sdk::End();
    out = labelled_ ? WithTenant(*std::move(batch), tenant_) : batch->release();
    return OkStatus();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  const std::string tenant_;
  sdk::OpenSelection selection_;
  const bool labelled_;
};

// One selection after the other.
class RowOfCursors final : public sdk::SeriesCursor {
 public:
  RowOfCursors(std::vector<std::unique_ptr<TenantCursor>> cursors, uint64_t limit)
      : cursors_(std::move(cursors)),
        left_(limit == 0 ? std::numeric_limits<uint64_t>::max() : limit) {}

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override {
    for (; at_ < cursors_.size() && left_ > 0; ++at_) {
      sdk::Outcome outcome = cursors_[at_]->Next(call, out, completer);
      if (outcome.is_raw()) continue;
      if (outcome.status().ok()) {
        // What is beyond the limit is cut off at the end of the batch.
        out->n_series = static_cast<uint32_t>(std::min<uint64_t>(out->n_series, left_));
        out->labels.n_series = out->n_series;
        left_ -= out->n_series;
      }
      return outcome;
    }
    return sdk::End();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    for (const auto& cursor : cursors_) cursor->AddLateWarnings(warnings);
  }

 private:
  const std::vector<std::unique_ptr<TenantCursor>> cursors_;
  size_t at_ = 0;
  uint64_t left_;
};

class EmptyCursor final : public sdk::SeriesCursor {
 public:
  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*&, sdk::Completer&) override {
    return sdk::End();
  }
};

// The sets of a query, taken apart for tenants.
struct TenantSets {
  std::deque<TenantMatchers> sets;

  static StatusOr<TenantSets> Make(const kvs_label_query_t& in,
                                   const std::vector<std::string>& tenants) {
    TenantSets out;
    for (uint64_t i = 0; i < in.n_sets; ++i) {
      KVS_ASSIGN_OR_RETURN(TenantMatchers set, TenantMatchers::Make(in.sets[i], tenants));
      out.sets.push_back(std::move(set));
    }
    return out;
  }
  bool Leave(size_t tenant) const {
    return sets.empty() || std::any_of(sets.begin(), sets.end(),
                                       [&](const TenantMatchers& s) { return s.Leaves(tenant); });
  }
  // A set without further matchers means every series, and so do no sets.
  std::vector<kvs_matchers_t> Of(size_t tenant) const {
    std::vector<kvs_matchers_t> out;
    for (const TenantMatchers& set : sets) {
      if (!set.Leaves(tenant)) continue;
      if (!set.has_rest()) return {};
      out.push_back(set.rest());
    }
    return out;
  }
};

template <typename Out>
using LabelAsks = std::deque<Ask<kvs_label_query_t, sdk::Owned<Out>>>;

template <typename Out>
StatusOr<LabelAsks<Out>> AsksOf(const sdk::Call& call, const kvs_label_query_t& in,
                                const std::vector<std::string>& tenants, const TenantSets& sets) {
  LabelAsks<Out> asks;
  for (size_t i = 0; i < tenants.size(); ++i) {
    if (!sets.Leave(i)) continue;
    auto& ask = asks.emplace_back(call, tenants[i], in);
    ask.sets = sets.Of(i);
    ask.in.sets = ask.sets.data();
    ask.in.n_sets = ask.sets.size();
  }
  return asks;
}

bool Holds(const kvs_strings_t& texts, std::string_view text) {
  return std::any_of(texts.items, texts.items + texts.n_items,
                     [&](const kvs_str_t& item) { return sdk::View(item) == text; });
}

}  // namespace

FederatedSource::FederatedSource(sdk::Host host, Config config)
    : config_(config), metrics_(host.metrics()) {}

StatusOr<std::vector<std::string>> FederatedSource::TenantsOf(const sdk::Call& call, int64_t min_ms,
                                                              int64_t max_ms, bool* single) const {
  KVS_ASSIGN_OR_RETURN(Asked asked,
                       ParseTenants(call.tenant(), config_.enabled && config_.wildcards));
  *single = asked.is_single();
  if (*single) return std::vector<std::string>();
  if (!config_.enabled) return FailedPrecondition("multiple org IDs present");
  std::vector<std::string> tenants = std::move(asked.names);
  for (const std::string& prefix : asked.prefixes) {
    auto query = sdk::Record<kvs_label_query_t>();
    query.min_ms = min_ms;
    query.max_ms = max_ms;
    query.name = sdk::Str(prefix);
    sdk::Owned<kvs_strings_t> found;
    const Status status = sdk::Await(next.tenants(), call, &query, found.out());
    if (status.code() == StatusCode::kUnimplemented)
      return FailedPrecondition("tenants cannot be listed here, so '", prefix,
                                "*' stands for none: name them, as in a|b");
    KVS_RETURN_IF_ERROR(status);
    for (uint64_t i = 0; i < found->n_items; ++i) tenants.push_back(sdk::Text(found->items[i]));
  }
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  if (config_.max_tenants > 0 && tenants.size() > static_cast<size_t>(config_.max_tenants))
    return FailedPrecondition("too many tenant IDs present, max: ", config_.max_tenants,
                              ", actual: ", tenants.size());
  metrics_.tenants.Observe(static_cast<double>(tenants.size()));
  return tenants;
}

sdk::Outcome FederatedSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                     kvs_series_cursor_t& out, sdk::Completer& completer) {
  bool single = false;
  KVS_ASSIGN_OR_RETURN(const auto tenants, TenantsOf(call, in.min_ms, in.max_ms, &single));
  if (single) return sdk::Forward(next.select(), call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(const TenantMatchers matchers, TenantMatchers::Make(in.matchers, tenants));
  kvs_select_t query = sdk::CopyOf(in);
  query.matchers = matchers.rest();
  // Where nobody looks at the tenant, nobody has to write it.
  bool labelled = (in.flags & KVS_SELECT_HAS_LABELS) == 0;
  std::vector<kvs_str_t> labels;
  if (!labelled) {
    labels.assign(in.labels, in.labels + in.n_labels);
    for (kvs_str_t& name : labels) {
      labelled = labelled || sdk::View(name) == kTenantLabel || sdk::View(name) == kOriginalLabel;
      if (sdk::View(name) == kOriginalLabel) name = sdk::Str(kTenantLabel);
    }
    query.labels = labels.data();
  }
  std::deque<Ask<kvs_select_t, sdk::OpenSelection>> asks;
  for (size_t i = 0; i < tenants.size(); ++i) {
    if (matchers.Leaves(i)) asks.emplace_back(call, tenants[i], query);
  }
  KVS_RETURN_IF_ERROR(
      AskAll(asks, config_.max_concurrent, next.select(), [](auto& ask) { return ask.out.out(); }));
  std::vector<std::string> warnings;
  for (const auto& ask : asks) ask.out.AddWarnings(&warnings);
  std::vector<std::unique_ptr<TenantCursor>> cursors;
  for (auto& ask : asks)
    cursors.push_back(std::make_unique<TenantCursor>(ask.tenant, std::move(ask.out), labelled));
  if (cursors.empty()) {
    sdk::HandOutCursor(out, std::make_unique<EmptyCursor>());
  } else if ((in.flags & KVS_SELECT_SORTED) == 0) {
    sdk::HandOutWarned(out, std::make_unique<RowOfCursors>(std::move(cursors), in.limit),
                       std::move(warnings));
  } else {
    std::vector<sdk::OpenSelection> sorted(cursors.size());
    for (size_t i = 0; i < cursors.size(); ++i)
      sdk::HandOutCursor(*sorted[i].out(), std::move(cursors[i]));
    sdk::HandOutWarned(out, std::make_unique<sdk::MergeCursor>(std::move(sorted), in),
                       std::move(warnings));
  }
  return OkStatus();
}

sdk::Outcome FederatedSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                         kvs_strings_t& out, sdk::Completer& completer) {
  bool single = false;
  KVS_ASSIGN_OR_RETURN(const auto tenants, TenantsOf(call, in.min_ms, in.max_ms, &single));
  if (single) return sdk::Forward(next.label_names(), call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(const TenantSets sets, TenantSets::Make(in, tenants));
  KVS_ASSIGN_OR_RETURN(auto asks, AsksOf<kvs_strings_t>(call, in, tenants, sets));
  KVS_RETURN_IF_ERROR(AskAll(asks, config_.max_concurrent, next.label_names(),
                             [](auto& ask) { return ask.out.out(); }));
  std::vector<sdk::Owned<kvs_strings_t>> parts;
  std::vector<std::string> more;
  for (auto& ask : asks) {
    if (ask.out->n_items == 0) continue;
    if (more.empty()) more.emplace_back(kTenantLabel);
    if (more.size() == 1 && Holds(*ask.out, kTenantLabel)) more.emplace_back(kOriginalLabel);
    parts.push_back(std::move(ask.out));
  }
  sdk::HandOutUnion(std::move(parts), std::move(more), in.limit, out);
  return OkStatus();
}

sdk::Outcome FederatedSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                          kvs_strings_t& out, sdk::Completer& completer) {
  bool single = false;
  KVS_ASSIGN_OR_RETURN(const auto tenants, TenantsOf(call, in.min_ms, in.max_ms, &single));
  if (single) return sdk::Forward(next.label_values(), call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(const TenantSets sets, TenantSets::Make(in, tenants));
  const std::string_view name = sdk::View(in.name);
  kvs_label_query_t query = sdk::CopyOf(in);
  if (name == kTenantLabel) {
    // Tenants that have a series that matches: one name of a label tells.
    query.name = {};
    query.limit = 1;
  } else if (name == kOriginalLabel) {
    query.name = sdk::Str(kTenantLabel);
  }
  KVS_ASSIGN_OR_RETURN(auto asks, AsksOf<kvs_strings_t>(call, query, tenants, sets));
  KVS_RETURN_IF_ERROR(AskAll(asks, config_.max_concurrent,
                             name == kTenantLabel ? next.label_names() : next.label_values(),
                             [](auto& ask) { return ask.out.out(); }));
  std::vector<sdk::Owned<kvs_strings_t>> parts;
  std::vector<std::string> more;
  for (auto& ask : asks) {
    if (name != kTenantLabel) {
      parts.push_back(std::move(ask.out));
    } else if (ask.out->n_items != 0) {
      more.push_back(ask.tenant);
    }
  }
  sdk::HandOutUnion(std::move(parts), std::move(more), in.limit, out);
  return OkStatus();
}

sdk::Outcome FederatedSource::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                                       kvs_metadata_list_t& out, sdk::Completer& completer) {
  bool single = false;
  KVS_ASSIGN_OR_RETURN(const auto tenants, TenantsOf(call, std::numeric_limits<int64_t>::min(),
                                                     std::numeric_limits<int64_t>::max(), &single));
  if (single) return sdk::Forward(next.metadata(), call, &in, &out, completer);
  std::deque<Ask<kvs_metadata_query_t, sdk::Owned<kvs_metadata_list_t>>> asks;
  for (const std::string& tenant : tenants) asks.emplace_back(call, tenant, in);
  KVS_RETURN_IF_ERROR(AskAll(asks, config_.max_concurrent, next.metadata(),
                             [](auto& ask) { return ask.out.out(); }));
  std::vector<sdk::Owned<kvs_metadata_list_t>> parts;
  for (auto& ask : asks) parts.push_back(std::move(ask.out));
  sdk::HandOutMetadata(std::move(parts), in, out);
  return OkStatus();
}

sdk::Outcome FederatedSource::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                                        kvs_exemplar_list_t& out, sdk::Completer& completer) {
  bool single = false;
  KVS_ASSIGN_OR_RETURN(const auto tenants, TenantsOf(call, in.min_ms, in.max_ms, &single));
  if (single) return sdk::Forward(next.exemplars(), call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(const TenantSets sets, TenantSets::Make(in, tenants));
  KVS_ASSIGN_OR_RETURN(auto asks, AsksOf<kvs_exemplar_list_t>(call, in, tenants, sets));
  KVS_RETURN_IF_ERROR(AskAll(asks, config_.max_concurrent, next.exemplars(),
                             [](auto& ask) { return ask.out.out(); }));
  std::vector<sdk::Owned<kvs_exemplar_list_t>> parts;
  for (auto& ask : asks) {
    struct Labelled {
      Labelled(sdk::Owned<kvs_exemplar_list_t> f, std::string t)
          : from(std::move(f)), tenant(std::move(t)), labels(from->series, tenant) {}
      const sdk::Owned<kvs_exemplar_list_t> from;
      const std::string tenant;
      const LabelledColumns labels;
    };
    if (ask.out->series.n_series == 0) continue;
    auto labelled = std::make_unique<Labelled>(std::move(ask.out), ask.tenant);
    kvs_exemplar_list_t* const part = parts.emplace_back().out();
    part->series = labelled->labels.raw();
    part->exemplars = labelled->from->exemplars;
    sdk::HandOut(*part, std::move(labelled));
  }
  sdk::HandOutExemplars(std::move(parts), out);
  return OkStatus();
}

sdk::Outcome FederatedSource::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                      kvs_strings_t& out, sdk::Completer& completer) {
  return sdk::Forward(next.tenants(), call, &in, &out, completer);
}

}  // namespace kvs::source::federation
