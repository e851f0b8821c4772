// SPDX-License-Identifier: Apache-2.0
#include "ring_source.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "kvs/base/countdown.h"
#include "kvs/blocks/select.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/merge_lists.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "block_names.h"
#include "owners.h"
#include "shard_size.h"

namespace kvs::source::blocks {
namespace {

// One gateway that was asked. It outlives what it has answered, which is read through it.
template <typename Out, typename Named>
struct Asked {
  template <typename In>
  Asked(const In& in, const std::vector<tsdb::Ulid>& blocks) : question(in, blocks) {}
  std::shared_ptr<const sharing::SourcePeer> peer;
  const Named question;
  Out out;
  Status status;
};

// Would be the same at any other gateway.
bool IsFinal(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kResourceExhausted:
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
    case StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace

RingSource::RingSource(sdk::Host host, RingConfig config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      tenants_(config_, metrics_, host),
      refresh_([this] { tenants_.Refresh(store, stopping_.raw(), nullptr, nullptr); }) {}

sdk::Outcome RingSource::Start(const sdk::Call&, sdk::Completer&) {
  work_.Use(ring);
  peers_.Use(dialer);
  ticket_ = host_.timer().After(LookPeriodMs(config_), LookPeriodMs(config_), &refresh_);
  return OkStatus();
}

sdk::Outcome RingSource::Stop(const sdk::Call&, sdk::Completer&) {
  stopping_.Cancel();
  host_.timer().Cancel(std::exchange(ticket_, 0));
  peers_.Clear();
  return OkStatus();
}

Span RingSource::Clip(int64_t min_ms, int64_t max_ms) const {
  return ClipSpan(config_, host_.clock().NowMs(), min_ms, max_ms);
}

template <typename Out, typename Named, typename In, typename MethodOf>
auto RingSource::Ask(const sdk::Call& call, const In& in, const Resolution& resolution,
                     MethodOf method_of) {
  using One = Asked<Out, Named>;
  std::vector<std::unique_ptr<One>> answered;
  const auto ask = [&]() -> Status {
    const Span span = Clip(in.min_ms, in.max_ms);
    if (span.min_ms > span.max_ms) return OkStatus();
    KVS_ASSIGN_OR_RETURN(const auto list, tenants_.Get(call, store));
    const std::vector<bucket::IndexBlock> blocks =
        ChooseBlocks(list->blocks, config_, host_.clock().NowMs(), span, resolution);
    if (blocks.empty()) return OkStatus();
    KVS_ASSIGN_OR_RETURN(
        const sharing::Share share,
        work_.Of(call.tenant(), ShardSizeOf(limiter, call, config_.tenant_shard_size)));
    KVS_ASSIGN_OR_RETURN(Owners owners, Owners::Of(share, blocks, config_.prefer_zone,
                                                   turn_.fetch_add(1, std::memory_order_relaxed)));
    metrics_.Queried(blocks);
    metrics_.consistency_checks.Add();
    std::set<std::string_view> instances;
    size_t refetches = 0;
    for (std::vector<Owners::Question> questions = owners.Next(); !questions.empty();
         questions = owners.Next(), ++refetches) {
      KVS_RETURN_IF_ERROR(call.CheckAlive());
      std::vector<std::unique_ptr<One>> round;
      Countdown countdown(questions.size());
      for (const Owners::Question& question : questions) {
        std::vector<tsdb::Ulid> names;
        for (const size_t block : question.blocks) names.push_back(blocks[block].id);
        One& one = *round.emplace_back(std::make_unique<One>(in, names));
        instances.insert(question.id);
        auto peer = peers_.Find(question.address);
        if (!peer.ok()) {
          one.status = peer.status();
          countdown.Count();
          continue;
        }
        one.peer = *std::move(peer);
        sdk::Start(method_of(one.peer->source), call, one.question.raw(), one.out.out(),
                   [&one, &countdown](const Status& status) {
                     one.status = status;
                     countdown.Count();
                   });
      }
      countdown.Wait();
      for (size_t i = 0; i < questions.size(); ++i) {
        const Status& status = round[i]->status;
        if (status.ok()) {
          owners.Answered(questions[i]);
          answered.push_back(std::move(round[i]));
          continue;
        }
        if (IsFinal(status)) return status;
        metrics_.gateway_failures.Add();
        host_.log().Warn("a store-gateway did not answer; another one is asked for its blocks",
                         {{"tenant", call.tenant()},
                          {"gateway", questions[i].id},
                          {"blocks", StrCat(questions[i].blocks.size())},
                          {"error", status.message()}});
        const Status left = owners.Failed(
            questions[i],
            Unavailable("no store-gateway answered for some of ", questions[i].blocks.size(),
                        " blocks; the last one asked, ", questions[i].id, ": ", status.message())
                .Retryable());
        if (!left.ok()) {
          metrics_.consistency_failures.Add();
          return left;
        }
      }
    }
    metrics_.gateways_per_query.Observe(static_cast<double>(instances.size()));
    metrics_.refetches_per_query.Observe(static_cast<double>(refetches - 1));
    return OkStatus();
  };
  const Status status = ask();
  StatusOr<std::vector<std::unique_ptr<One>>> out = std::move(answered);
  if (!status.ok()) out = status;
  return out;
}

sdk::Outcome RingSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                kvs_series_cursor_t& out, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(kvs::blocks::CompileMatchers(in.matchers).status());
  kvs_select_t sorted = sdk::CopyOf(in);
  sorted.max_ms = Clip(in.min_ms, in.max_ms).max_ms;
  sorted.flags |= KVS_SELECT_SORTED;
  // A series of several gateways is found by its labels, so all of them are needed, whatever the
  // reader looks at.
  sorted.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  KVS_ASSIGN_OR_RETURN(auto asked, (Ask<sdk::OpenSelection, NamedSelect>(
                                       call, sorted, Resolution::Of(in),
                                       [](const sdk::SourceRef& s) { return s.select(); })));
  sdk::HandOutMerged(out, std::move(asked), in);
  return OkStatus();
}

template <typename MethodOf>
sdk::Outcome RingSource::AskLabels(const sdk::Call& call, const kvs_label_query_t& in,
                                   kvs_strings_t& out, MethodOf method_of) {
  using Part = sdk::Owned<kvs_strings_t>;
  KVS_ASSIGN_OR_RETURN(auto asked, (Ask<Part, NamedLabelQuery>(call, in, {}, method_of)));
  std::vector<Part> parts;
  for (const auto& one : asked) parts.push_back(std::move(one->out));
  sdk::HandOutUnion(std::move(parts), {}, in.limit, out);
  return OkStatus();
}

sdk::Outcome RingSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                    kvs_strings_t& out, sdk::Completer&) {
  return AskLabels(call, in, out, [](const sdk::SourceRef& s) { return s.label_names(); });
}

sdk::Outcome RingSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                     kvs_strings_t& out, sdk::Completer&) {
  return AskLabels(call, in, out, [](const sdk::SourceRef& s) { return s.label_values(); });
}

sdk::Outcome RingSource::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                 kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(auto names,
                       tenants_.Names(call, store, sdk::View(in.name), Clip(in.min_ms, in.max_ms)));
  kvs::blocks::HandOutStrings({std::move(names)}, in.limit, out);
  return OkStatus();
}

}  // namespace kvs::source::blocks
