// SPDX-License-Identifier: Apache-2.0
// The part of a replay that appends what the log has.
#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "histogram.h"
#include "replay.h"
#include "shard_lock.h"

namespace kvs::head {

void Replay::AppendShard(Source& source, std::span<const wal::Record> records) {
  const auto has_samples = [](const wal::Record& record) {
    return record.kind == wal::Kind::kSamples || record.kind == wal::Kind::kStartedSamples;
  };
  while (!records.empty()) {
    // Nothing of another kind stands between these, so that only the order within a series counts.
    const auto other = std::find_if_not(records.begin(), records.end(), has_samples);
    if (const auto n = static_cast<size_t>(other - records.begin()); n != 0) {
      AppendSamples(source, records.first(n));
      records = records.subspan(n);
      continue;
    }
    const wal::Record& record = records.front();
    records = records.subspan(1);
    bool ok = true;
    switch (record.kind) {
      case wal::Kind::kLateSamples:
      case wal::Kind::kLateStartedSamples:
        ok = AppendLateSamples(source, record.payload,
                               record.kind == wal::Kind::kLateStartedSamples);
        break;
      case wal::Kind::kSeriesState:
        ok = RestoreSeries(source, record.payload);
        break;
      default:
        ok = AppendHistograms(source, record.payload, record.kind == wal::Kind::kLateHistograms);
    }
    if (!ok) NoteBadRecord(record);
  }
}

void Replay::Source::RaiseMaxT(int64_t t) {
  int64_t seen = max_t.load(std::memory_order_relaxed);
  while (seen < t && !max_t.compare_exchange_weak(seen, t, std::memory_order_relaxed)) {
  }
}

// Logs of version 1 do not say which samples are late.
AppendRules Replay::Rules() const {
  AppendRules rules = AppendRules::InOrder();
  rules.has_window = version_ == wal::kOldestVersion;
  return rules;
}

void Replay::AppendSamples(Source& source, std::span<const wal::Record> records) {
  std::unique_ptr<SampleRows> samples = sample_rows_.Take();
  samples->Take(records, source.ids, [this](const wal::Record& bad) { NoteBadRecord(bad); });
  const std::span<const SampleRows::Row> rows = samples->rows();
  const std::span<const int64_t> starts = samples->starts();
  const AppendRules rules = Rules();
  ShardLock lock(*source.tenant);
  uint64_t created = 0;
  uint64_t in_blocks = 0;
  int64_t max_t = std::numeric_limits<int64_t>::min();
  constexpr size_t kAhead = 8;
  const auto id_at = [&](size_t i) { return i < rows.size() ? rows[i].id : LoggedIds::kNone; };
  const auto is_of = [](uint32_t id, uint32_t shard) {
    return id != LoggedIds::kNone && SeriesPlace(id).shard == shard;
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    const SampleRows::Row& row = rows[i];
    max_t = std::max(max_t, row.t);
    if (row.t < source.memory_from) {
      ++in_blocks;
      continue;
    }
    const SeriesPlace place(row.id);
    Shard& shard = lock.Lock(place.shard);
    // Series first, then what these say.
    if (const uint32_t far = id_at(i + 2 * kAhead); is_of(far, place.shard))
      shard.Prefetch(SeriesPlace(far));
    if (const uint32_t near = id_at(i + kAhead); is_of(near, place.shard)) {
      if (const Series* const next = shard.Find(SeriesPlace(near))) shard.PrefetchTail(*next);
    }
    Series& series = shard.Ensure(place);
    const bool was_sampled = series.sampled();
    if (!starts.empty() && starts[i] != 0) {
      shard.AppendStarted(place, series, row.t, row.v, starts[i], rules);
    } else {
      shard.Append(place, series, row.t, row.v, rules);
    }
    created += was_sampled ? 0 : 1;
  }
  samples_.fetch_add(rows.size() - in_blocks, std::memory_order_relaxed);
  in_blocks_.fetch_add(in_blocks, std::memory_order_relaxed);
  lost_samples_.fetch_add(samples->n_lost(), std::memory_order_relaxed);
  source.tenant->n_series.fetch_add(created, std::memory_order_relaxed);
  source.tenant->RaiseMaxT(max_t);
  source.RaiseMaxT(max_t);
  sample_rows_.Give(std::move(samples));
}

void Replay::NoteAppended(Source& source, bool was_sampled) {
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (!was_sampled) source.tenant->n_series.fetch_add(1, std::memory_order_relaxed);
}

bool Replay::AppendLateSamples(Source& source, std::span<const uint8_t> payload, bool with_starts) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  const bool is_in_blocks = generation_ < source.late_generation;
  ShardLock lock(*source.tenant);
  while (in.left() > 0) {
    const uint64_t logged_id = in.Varint();
    const int64_t t = wal::UnZigZag(in.Varint());
    const auto v = in.Fixed<double>();
    const int64_t start = with_starts ? wal::UnZigZag(in.Varint()) : 0;
    if (!in.ok()) return false;
    const uint32_t id = source.ids.Find(logged_id);
    if (id == LoggedIds::kNone) {
      lost_samples_.fetch_add(1, std::memory_order_relaxed);
    } else if (is_in_blocks) {
      in_blocks_.fetch_add(1, std::memory_order_relaxed);
    } else {
      const SeriesPlace place(id);
      Shard& shard = lock.Lock(place.shard);
      Series& series = shard.Ensure(place);
      const bool was_sampled = series.sampled();
      shard.AppendLate(place, series, t, v, start);
      NoteAppended(source, was_sampled);
      source.has_late = true;
    }
  }
  return true;
}

bool Replay::AppendHistograms(Source& source, std::span<const uint8_t> payload, bool late) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  const AppendRules rules = Rules();
  ShardLock lock(*source.tenant);
  while (in.left() > 0) {
    const uint64_t logged_id = in.Varint();
    const int64_t t = wal::UnZigZag(in.Varint());
    const std::span<const uint8_t> flat = in.Bytes(in.Varint());
    if (!in.ok()) return false;
    const uint32_t id = source.ids.Find(logged_id);
    if (id == LoggedIds::kNone) {
      lost_samples_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const StatusOr<EncodedHistogram> histogram = DecodeHistogram(flat);
    if (!histogram.ok()) return false;
    if (!late) {
      source.tenant->RaiseMaxT(t);
      source.RaiseMaxT(t);
    }
    if (late ? generation_ < source.late_generation : t < source.memory_from) {
      in_blocks_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const SeriesPlace place(id);
    Shard& shard = lock.Lock(place.shard);
    Series& series = shard.Ensure(place);
    const bool was_sampled = series.sampled();
    if (late) {
      shard.AppendLate(place, series, t, *histogram);
      source.has_late = true;
    } else {
      shard.AppendHistogram(place, series, t, *histogram, rules);
    }
    NoteAppended(source, was_sampled);
  }
  return true;
}

bool Replay::RestoreRest(Source& source, const wal::Record& record) {
  wal::PayloadReader in(record.payload);
  in.Fixed<uint32_t>();  // The tenant.
  if (record.kind == wal::Kind::kMetadata) in.Text();
  while (in.left() > 0) {
    if (record.kind == wal::Kind::kMetadata) {
      const auto type = static_cast<uint32_t>(in.Varint());
      const std::string_view metric = in.Text();
      const std::string_view help = in.Text();
      const std::string_view unit = in.Text();
      if (!in.ok()) return false;
      source.tenant->metadata.Restore(type, metric, help, unit);
    } else if (record.kind == wal::Kind::kExemplars) {
      const uint64_t logged_id = in.Varint();
      const int64_t t = wal::UnZigZag(in.Varint());
      const auto v = in.Fixed<double>();
      const std::string_view labels = in.Text();
      if (!in.ok()) return false;
      const uint32_t id = source.ids.Find(logged_id);
      if (id == LoggedIds::kNone) continue;
      source.tenant->exemplars.Add({id, t, v, std::string(labels)}, exemplar_budget_.max,
                                   exemplar_budget_);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace kvs::head
