// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::ha_dedup {
namespace {

// Enough probes in flight to hide a cache miss each.
constexpr uint32_t kGroup = 16;

uint64_t SamplesOf(const kvs_write_batch_t& batch, uint32_t row) {
  uint64_t n = batch.sample_begin[row + 1] - batch.sample_begin[row];
  if (batch.histograms != nullptr)
    n += batch.histograms->begin[row + 1] - batch.histograms->begin[row];
  return n;
}

int64_t NewestOf(const kvs_write_batch_t& batch, uint32_t row, int64_t newest) {
  for (uint32_t i = batch.sample_begin[row]; i < batch.sample_begin[row + 1]; ++i)
    newest = std::max(newest, batch.timestamp_ms[i]);
  if (batch.histograms == nullptr) return newest;
  for (uint32_t i = batch.histograms->begin[row]; i < batch.histograms->begin[row + 1]; ++i)
    newest = std::max(newest, batch.histograms->timestamp_ms[i]);
  return newest;
}

}  // namespace

HaDedupSink::HaDedupSink(sdk::Host host, Config config)
    : config_(std::move(config)),
      host_(host),
      metrics_(host.metrics()),
      tracker_(host, config_, metrics_),
      memory_(static_cast<size_t>(config_.known_series_max)) {
  auto settings = std::make_shared<Settings>();
  settings->enabled = config_.accept_ha_samples;
  settings->max_clusters = config_.ha_max_clusters;
  settings->labels.cluster = config_.cluster_labels;
  settings->labels.replica = config_.replica_labels;
  settings->labels.SetHash();
  configured_ = std::move(settings);
}

sdk::Outcome HaDedupSink::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  tracker_.Start(kv);
  if (!http) return OkStatus();
  page_ = std::make_unique<TrackerPage>(tracker_, host_.clock());
  return http.Add(host_.component(), "GET", "/distributor/ha_tracker", page_.get(),
                  {.flags = KVS_HTTP_ADMIN});
}

sdk::Outcome HaDedupSink::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  if (page_ != nullptr) http.RemoveAll(host_.component());
  tracker_.Stop();
  return OkStatus();
}

std::shared_ptr<const HaDedupSink::Settings> HaDedupSink::SettingsOf(
    std::string_view tenant) const {
  if (!limiter) return configured_;
  const uint64_t epoch = limiter.epoch();
  const std::lock_guard lock(mutex_);
  const auto found = settings_.find(std::string(tenant));
  return found != settings_.end() && found->second->epoch == epoch ? found->second : nullptr;
}

sdk::Outcome HaDedupSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                                kvs_write_result_t& out, sdk::Completer& completer) {
  const auto settings = SettingsOf(call.tenant());
  if (settings == nullptr) return sdk::Run(completer, AskSettings(call, in, out));
  if (!settings->enabled || in.batch->n_series == 0)
    return sdk::Forward(next.write(), call, &in, &out, completer);
  return sdk::Run(completer, Decide(call, settings, in, out));
}

sdk::Task HaDedupSink::AskSettings(sdk::Call call, const kvs_write_view_t& in,
                                   kvs_write_result_t& out) {
  const kvs_str_t numbers[] = {sdk::Str("accept_ha_samples"), sdk::Str("ha_max_clusters")};
  const kvs_str_t texts[] = {sdk::Str("ha_cluster_label"), sdk::Str("ha_replica_label")};
  double values[] = {std::numeric_limits<double>::quiet_NaN(),
                     std::numeric_limits<double>::quiet_NaN()};
  auto asked = sdk::Record<kvs_limit_names_t>();
  asked.names = numbers;
  asked.n_names = std::size(numbers);
  auto limits = sdk::Record<kvs_limit_values_t>();
  limits.values = values;
  const Status got = co_await sdk::Async(limiter.limits(), call, &asked, &limits);
  if (!got.ok()) co_return got;
  auto settings = std::make_shared<Settings>(*configured_);
  settings->epoch = limits.epoch;
  if (!std::isnan(values[0])) settings->enabled = values[0] != 0;
  if (!std::isnan(values[1])) settings->max_clusters = static_cast<int64_t>(values[1]);
  asked.names = texts;
  asked.n_names = std::size(texts);
  sdk::Owned<kvs_limit_texts_t> labels;
  const Status has_texts = co_await sdk::Async(limiter.texts(), call, &asked, labels.out());
  if (!has_texts.ok() && has_texts.code() != StatusCode::kUnimplemented) co_return has_texts;
  if (has_texts.ok() && labels->n_texts == std::size(texts)) {
    if (labels->texts[0].size != 0) settings->labels.cluster = {sdk::Text(labels->texts[0])};
    if (labels->texts[1].size != 0) settings->labels.replica = {sdk::Text(labels->texts[1])};
    settings->labels.SetHash();
  }
  {
    const std::lock_guard lock(mutex_);
    settings_[std::string(call.tenant())] = settings;
  }
  if (!settings->enabled || in.batch->n_series == 0) {
    const Status written = co_await sdk::Async(next.write(), call, &in, &out);
    co_return written;
  }
  // The rest is the same as with settings at hand; a task cannot hand over to
  // another.
  struct Waiting {
    HaDedupSink& sink;
    std::shared_ptr<const Settings> settings;
  } waiting{*this, settings};
  const sdk::Method<kvs_write_view_t, kvs_write_result_t> rest{
      [](void* self, const kvs_call_t* c, const kvs_write_view_t* i, kvs_write_result_t* o,
         const kvs_completion_t* completion, kvs_error_t* error) noexcept -> kvs_status_t {
        return sdk::Guard(error, [&] {
          auto& w = *static_cast<Waiting*>(self);
          sdk::Completer completer(completion, error);
          return sdk::Run(completer, w.sink.Decide(sdk::Call(c), w.settings, *i, *o));
        });
      },
      &waiting};
  const Status written = co_await sdk::Async(rest, call, &in, &out);
  co_return written;
}

HaDedupSink::Sorted HaDedupSink::Sort(const sdk::Call& call, const Settings& settings,
                                      const kvs_write_view_t& in) {
  const kvs_write_batch_t& batch = *in.batch;
  const uint32_t n = in.rows == nullptr ? batch.n_series : in.n_rows;
  const auto row_of = [&in](uint32_t i) { return in.rows == nullptr ? i : in.rows[i]; };
  const model::LabelSource labels = sdk::LabelSourceOf(batch);
  Sorted sorted;
  uint64_t without = 0;
  uint64_t tags[kGroup];
  uint32_t last = kNoGroup;  // Neighbours are mostly of one replica.
  for (uint32_t begin = 0; begin < n; begin += kGroup) {
    const uint32_t size = std::min(kGroup, n - begin);
    for (uint32_t i = 0; i < size; ++i) {
      tags[i] =
          model::SeriesMemory::TagOf(sdk::KeyOf(batch, row_of(begin + i)), settings.labels.hash);
      memory_.Prefetch(tags[i]);
    }
    for (uint32_t i = 0; i < size; ++i) {
      const uint32_t row = row_of(begin + i);
      uint32_t number = memory_.Find(tags[i]);
      Replica unnumbered;
      if (number == ReplicaTable::kUnknown) {
        number = replicas_.NumberOf(call.tenant(), model::LabelCursor(labels, row), settings.labels,
                                    &unnumbered);
        if (number != ReplicaTable::kUnknown) memory_.Remember(tags[i], number);
      }
      if (number == ReplicaTable::kNone) {
        without += SamplesOf(batch, row);
        if (!sorted.groups.empty()) sorted.group_of.push_back(kNoGroup);
        continue;
      }
      const auto is_it = [&](const Group& group) {
        return group.number == number &&
               (number != ReplicaTable::kUnknown || (group.replica->cluster == unnumbered.cluster &&
                                                     group.replica->name == unnumbered.name));
      };
      if (last == kNoGroup || !is_it(*sorted.groups[last])) {
        last = 0;
        while (last < sorted.groups.size() && !is_it(*sorted.groups[last])) ++last;
        if (last == sorted.groups.size()) {
          // Rows before the first with a replica have none.
          if (sorted.groups.empty()) sorted.group_of.assign(begin + i, kNoGroup);
          sorted.groups.push_back(std::make_unique<Group>());
          Group& group = *sorted.groups.back();
          group.number = number;
          group.unnumbered = std::move(unnumbered);
          group.replica =
              number == ReplicaTable::kUnknown ? &group.unnumbered : &replicas_.At(number);
        }
      }
      Group& group = *sorted.groups[last];
      group.samples += SamplesOf(batch, row);
      group.newest_ms = NewestOf(batch, row, group.newest_ms);
      sorted.group_of.push_back(last);
    }
  }
  if (without > 0) metrics_.non_ha.With({call.tenant()}).Add(static_cast<double>(without));
  return sorted;
}

sdk::Task HaDedupSink::Decide(sdk::Call call, std::shared_ptr<const Settings> settings,
                              const kvs_write_view_t& in, kvs_write_result_t& out) {
  const Sorted sorted = Sort(call, *settings, in);
  if (sorted.groups.empty()) {
    const Status written = co_await sdk::Async(next.write(), call, &in, &out);
    co_return written;
  }
  bool all_taken = true;
  Status refusal, dropped;
  for (const auto& group : sorted.groups) {
    const Replica& replica = *group->replica;
    group->verdict = tracker_.Judge(call.tenant(), replica.cluster, replica.name, group->newest_ms);
    if (group->verdict == Tracker::Verdict::kUndecided) {
      Tracker::Candidate candidate{std::string(call.tenant()), replica.cluster, replica.name,
                                   group->newest_ms, settings->max_clusters};
      struct Standing {
        Tracker& tracker;
      } standing{tracker_};
      const sdk::Method<Tracker::Candidate, void> elect{
          [](void* self, const kvs_call_t* c, const Tracker::Candidate* who, void*,
             const kvs_completion_t* completion, kvs_error_t* error) noexcept -> kvs_status_t {
            return sdk::Guard(error, [&] {
              sdk::Completer completer(completion, error);
              return static_cast<Standing*>(self)->tracker.Elect(
                  sdk::Call(c), const_cast<Tracker::Candidate&>(*who), completer);
            });
          },
          &standing};
      const Status ended = co_await sdk::Async(elect, call, &candidate, nullptr);
      // Without the kv store nobody knows who is elected: the sender tries
      // again.
      if (!ended.ok() && ended.code() != StatusCode::kFailedPrecondition) {
        co_return Unavailable(ended.message()).Retryable();
      }
      if (!ended.ok()) {
        if (refusal.ok()) refusal = ended;
        metrics_.discarded.With({"too_many_ha_clusters", call.tenant()})
            .Add(static_cast<double>(group->samples));
      }
      group->verdict = candidate.taken ? Tracker::Verdict::kTaken : Tracker::Verdict::kDropped;
      group->refusal = ended;
    }
    if (group->verdict == Tracker::Verdict::kTaken) continue;
    all_taken = false;
    if (!group->refusal.ok()) continue;
    metrics_.deduped.With({call.tenant(), replica.cluster})
        .Add(static_cast<double>(group->samples));
    if (dropped.ok()) {
      dropped = AlreadyExists(
          "ha-tracker: replicas did not match, rejecting sample: replica=", replica.name,
          ", elected=", tracker_.ElectedOf(call.tenant(), replica.cluster));
    }
  }

  const auto derived = sdk::DerivedBatch::Of(*in.batch, "sink.ha_dedup");
  derived->Salt(settings->labels.hash);
  std::vector<uint32_t> rows;
  if (!all_taken) rows.reserve(sorted.group_of.size());
  for (uint32_t i = 0; i < sorted.group_of.size(); ++i) {
    const uint32_t row = in.rows == nullptr ? i : in.rows[i];
    const uint32_t group = sorted.group_of[i];
    if (group != kNoGroup && sorted.groups[group]->verdict != Tracker::Verdict::kTaken) continue;
    if (!all_taken) rows.push_back(row);
    if (group != kNoGroup) derived->DropLabel(row, sorted.groups[group]->replica->label);
  }
  if (!all_taken && rows.empty()) co_return refusal.ok() ? dropped : refusal;
  kvs_write_view_t view = in;
  view.batch = derived->Finish();
  if (!all_taken) sdk::LendRows(rows, view);
  const Status written = co_await sdk::Async(next.write(), call, &view, &out);
  if (!written.ok() && !written.partial()) co_return written;
  Status outcome = written;
  // A view of some rows has no metadata. Those of a batch of which nothing is taken go with it, as
  // in Mimir: the elected replica says the same.
  if (!all_taken && in.rows == nullptr && in.batch->n_metadata != 0) {
    const auto metadata = sdk::DerivedBatch::MetadataOf(*in.batch);
    auto alone = sdk::Record<kvs_write_view_t>();
    alone.batch = metadata->Finish();
    auto nothing = sdk::Record<kvs_write_result_t>();
    const Status noted = co_await sdk::Async(next.write(), call, &alone, &nothing);
    if (outcome.ok()) outcome = noted;
  }
  if (outcome.ok() && !refusal.ok()) co_return std::move(refusal).Partial();
  co_return outcome;
}

}  // namespace kvs::sink::ha_dedup
