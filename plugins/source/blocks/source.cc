// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <algorithm>
#include <optional>
#include <set>

#include "kvs/blocks/select.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

#include "block_cursor.h"
#include "block_names.h"
#include "measured_cursor.h"
#include "shard_size.h"
#include "store_reads.h"

namespace kvs::source::blocks {
namespace {

class EmptyCursor final : public sdk::SeriesCursor {
 public:
  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*&, sdk::Completer&) override {
    return sdk::End();
  }
};

}  // namespace

BlocksSource::BlocksSource(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      total_(std::make_shared<TotalBudget>(config_.max_bytes_in_flight.bytes,
                                           metrics_.bytes_in_flight)),
      tenants_(config_, metrics_, host),
      refresh_([this] { Refresh(); }) {}

sdk::Outcome BlocksSource::Start(const sdk::Call&, sdk::Completer&) {
  work_.Use(ring);
  KVS_ASSIGN_OR_RETURN(disk_, HeaderStore::Open(config_.data_dir + "/headers",
                                                static_cast<uint64_t>(config_.headers_size.bytes)));
  headers_ = std::make_unique<Headers>(*disk_, metrics_, host_.clock());
  ticket_ = host_.timer().After(LookPeriodMs(config_), LookPeriodMs(config_), &refresh_);
  return OkStatus();
}

sdk::Outcome BlocksSource::Stop(const sdk::Call&, sdk::Completer&) {
  stopping_.Cancel();
  host_.timer().Cancel(std::exchange(ticket_, 0));
  headers_.reset();
  disk_.reset();
  return OkStatus();
}

void BlocksSource::Refresh() {
  tenants_.Refresh(store, stopping_.raw(), headers_.get(),
                   [this](const std::string& tenant) { return KeepsOf(tenant); });
  if (config_.headers_idle_timeout.ms == 0) return;
  headers_->UnloadUnusedSince(host_.clock().NowMs() - config_.headers_idle_timeout.ms);
}

std::shared_ptr<Budget> BlocksSource::NewBudget() const {
  return std::make_shared<Budget>(config_.max_bytes_per_query.bytes, total_);
}

Span BlocksSource::Clip(int64_t min_ms, int64_t max_ms) const {
  return ClipSpan(config_, host_.clock().NowMs(), min_ms, max_ms);
}

std::function<bool(const tsdb::Ulid&)> BlocksSource::KeepsOf(const std::string& tenant) const {
  if (!work_.is_shared()) return nullptr;
  StatusOr<sharing::Share> share =
      work_.Of(tenant, ShardSizeOf(limiter, sdk::OwnedCall(tenant), config_.tenant_shard_size));
  if (!share.ok()) return nullptr;  // Nobody knows: nothing is thrown away.
  const auto shared = std::make_shared<const sharing::Share>(*std::move(share));
  return [shared](const tsdb::Ulid& block) { return shared->Owns(block.ToString()); };
}

StatusOr<std::vector<bucket::IndexBlock>> BlocksSource::BlocksOf(const sdk::Call& call,
                                                                 const Span& span,
                                                                 const Resolution& resolution) {
  std::vector<bucket::IndexBlock> out;
  if (span.min_ms > span.max_ms) return out;
  KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const BlockList> list, tenants_.Get(call, store));
  out = ChooseBlocks(list->blocks, config_, host_.clock().NowMs(), span, resolution);
  metrics_.Queried(out);
  return out;
}

StatusOr<std::vector<bucket::IndexBlock>> BlocksSource::NamedBlocks(
    const sdk::Call& call, const std::vector<tsdb::Ulid>& names,
    std::vector<std::string>* warnings) {
  std::vector<bucket::IndexBlock> out;
  std::vector<tsdb::Ulid> missing = names;
  for (const bool anew : {false, true}) {
    if (missing.empty()) break;
    KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const BlockList> list,
                         tenants_.Get(call, store, anew));
    std::set<tsdb::Ulid> wanted(missing.begin(), missing.end());
    for (const auto* blocks : {&list->blocks, &list->others}) {
      for (const bucket::IndexBlock& block : *blocks) {
        if (wanted.erase(block.id) != 0) out.push_back(block);
      }
    }
    missing.assign(wanted.begin(), wanted.end());
  }
  for (const tsdb::Ulid& block : missing) {
    KVS_RETURN_IF_ERROR(
        LeaveOut(NotFound("block ", block.ToString(), " is not in the bucket index"), warnings));
  }
  std::sort(out.begin(), out.end(), [](const bucket::IndexBlock& a, const bucket::IndexBlock& b) {
    return a.mint != b.mint ? a.mint < b.mint : a.id < b.id;
  });
  metrics_.Queried(out);
  return out;
}

StatusOr<std::unique_ptr<kvs::blocks::BlockReads>> BlocksSource::OpenBlock(
    const sdk::Call& call, const bucket::IndexBlock& block, const std::shared_ptr<Budget>& budget) {
  auto reads = std::make_unique<StoreReads>(store, config_, metrics_, call.tenant(), block, budget);
  KVS_RETURN_IF_ERROR(reads->Open(call, *headers_));
  return std::unique_ptr<kvs::blocks::BlockReads>(std::move(reads));
}

sdk::Outcome BlocksSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                  kvs_series_cursor_t& out, sdk::Completer&) {
  const int64_t begin_ns = host_.clock().MonotonicNs();
  const Span span = Clip(in.min_ms, in.max_ms);
  kvs_select_t select = sdk::CopyOf(in);
  select.max_ms = span.max_ms;
  std::vector<kvs_matcher_t> matchers(in.matchers.matchers, in.matchers.matchers + in.matchers.n);
  KVS_ASSIGN_OR_RETURN(const std::optional<std::vector<tsdb::Ulid>> names,
                       TakeBlockNames(&matchers));
  select.matchers = {matchers.data(), matchers.size()};
  KVS_RETURN_IF_ERROR(kvs::blocks::CompileMatchers(select.matchers).status());
  std::vector<std::string> warnings;
  StatusOr<std::vector<bucket::IndexBlock>> found = names.has_value()
                                                        ? NamedBlocks(call, *names, &warnings)
                                                        : BlocksOf(call, span, Resolution::Of(in));
  KVS_RETURN_IF_ERROR(found.status());
  const std::vector<bucket::IndexBlock> blocks = *std::move(found);
  if (blocks.empty()) {
    sdk::HandOutWarned(out, std::make_unique<EmptyCursor>(), std::move(warnings));
    return OkStatus();
  }
  // A series of several blocks is found by its labels, so all of them are needed, whatever the
  // reader looks at.
  if (blocks.size() > 1) select.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  const std::shared_ptr<Budget> budget = NewBudget();
  auto query = std::make_unique<MeasuredQuery>(metrics_, host_.clock());
  std::vector<std::unique_ptr<BlockCursor>> cursors(blocks.size());
  std::vector<Status> statuses(blocks.size());
  const auto open = [&](uint64_t i) -> Status {
    int64_t at_ns = query->NowNs();
    const auto stage = [&](std::atomic<int64_t>& ns) {
      const int64_t now_ns = query->NowNs();
      ns.fetch_add(now_ns - std::exchange(at_ns, now_ns), std::memory_order_relaxed);
    };
    KVS_ASSIGN_OR_RETURN(auto reads, OpenBlock(call, blocks[i], budget));
    stage(query->stages.header_ns);
    KVS_ASSIGN_OR_RETURN(auto cursor, kvs::blocks::SelectSeries(std::move(reads), call, select));
    stage(query->stages.postings_ns);
    auto opened = std::make_unique<BlockCursor>(
        std::move(cursor), [this](const Status& status, std::vector<std::string>* warnings) {
          return LeaveOut(status, warnings);
        });
    KVS_RETURN_IF_ERROR(opened->ReadFirst(call));
    stage(query->stages.series_ns);
    cursors[i] = std::move(opened);
    return OkStatus();
  };
  host_.executor().Parallel(blocks.size(), 0, [&](uint64_t i) { statuses[i] = open(i); });
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(LeaveOut(status, &warnings));
  metrics_.select_seconds.Observe(static_cast<double>(host_.clock().MonotonicNs() - begin_ns) /
                                  1e9);
  std::erase(cursors, nullptr);
  sdk::OpenSelection all;
  if (cursors.size() == 1) {
    sdk::HandOutCursor(*all.out(), std::move(cursors[0]));
  } else {
    std::vector<sdk::OpenSelection> inputs(cursors.size());
    for (size_t i = 0; i < cursors.size(); ++i)
      sdk::HandOutCursor(*inputs[i].out(), std::move(cursors[i]));
    sdk::HandOutCursor(*all.out(), std::make_unique<sdk::MergeCursor>(std::move(inputs), in));
  }
  sdk::HandOutWarned(out, std::make_unique<MeasuredCursor>(std::move(query), std::move(all)),
                     std::move(warnings));
  return OkStatus();
}

// A block that is lost becomes a warning, unless that is not wanted.
Status BlocksSource::LeaveOut(const Status& status, std::vector<std::string>* warnings) const {
  if (status.ok() || config_.strict || !IsLost(status)) return status;
  metrics_.blocks_skipped.Add();
  warnings->push_back(StrCat("the answer may lack samples: ", status.message()));
  return OkStatus();
}

sdk::Outcome BlocksSource::AskLabels(const sdk::Call& call, const kvs_label_query_t& in,
                                     kvs_strings_t& out, LabelQuery query) {
  std::vector<std::vector<kvs_matcher_t>> matchers;
  std::vector<kvs_matchers_t> sets;
  std::optional<std::vector<tsdb::Ulid>> names;
  for (uint64_t i = 0; i < in.n_sets; ++i) {
    matchers.emplace_back(in.sets[i].matchers, in.sets[i].matchers + in.sets[i].n);
    KVS_ASSIGN_OR_RETURN(auto named, TakeBlockNames(&matchers.back()));
    if (named.has_value()) names = std::move(named);
  }
  for (const auto& set : matchers) sets.push_back({set.data(), set.size()});
  // A set that had nothing but names is one of all series.
  const bool is_all =
      std::any_of(matchers.begin(), matchers.end(), [](const auto& set) { return set.empty(); });
  kvs_label_query_t asked = sdk::CopyOf(in);
  asked.sets = sets.data();
  asked.n_sets = is_all ? 0 : sets.size();
  std::vector<std::string> warnings;
  StatusOr<std::vector<bucket::IndexBlock>> found =
      names.has_value() ? NamedBlocks(call, *names, &warnings)
                        : BlocksOf(call, Clip(in.min_ms, in.max_ms), {});
  KVS_RETURN_IF_ERROR(found.status());
  const std::vector<bucket::IndexBlock> blocks = *std::move(found);
  const std::shared_ptr<Budget> budget = NewBudget();
  Lists lists(blocks.size());
  std::vector<Status> statuses(blocks.size());
  const auto ask = [&](uint64_t i) -> Status {
    KVS_ASSIGN_OR_RETURN(const auto reads, OpenBlock(call, blocks[i], budget));
    KVS_ASSIGN_OR_RETURN(lists[i], query(*reads, call, asked));
    return OkStatus();
  };
  host_.executor().Parallel(blocks.size(), 0, [&](uint64_t i) { statuses[i] = ask(i); });
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(LeaveOut(status, &warnings));
  for (const std::string& warning : warnings) {
    host_.log().Warn("a block is left out of an answer about labels",
                     {{"tenant", call.tenant()}, {"warning", warning}});
  }
  kvs::blocks::HandOutStrings(std::move(lists), in.limit, out);
  return OkStatus();
}

sdk::Outcome BlocksSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                      kvs_strings_t& out, sdk::Completer&) {
  return AskLabels(call, in, out, &kvs::blocks::LabelNames);
}

sdk::Outcome BlocksSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                       kvs_strings_t& out, sdk::Completer&) {
  return AskLabels(call, in, out, &kvs::blocks::LabelValues);
}

sdk::Outcome BlocksSource::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                   kvs_strings_t& out, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(auto names,
                       tenants_.Names(call, store, sdk::View(in.name), Clip(in.min_ms, in.max_ms)));
  kvs::blocks::HandOutStrings({std::move(names)}, in.limit, out);
  return OkStatus();
}

}  // namespace kvs::source::blocks
