// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::source::enforce {
namespace {

std::vector<kvs_matcher_t> Joined(const kvs_matchers_t& a, const kvs_matchers_t& b) {
  std::vector<kvs_matcher_t> out(a.matchers, a.matchers + a.n);
  out.insert(out.end(), b.matchers, b.matchers + b.n);
  return out;
}

// Every set of a label query, each with what binds the caller; without any, that alone.
class BoundSets {
 public:
  BoundSets(const kvs_label_query_t& in, const kvs_matchers_t& bound) {
    joined_.reserve(in.n_sets + 1);
    for (uint64_t i = 0; i < in.n_sets; ++i) joined_.push_back(Joined(in.sets[i], bound));
    if (in.n_sets == 0) joined_.push_back(Joined({nullptr, 0}, bound));
    for (const auto& one : joined_) sets_.push_back({one.data(), one.size()});
  }
  void Put(kvs_label_query_t& query) const {
    query.sets = sets_.data();
    query.n_sets = sets_.size();
  }

 private:
  std::vector<std::vector<kvs_matcher_t>> joined_;
  std::vector<kvs_matchers_t> sets_;
};

// What is left of a list of metadata, and what its texts stand in.
struct KeptMetadata {
  sdk::Owned<kvs_metadata_list_t> all;
  std::vector<kvs_metadata_t> items;
};

}  // namespace

sdk::Outcome EnforceSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                   kvs_series_cursor_t& out, sdk::Completer& completer) {
  if (sdk::BindingMatchers(call).n == 0)
    return sdk::Forward(next.select(), call, &in, &out, completer);
  return sdk::Run(completer, SelectBound(call, in, out));
}

sdk::Task EnforceSource::SelectBound(sdk::Call call, const kvs_select_t& in,
                                     kvs_series_cursor_t& out) {
  const std::vector<kvs_matcher_t> matchers = Joined(in.matchers, sdk::BindingMatchers(call));
  kvs_select_t select = sdk::CopyOf(in);
  select.matchers = {matchers.data(), matchers.size()};
  const Status status = co_await sdk::Async(next.select(), call, &select, &out);
  co_return status;
}

template <typename Out>
sdk::Outcome EnforceSource::AskLabels(const sdk::Method<kvs_label_query_t, Out>& method,
                                      const sdk::Call& call, const kvs_label_query_t& in, Out& out,
                                      sdk::Completer& completer) {
  if (sdk::BindingMatchers(call).n == 0) return sdk::Forward(method, call, &in, &out, completer);
  return sdk::Run(completer, AskLabelsBound(method, call, in, out));
}

template <typename Out>
sdk::Task EnforceSource::AskLabelsBound(sdk::Method<kvs_label_query_t, Out> method, sdk::Call call,
                                        const kvs_label_query_t& in, Out& out) {
  const BoundSets sets(in, sdk::BindingMatchers(call));
  kvs_label_query_t query = sdk::CopyOf(in);
  sets.Put(query);
  const Status status = co_await sdk::Async(method, call, &query, &out);
  co_return status;
}

sdk::Outcome EnforceSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                       kvs_strings_t& out, sdk::Completer& completer) {
  return AskLabels(next.label_names(), call, in, out, completer);
}

sdk::Outcome EnforceSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                        kvs_strings_t& out, sdk::Completer& completer) {
  return AskLabels(next.label_values(), call, in, out, completer);
}

sdk::Outcome EnforceSource::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                                      kvs_exemplar_list_t& out, sdk::Completer& completer) {
  return AskLabels(next.exemplars(), call, in, out, completer);
}

sdk::Outcome EnforceSource::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                                     kvs_metadata_list_t& out, sdk::Completer& completer) {
  if (sdk::BindingMatchers(call).n == 0)
    return sdk::Forward(next.metadata(), call, &in, &out, completer);
  return sdk::Run(completer, MetadataBound(call, in, out));
}

// Metadata have no labels: the caller sees those of the metrics of which it sees a series.
sdk::Task EnforceSource::MetadataBound(sdk::Call call, const kvs_metadata_query_t& in,
                                       kvs_metadata_list_t& out) {
  auto name_query = sdk::Record<kvs_label_query_t>();
  name_query.name = sdk::Str("__name__");
  name_query.min_ms = std::numeric_limits<int64_t>::min();
  name_query.max_ms = std::numeric_limits<int64_t>::max();
  const BoundSets sets(name_query, sdk::BindingMatchers(call));
  sets.Put(name_query);
  sdk::Owned<kvs_strings_t> names;
  const Status named = co_await sdk::Async(next.label_values(), call, &name_query, names.out());
  if (!named.ok()) co_return named;

  kvs_metadata_query_t query = sdk::CopyOf(in);
  query.limit = 0;  // It counts what is left.
  auto kept = std::make_unique<KeptMetadata>();
  const Status status = co_await sdk::Async(next.metadata(), call, &query, kept->all.out());
  if (!status.ok()) co_return status;

  std::set<std::string_view> visible;
  for (uint64_t i = 0; i < names->n_items; ++i) visible.insert(sdk::View(names->items[i]));
  uint64_t metrics = 0;
  std::string_view last;
  for (uint64_t i = 0; i < kept->all->n_items; ++i) {
    const kvs_metadata_t& item = kept->all->items[i];
    const std::string_view metric = sdk::View(item.metric);
    if (!visible.contains(metric)) continue;
    if (metrics == 0 || metric != last) {
      if (in.limit > 0 && metrics == in.limit) break;
      ++metrics;
      last = metric;
    }
    kept->items.push_back(item);
  }
  out.items = kept->items.data();
  out.n_items = kept->items.size();
  sdk::HandOut(out, std::move(kept));
  co_return OkStatus();
}

}  // namespace kvs::source::enforce
