// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/limits.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/merge_lists.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "groups.h"
#include "round.h"

namespace kvs::source::ring {
namespace {

template <typename Out>
using Answers = StatusOr<std::vector<std::unique_ptr<typename Round<Out>::Asked>>>;

template <typename T>
std::vector<T> Parts(std::vector<std::unique_ptr<typename Round<T>::Asked>>& asked) {
  std::vector<T> parts;
  for (const auto& one : asked) parts.push_back(std::move(one->out));
  return parts;
}

}  // namespace

RingSource::RingSource(sdk::Host host, Config config)
    : config_(std::move(config)), clock_(host.clock()) {}

sdk::Outcome RingSource::Start(const sdk::Call&, sdk::Completer&) {
  peers_.Use(dialer);
  return OkStatus();
}

sdk::Outcome RingSource::Stop(const sdk::Call&, sdk::Completer&) {
  peers_.Clear();
  return OkStatus();
}

StatusOr<bool> RingSource::IsTooOld(const sdk::Call& call, int64_t max_ms) const {
  KVS_ASSIGN_OR_RETURN(double within, sdk::AskLimit(limiter, call, "query_ingesters_within"));
  if (std::isnan(within)) within = static_cast<double>(config_.query_ingesters_within.ms);
  return within > 0 && max_ms < clock_.NowMs() - static_cast<int64_t>(within);
}

template <typename Out, typename MethodOf, typename In>
auto RingSource::Ask(const sdk::Call& call, MethodOf method_of, const In& in, bool of_all) {
  const auto ask = [&]() -> Answers<Out> {
    auto query = sdk::Record<kvs_ring_query_t>();
    query.operation = KVS_RING_READ;
    query.shard_size = of_all ? 0
                              : sdk::AskShardSize(limiter, call, "ingestion_tenant_shard_size",
                                                  config_.shard_size);
    query.lookback_ms = config_.lookback.ms;
    sdk::Owned<kvs_ring_snapshot_t> snapshot;
    KVS_RETURN_IF_ERROR(sdk::Await(ring.snapshot(), call, &query, snapshot.out()));
    KVS_ASSIGN_OR_RETURN(
        const Groups groups,
        Groups::Of(*snapshot, config_.prefer_zone, turn_.fetch_add(1, std::memory_order_relaxed)));
    Round<Out> round;
    return round.Run(call, *snapshot, groups, peers_, config_.hedge_delay.ms, method_of, in);
  };
  return ask();
}

sdk::Outcome RingSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                kvs_series_cursor_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const bool too_old, IsTooOld(call, in.max_ms));
  if (too_old) {
    sdk::HandOutMerged(out, std::vector<std::unique_ptr<Round<sdk::OpenSelection>::Asked>>(), in);
    return OkStatus();
  }
  kvs_select_t sorted = sdk::CopyOf(in);
  sorted.flags |= KVS_SELECT_SORTED;
  // Copies of a series are found by its labels, so all of them are needed, whatever the reader
  // looks at.
  sorted.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  KVS_ASSIGN_OR_RETURN(
      auto asked, Ask<sdk::OpenSelection>(
                      call, [](const sdk::SourceRef& s) { return s.select(); }, sorted, false));
  sdk::HandOutMerged(out, std::move(asked), in);
  return OkStatus();
}

sdk::Outcome RingSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                    kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const bool too_old, IsTooOld(call, in.max_ms));
  if (too_old) return OkStatus();
  using Part = sdk::Owned<kvs_strings_t>;
  KVS_ASSIGN_OR_RETURN(
      auto asked, Ask<Part>(
                      call, [](const sdk::SourceRef& s) { return s.label_names(); }, in, false));
  sdk::HandOutUnion(Parts<Part>(asked), {}, in.limit, out);
  return OkStatus();
}

sdk::Outcome RingSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                     kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const bool too_old, IsTooOld(call, in.max_ms));
  if (too_old) return OkStatus();
  using Part = sdk::Owned<kvs_strings_t>;
  KVS_ASSIGN_OR_RETURN(
      auto asked, Ask<Part>(
                      call, [](const sdk::SourceRef& s) { return s.label_values(); }, in, false));
  sdk::HandOutUnion(Parts<Part>(asked), {}, in.limit, out);
  return OkStatus();
}

sdk::Outcome RingSource::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                                  kvs_metadata_list_t& out, sdk::Completer&) {
  using Part = sdk::Owned<kvs_metadata_list_t>;
  KVS_ASSIGN_OR_RETURN(auto asked,
                       Ask<Part>(
                           call, [](const sdk::SourceRef& s) { return s.metadata(); }, in, false));
  sdk::HandOutMetadata(Parts<Part>(asked), in, out);
  return OkStatus();
}

sdk::Outcome RingSource::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                                   kvs_exemplar_list_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const bool too_old, IsTooOld(call, in.max_ms));
  if (too_old) return OkStatus();
  using Part = sdk::Owned<kvs_exemplar_list_t>;
  KVS_ASSIGN_OR_RETURN(auto asked,
                       Ask<Part>(
                           call, [](const sdk::SourceRef& s) { return s.exemplars(); }, in, false));
  sdk::HandOutExemplars(Parts<Part>(asked), out);
  return OkStatus();
}

sdk::Outcome RingSource::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                 kvs_strings_t& out, sdk::Completer&) {
  using Part = sdk::Owned<kvs_strings_t>;
  KVS_ASSIGN_OR_RETURN(auto asked,
                       Ask<Part>(
                           call, [](const sdk::SourceRef& s) { return s.tenants(); }, in, true));
  sdk::HandOutUnion(Parts<Part>(asked), {}, in.limit, out);
  return OkStatus();
}

}  // namespace kvs::source::ring
