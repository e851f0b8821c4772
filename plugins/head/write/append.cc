// SPDX-License-Identifier: Apache-2.0
// The rows of a shard, appended in memory.
#include <algorithm>
#include <unordered_set>

#include "batch_labels.h"
#include "histogram.h"
#include "refusal.h"
#include "write/batch_writer.h"

namespace kvs::head {
namespace {

// How far ahead of the row being appended memory is fetched.
constexpr size_t kTailsAhead = 6;

}  // namespace

inline void BatchWriter::Count(Verdict verdict, uint32_t row, int64_t t, uint64_t& accepted) {
  ++verdicts_[static_cast<size_t>(verdict)];
  if (!IsRefused(verdict)) [[likely]] {
    ++accepted;
    return;
  }
  if (refused_ != Verdict::kAppended && refused_row_ <= row) return;
  refused_ = verdict;
  refused_row_ = row;
  refused_t_ = t;
}

Status BatchWriter::WriteShard(std::span<const uint32_t> positions, Shard& shard,
                               uint32_t shard_number) {
  MutexLock lock(shard.mutex());
  while (!positions.empty()) {
    const std::span<const uint32_t> run = positions.first(RunLength(positions));
    positions = positions.subspan(run.size());
    scratch_.series.resize(run.size());
    for (size_t i = 0; i < run.size(); ++i) {
      scratch_.series[i] = &shard.Ensure(SeriesPlace(scratch_.ids[run[i]]));
      __builtin_prefetch(scratch_.series[i], 1);
    }
    if (starts_ == nullptr) {
      AppendSamples<false>(run, shard);
    } else {
      AppendSamples<true>(run, shard);
    }
    if (batch_.histograms != nullptr) AppendHistograms(run, shard);
    KVS_RETURN_IF_ERROR(StageShard(run, shard_number));
  }
  return OkStatus();
}

// How many rows may be written together, floats first and then histograms: those before a row with
// floats of a series that had a histogram in an earlier row. Nearly always all of them.
size_t BatchWriter::RunLength(std::span<const uint32_t> positions) {
  if (batch_.histograms == nullptr) return positions.size();
  std::unordered_set<uint32_t>& seen = scratch_.with_histogram;
  seen.clear();
  for (size_t i = 0; i < positions.size(); ++i) {
    const uint32_t row = RowAt(positions[i]);
    const uint32_t id = scratch_.ids[positions[i]];
    const bool has_floats = batch_.sample_begin[row] != batch_.sample_begin[row + 1];
    if (has_floats && !seen.empty() && seen.contains(id)) return i;
    if (batch_.histograms->begin[row] != batch_.histograms->begin[row + 1]) seen.insert(id);
  }
  return positions.size();
}

template <bool kWithStarts>
void BatchWriter::AppendSamples(std::span<const uint32_t> positions, Shard& shard) {
  size_t n = 0;
  for (const uint32_t position : positions) {
    const uint32_t row = RowAt(position);
    n += batch_.sample_begin[row + 1] - batch_.sample_begin[row];
  }
  WriteScratch& s = scratch_;
  const int64_t* const zeros = injects_zeros_ ? batch_.start_timestamp_ms : nullptr;
  if (zeros != nullptr) n *= 2;
  if (s.value_column.size() < n) {
    s.id_column.resize(n * wal::kMaxVarint);
    s.time_column.resize(n * wal::kMaxVarint);
    s.value_column.resize(n);
  }
  if (kWithStarts && s.start_column.size() < n * wal::kMaxVarint)
    s.start_column.resize(n * wal::kMaxVarint);
  s.late.clear();
  s.histograms.clear();
  s.late_histograms.clear();
  uint8_t* id_at = s.id_column.data();
  uint8_t* time_at = s.time_column.data();
  double* value_at = s.value_column.data();
  uint8_t* start_at = s.start_column.data();
  bool any_start = false;
  int64_t last_id = 0;
  int64_t last_t = 0;
  int64_t last_start = 0;
  const auto stage = [&](uint32_t id, int64_t t, double v, int64_t start) {
    id_at = wal::PutVarint(id_at, wal::ZigZag(int64_t{id} - last_id));
    time_at =
        wal::PutVarint(time_at, wal::ZigZag(static_cast<int64_t>(static_cast<uint64_t>(t) -
                                                                 static_cast<uint64_t>(last_t))));
    *value_at++ = v;
    last_id = id;
    last_t = t;
    if constexpr (kWithStarts) {
      start_at = wal::PutVarint(
          start_at, wal::ZigZag(static_cast<int64_t>(static_cast<uint64_t>(start) -
                                                     static_cast<uint64_t>(last_start))));
      last_start = start;
      any_start = any_start || start != 0;
    }
  };

  for (size_t i = 0; i < positions.size(); ++i) {
    if (i + kTailsAhead < positions.size()) shard.PrefetchTail(*s.series[i + kTailsAhead]);
    const uint32_t row = RowAt(positions[i]);
    const uint32_t id = s.ids[positions[i]];
    const SeriesPlace place(id);
    Series& series = *s.series[i];
    for (uint32_t k = batch_.sample_begin[row]; k < batch_.sample_begin[row + 1]; ++k) {
      const int64_t t = batch_.timestamp_ms[k];
      const double v = batch_.value[k];
      const int64_t start = kWithStarts ? starts_[k] : 0;
      const bool was_sampled = series.sampled();
      if (zeros != nullptr && WantsZero(series, t, zeros[k])) [[unlikely]] {
        const Verdict zero = kWithStarts
                                 ? shard.AppendStarted(place, series, zeros[k], 0, zeros[k], rules_)
                                 : shard.Append(place, series, zeros[k], 0, rules_);
        if (zero == Verdict::kAppended) {
          ++zeros_;
          stage(id, zeros[k], 0, kWithStarts ? zeros[k] : 0);
        }
      }
      const Verdict verdict = kWithStarts && start != 0
                                  ? shard.AppendStarted(place, series, t, v, start, rules_)
                                  : shard.Append(place, series, t, v, rules_);
      Count(verdict, row, t, samples_);
      if (!IsAppended(verdict)) continue;
      NoteAppended(was_sampled, verdict, t);
      if (verdict == Verdict::kAppendedLate) [[unlikely]] {
        s.late.push_back({id, t, v, start});
        continue;
      }
      stage(id, t, v, start);
    }
  }
  n_samples_ = static_cast<uint32_t>(value_at - s.value_column.data());
  id_end_ = id_at;
  time_end_ = time_at;
  start_end_ = any_start ? start_at : nullptr;
}

// Whether the series gets a zero at the time at which its sample says to have begun: in order only,
// and so once, for what comes later begins before the series' newest sample.
bool BatchWriter::WantsZero(const Series& series, int64_t t, int64_t start) const {
  return start > 0 && start < t && start >= std::max(rules_.min_t, rules_.cut_t) &&
         (!series.sampled() || start > series.state.t);
}

// What was appended goes to the log in its flat form.
void BatchWriter::NoteHistogram(uint32_t id, int64_t t, Verdict verdict) {
  WriteScratch& s = scratch_;
  uint8_t raw[3 * wal::kMaxVarint];
  uint8_t* at = wal::PutVarint(raw, id);
  at = wal::PutVarint(at, wal::ZigZag(t));
  at = wal::PutVarint(at, s.histogram.size());
  std::vector<uint8_t>& out = verdict == Verdict::kAppendedLate ? s.late_histograms : s.histograms;
  out.insert(out.end(), raw, at);
  out.insert(out.end(), s.histogram.begin(), s.histogram.end());
}

void BatchWriter::AppendHistograms(std::span<const uint32_t> positions, Shard& shard) {
  const kvs_histogram_columns_t& columns = *batch_.histograms;
  constexpr uint8_t kGauge = 3;
  const int64_t* const zeros = injects_zeros_ ? columns.start_timestamp_ms : nullptr;
  WriteScratch& s = scratch_;
  for (size_t i = 0; i < positions.size(); ++i) {
    const uint32_t row = RowAt(positions[i]);
    const uint32_t id = s.ids[positions[i]];
    Series& series = *s.series[i];
    for (uint32_t k = columns.begin[row]; k < columns.begin[row + 1]; ++k) {
      const int64_t t = columns.timestamp_ms[k];
      const bool was_sampled = series.sampled();
      if (zeros != nullptr && columns.reset_hint[k] != kGauge && WantsZero(series, t, zeros[k])) {
        s.histogram.clear();
        EncodeZeroOf(columns, k, head_.takes_histogram_starts_, s.histogram);
        const StatusOr<EncodedHistogram> zero = DecodeHistogram(s.histogram);
        const Verdict verdict =
            zero.ok() ? shard.AppendHistogram(SeriesPlace(id), series, zeros[k], *zero, rules_)
                      : Verdict::kRepeated;  // What is wrong with it is said of the sample.
        if (verdict == Verdict::kAppended) {
          ++zeros_;
          NoteHistogram(id, zeros[k], verdict);
        }
      }
      s.histogram.clear();
      EncodeHistogram(columns, k, head_.takes_histogram_starts_, s.histogram);
      const StatusOr<EncodedHistogram> histogram = DecodeHistogram(s.histogram);
      if (!histogram.ok()) {
        NoteInvalid(histogram.status(), row, t);
        continue;
      }
      const Verdict verdict = shard.AppendHistogram(SeriesPlace(id), series, t, *histogram, rules_);
      Count(verdict, row, t, histograms_);
      if (!IsAppended(verdict)) continue;
      NoteAppended(was_sampled, verdict, t);
      NoteHistogram(id, t, verdict);
    }
  }
}

inline void BatchWriter::NoteAppended(bool was_sampled, Verdict verdict, int64_t t) {
  created_ += was_sampled ? 0 : 1;
  if (verdict == Verdict::kAppendedLate) {
    has_late_ = true;
  } else {
    max_t_ = std::max(max_t_, t);
  }
}

// A histogram that is none; the first one is the answer.
void BatchWriter::NoteInvalid(const Status& why, uint32_t row, int64_t t) {
  tenant_.failures.Add();
  head_.metrics_.discarded.With({why.reason(), tenant_.name}).Add();
  if (invalid_.ok()) invalid_ = InvalidHistogram(why, t, FormatSeriesOf(batch_, row));
}

}  // namespace kvs::head
