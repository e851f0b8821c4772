// SPDX-License-Identifier: Apache-2.0
#include "write/batch_writer.h"

#include <algorithm>
#include <shared_mutex>
#include <unordered_set>

#include "batch_labels.h"
#include "refusal.h"

namespace kvs::head {

Status BatchWriter::Write(kvs_write_result_t& out) {
  {
    const std::shared_lock gate(tenant_.gate);
    injects_zeros_ = tenant_.limits.injects_zeros();
    rules_ = head_.RulesFor(tenant_);  // Behind the gate: who cuts a block closes it once.
    KVS_RETURN_IF_ERROR(FindIds());
    SortByShard();
    Status status;
    for (uint32_t s = 0; s < SeriesPlace::kShards && status.ok(); ++s) {
      const std::span<const uint32_t> positions(scratch_.order.data() + shard_begin_[s],
                                                shard_begin_[s + 1] - shard_begin_[s]);
      if (!positions.empty()) status = WriteShard(positions, tenant_.shards[s], s);
    }
    if (status.ok() && batch_.exemplars != nullptr) status = WriteExemplars();
    if (status.ok() && batch_.n_metadata != 0 && rows_ == nullptr) status = WriteMetadata();
    CountMetrics();
    KVS_RETURN_IF_ERROR(status);
  }
  out.samples_accepted = samples_;
  out.histograms_accepted = histograms_;
  out.exemplars_accepted = exemplars_;
  return OkStatus();
}

Status BatchWriter::FindIds() {
  scratch_.ids.resize(n_);
  if (tenant_.keys.Lookup(batch_.series_key, rows_, scratch_.ids) == 0) return OkStatus();

  WriteScratch& s = scratch_;
  s.missing_at.clear();
  s.missing_rows.clear();
  s.missing_keys.clear();
  for (uint32_t i = 0; i < n_; ++i) {
    if (s.ids[i] != KeyCache::kMiss) continue;
    s.missing_at.push_back(i);
    s.missing_rows.push_back(RowAt(i));
    s.missing_keys.push_back(batch_.series_key[RowAt(i)]);
  }
  s.missing_ids.resize(s.missing_at.size());
  s.missing_created.assign(s.missing_at.size(), 0);

  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = &batch_;
  view.rows = s.missing_rows.data();
  view.n_rows = static_cast<uint32_t>(s.missing_rows.size());
  auto resolved = sdk::Record<kvs_resolved_t>();
  resolved.ids = s.missing_ids.data();
  resolved.created = s.missing_created.data();
  if (const int64_t max = tenant_.limits.max_series(); max > 0) {
    const auto has = static_cast<int64_t>(tenant_.n_series.load(std::memory_order_relaxed));
    resolved.is_bounded = 1;
    resolved.max_created = static_cast<uint32_t>(std::clamp<int64_t>(max - has, 0, UINT32_MAX));
  }
  if (const int64_t left = head_.instance_.SeriesLeft(); left < sdk::MaxCreated(resolved)) {
    bound_by_instance_ = true;
    resolved.is_bounded = 1;
    resolved.max_created = static_cast<uint32_t>(left);
  }
  const int64_t per_metric = tenant_.limits.max_series_per_metric();
  resolved.max_per_metric = static_cast<uint32_t>(std::min<int64_t>(per_metric, UINT32_MAX));
  KVS_RETURN_IF_ERROR(sdk::Await(head_.index.resolve(), call_, &view, &resolved));

  for (size_t i = 0; i < s.missing_at.size(); ++i) s.ids[s.missing_at[i]] = s.missing_ids[i];
  if (resolved.is_bounded != 0 || resolved.max_per_metric != 0) DropRefusedSeries();
  tenant_.keys.Insert(s.missing_keys, s.missing_ids);
  return OkStatus();
}

// Of the rows that were missing, those that may not make a series.
void BatchWriter::DropRefusedSeries() {
  WriteScratch& s = scratch_;
  size_t kept = 0;
  for (size_t i = 0; i < s.missing_ids.size(); ++i) {
    if (s.missing_ids[i] != KVS_NO_ID) {
      s.missing_keys[kept] = s.missing_keys[i];
      s.missing_ids[kept++] = s.missing_ids[i];
      continue;
    }
    const uint32_t row = s.missing_rows[i];
    Beyond& beyond =
        s.missing_created[i] == KVS_CREATED_NONE_OF_METRIC ? beyond_metric_limit_ : beyond_limit_;
    if (!beyond.any) beyond.first_row = row;
    beyond.any = true;
    beyond.samples += batch_.sample_begin[row + 1] - batch_.sample_begin[row];
    if (batch_.histograms != nullptr)
      beyond.samples += batch_.histograms->begin[row + 1] - batch_.histograms->begin[row];
  }
  s.missing_keys.resize(kept);
  s.missing_ids.resize(kept);
}

// A stable counting sort: rows of one series stay in their order. Rows without a series are left
// out.
void BatchWriter::SortByShard() {
  shard_begin_.fill(0);
  size_t n = 0;
  for (const uint32_t id : scratch_.ids) {
    if (id == KVS_NO_ID) continue;
    ++shard_begin_[SeriesPlace(id).shard + 1];
    ++n;
  }
  for (uint32_t s = 0; s < SeriesPlace::kShards; ++s) shard_begin_[s + 1] += shard_begin_[s];
  std::array<uint32_t, SeriesPlace::kShards> at;
  std::copy_n(shard_begin_.begin(), at.size(), at.begin());
  scratch_.order.resize(n);
  for (uint32_t i = 0; i < n_; ++i) {
    if (scratch_.ids[i] != KVS_NO_ID) scratch_.order[at[SeriesPlace(scratch_.ids[i]).shard]++] = i;
  }
}

void BatchWriter::CountMetrics() {
  if (created_ != 0) {
    tenant_.n_series.fetch_add(created_, std::memory_order_relaxed);
    tenant_.created.Add(static_cast<double>(created_));
    head_.instance_.NoteSeries(static_cast<int64_t>(created_));
  }
  if (has_late_) tenant_.has_late = true;
  if (generation_ != 0) {
    tenant_.RaiseMaxT(max_t_);
    tenant_.last_write_ms.store(head_.clock_.NowMs(), std::memory_order_relaxed);
    head_.generations_.Note(generation_, tenant_, {max_t_, has_late_});
  }
  if (samples_ + histograms_ + zeros_ != 0)
    tenant_.ingested.Add(static_cast<double>(samples_ + histograms_ + zeros_));
  head_.instance_.NoteSamples(samples_ + histograms_, head_.clock_.MonotonicNs());
  const uint64_t late = verdicts_[static_cast<size_t>(Verdict::kAppendedLate)];
  if (late != 0) tenant_.late.Add(static_cast<double>(late));
  const auto count = [this](const Beyond& beyond, std::string_view reason) {
    if (beyond.samples == 0) return;
    tenant_.failures.Add(static_cast<double>(beyond.samples));
    head_.metrics_.discarded.With({reason, tenant_.name}).Add(static_cast<double>(beyond.samples));
  };
  // What may come again is not discarded.
  if (!bound_by_instance_) count(beyond_limit_, "per_user_series_limit");
  count(beyond_metric_limit_, "per_metric_series_limit");
  if (refused_ == Verdict::kAppended) return;
  for (size_t i = 0; i < kVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (verdicts_[i] == 0 || !IsRefused(verdict)) continue;
    tenant_.failures.Add(static_cast<double>(verdicts_[i]));
    head_.metrics_.discarded.With({DiscardReason(verdict), tenant_.name})
        .Add(static_cast<double>(verdicts_[i]));
  }
}

Status BatchWriter::refusal() const {
  const bool took_some = samples_ + histograms_ != 0;
  // Before the others: all of the batch is to come again.
  if (beyond_limit_.any && bound_by_instance_) return head_.instance_.TooManySeries();
  if (refused_ != Verdict::kAppended) {
    return RefusalOf(refused_, refused_t_, FormatSeriesOf(batch_, refused_row_),
                     head_.WindowMs(tenant_))
        .Partial(took_some);
  }
  if (beyond_limit_.any) return TooManySeries(tenant_.limits.max_series()).Partial(took_some);
  if (beyond_metric_limit_.any) {
    return TooManySeriesOfMetric(tenant_.limits.max_series_per_metric(),
                                 FormatSeriesOf(batch_, beyond_metric_limit_.first_row))
        .Partial(took_some);
  }
  if (!invalid_.ok()) return Status(invalid_).Partial(took_some);
  return OkStatus();
}

}  // namespace kvs::head
