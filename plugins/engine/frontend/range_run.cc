// SPDX-License-Identifier: Apache-2.0
#include "range_run.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "kvs/sdk/str.h"
#include "kvs/sdk/task.h"

#include "cache/key.h"
#include "result/stats.h"
#include "result/stitch.h"
#include "shard/merge.h"

namespace kvs::engine::frontend {
namespace {

// A query is cut into at most so many; one that would be more is asked as a whole.
constexpr int64_t kPartsMax = 1'000;
// Of one entry: beyond it the oldest are dropped.
constexpr size_t kKeptExtentsMax = 64;

bool Has(const kvs_query_t& query, uint32_t flags) {
  return (query.flags & flags) != 0;
}

}  // namespace

ChainedCancel::ChainedCancel(const kvs_cancel_t* parent) : parent_(parent) {
  if (parent_ == nullptr) return;
  ticket_ = parent_->subscribe(
      parent_, [](void* self) noexcept { static_cast<ChainedCancel*>(self)->source_.Cancel(); },
      this);
}

ChainedCancel::~ChainedCancel() {
  if (parent_ != nullptr) parent_->unsubscribe(parent_, ticket_);
}

RangeRun::RangeRun(FrontendParts parts, const sdk::Call& call, const Admitted& admitted)
    : frontend_(std::move(parts)),
      call_(call),
      admitted_(admitted),
      query_(admitted.query),
      step_ms_(admitted.is_range() ? admitted.query.step_ms : 1),
      now_ms_(frontend_.clock.NowMs()),
      cancel_(call.raw()->cancel),
      leg_call_(*call.raw()) {
  leg_call_.cancel = cancel_.source().raw();
  const Config& config = frontend_.config;
  const StepRange steps = admitted.is_range() ? StepsOf(query_.start_ms, query_.end_ms, step_ms_)
                                              : StepRange{query_.start_ms, query_.start_ms};
  const int64_t interval_ms = config.split_queries_by_interval.ms;
  const bool is_cut = admitted.is_range() && interval_ms > 0 &&
                      (steps.end_ms - steps.start_ms) / interval_ms < kPartsMax;
  for (const StepRange& part : SplitByInterval(steps, step_ms_, is_cut ? interval_ms : 0))
    parts_.push_back({part, {}, {}, false});
}

const char* RangeRun::WhyNotCached() const {
  const Config& config = frontend_.config;
  if (Has(query_, KVS_QUERY_NO_CACHE)) return "no_store";
  if (Has(query_, KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP)) return "statistics";
  // Which tenants those are may change.
  if (call_.tenant().find('*') != std::string_view::npos) return "tenants";
  if (!config.cache_unaligned_requests && query_.start_ms % step_ms_ != 0) return "unaligned";
  if (config.split_queries_by_interval.ms <= 0) return "not_split";
  if (admitted_.limits.results_cache_ttl_ms <= 0) return "ttl";
  if (admitted_.shape.latest_fixed_ms > now_ms_ - admitted_.limits.max_cache_freshness_ms ||
      parts_.front().steps.start_ms > newest_kept_ms_)
    return "too_new";
  return nullptr;
}

sdk::Co<Status> RangeRun::Go(kvs_query_result_t& out) {
  newest_kept_ms_ =
      now_ms_ - admitted_.limits.max_cache_freshness_ms - admitted_.shape.looks_ahead_ms;
  if (admitted_.is_range() && frontend_.cache) {
    if (const char* const reason = WhyNotCached(); reason != nullptr) {
      frontend_.metrics.cache_skipped.With({reason}).Add();
    } else {
      const Status looked_up = co_await LookUp();
      if (!looked_up.ok()) co_return looked_up;
    }
  }
  if (parts_.size() > 1) frontend_.metrics.split.Add(static_cast<double>(parts_.size()));
  MakePieces();
  MakeLegs();
  if (pieces_.size() == 1 && legs_.size() == 1 && query_.shard_count == 0 &&
      pieces_[0].n_legs == 1) {
    // Nothing to put together: the answer is handed on as it is.
    Status status =
        co_await sdk::Async(frontend_.next.query(), sdk::Call(&leg_call_), &legs_[0].query, &out);
    if (!status.ok()) co_return status;
    pieces_[0].result = &out;
  } else {
    const auto limit = static_cast<size_t>(admitted_.limits.max_query_parallelism);
    std::vector<sdk::Co<Status>> at_once;
    for (size_t i = 0; i < std::min(limit, legs_.size()); ++i) at_once.push_back(AskLegs());
    const Status asked = co_await sdk::AllOf(std::move(at_once));
    if (!asked.ok()) co_return FirstError();
    // Whoever brought the last answer is not to put them together.
    co_await sdk::OnWorker(frontend_.executor);
    if (!PutTogether(out)) {
      frontend_.metrics.whole_again.Add();
      Status status = co_await AskWhole(out);
      co_return status;
    }
  }
  Status kept = co_await Keep();
  co_return kept;
}

sdk::Co<Status> RangeRun::LookUp() {
  const Metrics& metrics = frontend_.metrics;
  const int64_t interval_ms = frontend_.config.split_queries_by_interval.ms;
  const StatusOr<std::string> generation =
      frontend_.generations.Of(frontend_.store, call_.tenant());
  if (!generation.ok()) {
    metrics.cache_skipped.With({"deletions"}).Add();
    frontend_.log.Warn("what a tenant deleted cannot be read; nothing cached is used",
                       {{"tenant", call_.tenant()}, {"error", generation.status().message()}});
    co_return OkStatus();
  }
  std::vector<kvs_str_t> keys;
  for (Part& part : parts_) {
    if (part.steps.start_ms > newest_kept_ms_) break;
    part.key = CacheKey(call_, query_, admitted_.printed, *generation, interval_ms,
                        IntervalOf(part.steps.start_ms, interval_ms));
    keys.push_back(sdk::Str(part.key));
    metrics.cache_steps_requested.Add(
        static_cast<double>((part.steps.end_ms - part.steps.start_ms) / step_ms_ + 1));
  }
  metrics.cache_requests.Add(static_cast<double>(keys.size()));
  auto in = sdk::Record<kvs_cache_keys_t>();
  in.keys = keys.data();
  in.n_keys = keys.size();
  sdk::Owned<kvs_cache_values_t> values;
  const Status got = co_await sdk::Async(frontend_.cache.get(), call_, &in, values.out());
  // Whoever brought it is not to read it.
  co_await sdk::OnWorker(frontend_.executor);
  // A cache that fails is no reason to.
  if (!got.ok()) metrics.cache_failures.With({"get"}).Add();
  if (got.ok() && values->n_values == keys.size()) {
    for (size_t i = 0; i < keys.size(); ++i) ReadEntry(parts_[i], values->values[i]);
  }
  co_return call_.CheckAlive();
}

void RangeRun::ReadEntry(Part& part, kvs_bytes_t bytes) {
  if (bytes.data == nullptr) return;
  StatusOr<std::vector<Extent>> extents = DecodeEntry(sdk::TextOf(bytes), part.key, step_ms_);
  if (!extents.ok()) {
    frontend_.metrics.cache_refused.Add();
    frontend_.log.Warn("an entry of the cache is not used",
                       {{"tenant", call_.tenant()}, {"error", extents.status().message()}});
    return;
  }
  for (Extent& extent : *extents) {
    const bool fits = (extent.steps.start_ms - part.steps.start_ms) % step_ms_ == 0;
    const bool is_ours = extent.text.empty() || extent.text == sdk::View(query_.text);
    if (fits && is_ours) part.extents.push_back(std::move(extent));
  }
}

void RangeRun::MakePieces() {
  const Metrics& metrics = frontend_.metrics;
  for (size_t p = 0; p < parts_.size(); ++p) {
    Part& part = parts_[p];
    int64_t at = part.steps.start_ms;
    int64_t found = 0;
    const auto ask_until = [&](int64_t end) {
      if (at > end) return;
      Piece& piece = pieces_.emplace_back();
      piece.steps = {at, end};
      piece.part = p;
      part.asked_any = true;
    };
    for (const Extent& extent : part.extents) {
      const StepRange both{std::max(extent.steps.start_ms, at),
                           std::min(extent.steps.end_ms, part.steps.end_ms)};
      if (both.start_ms > both.end_ms) continue;
      ask_until(both.start_ms - step_ms_);
      Piece& piece = pieces_.emplace_back();
      piece.steps = both;
      piece.part = p;
      piece.cached = &extent;
      piece.result = &*extent.result;
      found += (both.end_ms - both.start_ms) / step_ms_ + 1;
      at = both.end_ms + step_ms_;
    }
    ask_until(part.steps.end_ms);
    metrics.cache_steps_found.Add(static_cast<double>(found));
    if (found > 0) metrics.cache_hits.Add();
  }
}

void RangeRun::MakeLegs() {
  int64_t to_ask = 0;
  for (const Piece& piece : pieces_) to_ask += piece.cached == nullptr ? 1 : 0;
  const TenantLimits& limits = admitted_.limits;
  int64_t shards = 0;
  if (limits.total_shards > 1 && to_ask > 0) {
    frontend_.metrics.shard_attempts.Add();
    if (admitted_.shardable.has_value() && query_.shard_count == 0) shards = limits.total_shards;
    if (limits.max_sharded_queries > 0)
      shards = std::min(shards, limits.max_sharded_queries / to_ask);
    if (shards < 2) shards = 0;
  }
  for (Piece& piece : pieces_) {
    if (piece.cached != nullptr) continue;
    piece.first_leg = legs_.size();
    piece.n_legs = static_cast<size_t>(std::max<int64_t>(shards, 1));
    for (size_t shard = 0; shard < piece.n_legs; ++shard) {
      kvs_query_t& query = legs_.emplace_back().query;
      query = query_;
      query.start_ms = piece.steps.start_ms;
      if (admitted_.is_range()) query.end_ms = piece.steps.end_ms;
      if (shards == 0) continue;
      query.shard_index = static_cast<uint32_t>(shard);
      query.shard_count = static_cast<uint32_t>(shards);
    }
  }
  if (shards == 0) return;
  frontend_.metrics.shard_successes.Add();
  frontend_.metrics.sharded_queries.Add(static_cast<double>(legs_.size()));
  frontend_.metrics.sharded_per_query.Observe(static_cast<double>(legs_.size()));
}

sdk::Co<Status> RangeRun::AskLegs() {
  while (true) {
    const size_t i = next_leg_.fetch_add(1);
    if (i >= legs_.size()) co_return OkStatus();
    Leg& leg = legs_[i];
    // An engine of this process works on the thread that asks it: each leg has one of its own.
    co_await sdk::OnWorker(frontend_.executor);
    if (cancel_.source().cancelled()) {
      leg.status = Cancelled("query was canceled in expression evaluation");
      co_return leg.status;
    }
    const Status status = co_await sdk::Async(frontend_.next.query(), sdk::Call(&leg_call_),
                                              &leg.query, leg.result.out());
    leg.status = status;
    if (status.ok()) continue;
    cancel_.source().Cancel();
    co_return status;
  }
}

Status RangeRun::FirstError() const {
  // What was cancelled because another one failed has nothing to say.
  const Status* first = nullptr;
  for (const Leg& leg : legs_) {
    if (leg.status.ok()) continue;
    if (leg.status.code() != StatusCode::kCancelled) return leg.status;
    if (first == nullptr) first = &leg.status;
  }
  return first == nullptr ? Internal("a part of the query failed, and nobody says why") : *first;
}

bool RangeRun::MergeShardsOf(const Piece& piece, kvs_query_result_t& out) {
  std::vector<const kvs_query_result_t*> shards;
  for (size_t i = 0; i < piece.n_legs; ++i) shards.push_back(&*legs_[piece.first_leg + i].result);
  const std::optional<Notes> notes = MergeNotes(shards);
  if (!notes.has_value()) return false;
  return MergeShards(shards, admitted_.shardable->merge, piece.steps, step_ms_,
                     admitted_.is_range(), *notes, out);
}

bool RangeRun::PutTogether(kvs_query_result_t& out) {
  // An instant query is one piece, in shards.
  if (!admitted_.is_range()) return MergeShardsOf(pieces_[0], out);
  std::vector<const kvs_query_result_t*> results;
  std::vector<Slice> slices;
  std::vector<std::string_view> stats;
  for (Piece& piece : pieces_) {
    if (piece.n_legs > 1) {
      if (!MergeShardsOf(piece, *piece.merged.out())) return false;
      piece.result = &*piece.merged;
    }
    if (piece.n_legs == 1) piece.result = &*legs_[piece.first_leg].result;
    results.push_back(piece.result);
    stats.push_back(sdk::View(piece.result->stats_json));
    slices.push_back({piece.result, piece.steps.start_ms, piece.steps.end_ms});
  }
  const std::optional<Notes> notes = MergeNotes(results);
  if (!notes.has_value()) return false;
  Stitch(slices, *notes, Has(query_, KVS_QUERY_STATS) ? MergeStats(stats) : std::string(), out);
  return true;
}

sdk::Co<Status> RangeRun::AskWhole(kvs_query_result_t& out) {
  Status status = co_await sdk::Async(frontend_.next.query(), call_, &query_, &out);
  co_return status;
}

sdk::Co<Status> RangeRun::Keep() {
  std::vector<std::string> entries;
  std::vector<kvs_cache_item_t> items;
  const TenantLimits& limits = admitted_.limits;
  entries.reserve(parts_.size());
  for (size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.key.empty() || !part.asked_any) continue;
    std::string entry = NewEntry(part, p);
    const auto size = static_cast<int64_t>(entry.size());
    if (entry.empty() || size > frontend_.config.max_cached_result.bytes) continue;
    const bool may_change = limits.out_of_order_window_ms > 0 &&
                            part.steps.end_ms > now_ms_ - limits.out_of_order_window_ms;
    const int64_t ttl_ms =
        may_change ? limits.results_cache_ttl_for_out_of_order_ms : limits.results_cache_ttl_ms;
    if (ttl_ms <= 0) continue;
    entries.push_back(std::move(entry));
    items.push_back({sdk::Str(part.key), sdk::Bytes(entries.back()), ttl_ms});
  }
  if (items.empty()) co_return OkStatus();
  auto in = sdk::Record<kvs_cache_items_t>();
  in.items = items.data();
  in.n_items = items.size();
  const Status put = co_await sdk::Async(frontend_.cache.put(), call_, &in, nullptr);
  if (!put.ok()) frontend_.metrics.cache_failures.With({"put"}).Add();
  co_return OkStatus();
}

std::string RangeRun::NewEntry(const Part& part, size_t index) {
  // What there is of the interval now, in time order.
  struct Segment {
    Slice slice;
    Notes notes;
    std::string_view text;
  };
  std::vector<Segment> segments;
  for (const Extent& extent : part.extents) {
    segments.push_back({{&*extent.result, extent.steps.start_ms, extent.steps.end_ms},
                        NotesOf(*extent.result),
                        extent.text});
  }
  bool is_new = false;
  for (const Piece& piece : pieces_) {
    if (piece.part != index || piece.cached != nullptr || !CanBeCut(*piece.result)) continue;
    if (piece.steps.start_ms > newest_kept_ms_) continue;
    Notes notes = NotesOf(*piece.result);
    const std::string_view text = notes.empty() ? std::string_view() : sdk::View(query_.text);
    const int64_t newest = std::min(
        piece.steps.end_ms, StepsOf(piece.steps.start_ms, newest_kept_ms_, step_ms_).end_ms);
    segments.push_back({{piece.result, piece.steps.start_ms, newest}, std::move(notes), text});
    is_new = true;
  }
  if (!is_new) return {};
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.slice.from_ms < b.slice.from_ms; });
  std::vector<sdk::Owned<kvs_query_result_t>> results;
  std::vector<ExtentToKeep> extents;
  results.reserve(segments.size());
  for (size_t i = 0; i < segments.size();) {
    // Neighbours that say the same about the query become one.
    std::vector<Slice> slices{segments[i].slice};
    size_t end = i + 1;
    while (end < segments.size() && segments[end].slice.from_ms == slices.back().to_ms + step_ms_ &&
           segments[end].notes == segments[i].notes && segments[end].text == segments[i].text) {
      slices.push_back(segments[end++].slice);
    }
    Stitch(slices, segments[i].notes, {}, *results.emplace_back().out());
    extents.push_back(
        {{slices.front().from_ms, slices.back().to_ms}, segments[i].text, &*results.back()});
    i = end;
  }
  const size_t dropped = extents.size() > kKeptExtentsMax ? extents.size() - kKeptExtentsMax : 0;
  return EncodeEntry(part.key, std::span<const ExtentToKeep>(extents).subspan(dropped));
}

}  // namespace kvs::engine::frontend
