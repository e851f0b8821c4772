// SPDX-License-Identifier: Apache-2.0
// The head as a sink.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <mutex>
#include <shared_mutex>

#include "batch_labels.h"
#include "blocks/files.h"
#include "head.h"
#include "histogram.h"
#include "refusal.h"

namespace kvs::head {
namespace {

// What the log's generation looks like in a series: 16 bits, never 0. A series would have to rest
// for 65,535 generations, each of at least a segment, to be mistaken for one whose labels are
// there.
uint16_t Stamp(uint32_t generation) {
  return static_cast<uint16_t>(1 + generation % 65535);
}

// How far ahead of the row being appended memory is fetched.
constexpr size_t kTailsAhead = 6;

// Counts a write while it is in memory's hands.
struct InFlight {
  explicit InFlight(std::atomic<uint64_t>& n) : others(n.fetch_add(1)), n_(n) {}
  ~InFlight() { n_.fetch_sub(1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  const uint64_t others;

 private:
  std::atomic<uint64_t>& n_;
};

}  // namespace

/// Writes the rows of one view, shard by shard. Lives for one call.
class BatchWriter {
 public:
  BatchWriter(Head& head, Tenant& tenant, const sdk::Call& call, const kvs_write_view_t& in,
              WriteScratch& scratch)
      : head_(head),
        tenant_(tenant),
        call_(call),
        batch_(*in.batch),
        rows_(in.rows),
        n_(in.rows == nullptr ? in.batch->n_series : in.n_rows),
        starts_(head.takes_starts_ ? in.batch->start_timestamp_ms : nullptr),
        scratch_(scratch) {}

  /// An error when nothing of the batch was taken; refused samples are in refusal().
  Status Write(kvs_write_result_t& out);
  /// OK, or the first sample that was refused.
  Status refusal() const;

 private:
  uint32_t RowAt(uint32_t position) const { return rows_ == nullptr ? position : rows_[position]; }
  Status FindIds();
  void DropRefusedSeries();
  void SortByShard();
  Status WriteShard(std::span<const uint32_t> positions, Shard& shard, uint32_t shard_number);
  size_t RunLength(std::span<const uint32_t> positions);
  template <bool kWithStarts>
  void AppendSamples(std::span<const uint32_t> positions, Shard& shard);
  void AppendHistograms(std::span<const uint32_t> positions, Shard& shard);
  bool WantsZero(const Series& series, int64_t t, int64_t start) const;
  void NoteHistogram(uint32_t id, int64_t t, Verdict verdict);
  Status StageShard(std::span<const uint32_t> positions, uint32_t shard_number);
  size_t PutLabels(std::span<const uint32_t> positions, uint16_t stamp);
  Status WriteExemplars();
  Status WriteMetadata();
  void Count(Verdict verdict, uint32_t row, int64_t t, uint64_t& accepted);
  void NoteAppended(bool was_sampled, Verdict verdict, int64_t t);
  void PutLate(uint32_t shard_number);
  void PutHistograms(wal::Kind kind, const std::vector<uint8_t>& histograms, uint32_t shard_number);
  void NoteInvalid(const Status& why, uint32_t row, int64_t t);
  void CountMetrics();

  Head& head_;
  Tenant& tenant_;
  const sdk::Call& call_;
  const kvs_write_batch_t& batch_;
  const uint32_t* const rows_;
  const uint32_t n_;
  const int64_t* const starts_;  // Of the samples; null: none has one, or none is to be kept.
  AppendRules rules_{};
  bool injects_zeros_ = false;
  WriteScratch& scratch_;

  std::array<uint32_t, SeriesPlace::kShards + 1> shard_begin_{};
  // Of the shard being written.
  uint32_t n_samples_ = 0;
  uint8_t* id_end_ = nullptr;
  uint8_t* time_end_ = nullptr;
  uint8_t* start_end_ = nullptr;  // Null: no sample has a start.

  std::array<uint64_t, kVerdicts> verdicts_{};
  uint64_t samples_ = 0;
  uint64_t histograms_ = 0;
  uint64_t exemplars_ = 0;
  uint64_t zeros_ = 0;  // That nobody sent.
  uint64_t created_ = 0;
  int64_t max_t_ = std::numeric_limits<int64_t>::min();  // Of those in order.
  bool has_late_ = false;
  uint32_t generation_ = 0;

  // The refusal of the lowest row, so that the answer does not depend on the order of shards.
  Verdict refused_ = Verdict::kAppended;
  uint32_t refused_row_ = 0;
  int64_t refused_t_ = 0;
  Status invalid_;  // Of a histogram.
  // Series that the tenant may not make, in all or of a metric.
  struct Beyond {
    uint64_t samples = 0;
    bool any = false;
    uint32_t first_row = 0;
  };
  Beyond beyond_limit_;
  bool bound_by_instance_ = false;  // That limit is not the tenant's.
  Beyond beyond_metric_limit_;
};

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

// The labels of series that this generation of the log has not seen; returns their size.
size_t BatchWriter::PutLabels(std::span<const uint32_t> positions, uint16_t stamp) {
  wal::Encoder& record = scratch_.record;
  uint32_t n = 0;
  size_t size = 0;
  for (size_t i = 0; i < positions.size(); ++i) {
    Series& series = *scratch_.series[i];
    if (series.logged == stamp || !series.sampled()) continue;
    if (n++ == 0) {
      record.Begin(wal::Kind::kSeries);
      record.PutFixed(tenant_.number);
      record.PutText(tenant_.name);
    }
    record.PutVarint(scratch_.ids[positions[i]]);
    size += PutLabelRecords(batch_, RowAt(positions[i]), record);
    series.logged = stamp;
  }
  if (n != 0) record.End();
  return size;
}

// With the shard's lock held, so that the log has the order of memory.
Status BatchWriter::StageShard(std::span<const uint32_t> positions, uint32_t shard_number) {
  WriteScratch& s = scratch_;
  const bool has_histograms = !s.histograms.empty() || !s.late_histograms.empty();
  if (n_samples_ == 0 && s.late.empty() && !has_histograms) return OkStatus();
  for (;;) {
    // The log may begin a generation at any time; then labels are needed again.
    const uint32_t generation = head_.wal_.generation();
    s.record.Clear();
    const size_t label_bytes = PutLabels(positions, Stamp(generation));
    if (n_samples_ != 0) {
      wal::SamplesHeader header{};
      header.tenant = tenant_.number;
      header.shard = shard_number;
      header.n = n_samples_;
      header.id_bytes = static_cast<uint32_t>(id_end_ - s.id_column.data());
      header.time_bytes = static_cast<uint32_t>(time_end_ - s.time_column.data());
      if (start_end_ != nullptr)
        header.start_bytes = static_cast<uint32_t>(start_end_ - s.start_column.data());
      s.record.Begin(start_end_ == nullptr ? wal::Kind::kSamples : wal::Kind::kStartedSamples);
      s.record.PutFixed(header);
      s.record.PutBytes({s.id_column.data(), header.id_bytes});
      s.record.PutBytes({s.time_column.data(), header.time_bytes});
      s.record.PutBytes(
          {reinterpret_cast<const uint8_t*>(s.value_column.data()), n_samples_ * sizeof(double)});
      s.record.PutBytes({s.start_column.data(), header.start_bytes});
      s.record.End();
    }
    if (!s.late.empty()) PutLate(shard_number);
    PutHistograms(wal::Kind::kHistograms, s.histograms, shard_number);
    PutHistograms(wal::Kind::kLateHistograms, s.late_histograms, shard_number);
    if (head_.wal_.Stage(generation, s.record.bytes(), label_bytes)) {
      generation_ = generation;
      s.histograms.clear();
      s.late_histograms.clear();
      return OkStatus();
    }
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
  }
}

void BatchWriter::PutLate(uint32_t shard_number) {
  wal::Encoder& record = scratch_.record;
  const bool any_start =
      std::any_of(scratch_.late.begin(), scratch_.late.end(),
                  [](const WriteScratch::LateSample& sample) { return sample.start != 0; });
  record.Begin(any_start ? wal::Kind::kLateStartedSamples : wal::Kind::kLateSamples);
  record.PutFixed(tenant_.number);
  record.PutFixed(shard_number);
  for (const WriteScratch::LateSample& sample : scratch_.late) {
    record.PutVarint(sample.id);
    record.PutVarint(wal::ZigZag(sample.t));
    record.PutFixed(sample.v);
    if (any_start) record.PutVarint(wal::ZigZag(sample.start));
  }
  record.End();
}

void BatchWriter::PutHistograms(wal::Kind kind, const std::vector<uint8_t>& histograms,
                                uint32_t shard_number) {
  if (histograms.empty()) return;
  wal::Encoder& record = scratch_.record;
  record.Begin(kind);
  record.PutFixed(tenant_.number);
  record.PutFixed(shard_number);
  record.PutBytes(histograms);
  record.End();
}

Status BatchWriter::WriteExemplars() {
  const kvs_exemplar_columns_t& columns = *batch_.exemplars;
  std::vector<Exemplar> added;
  for (uint32_t position = 0; position < n_; ++position) {
    if (scratch_.ids[position] == KVS_NO_ID) continue;
    const uint32_t row = RowAt(position);
    for (uint32_t k = columns.begin[row]; k < columns.begin[row + 1]; ++k) {
      Exemplar exemplar{scratch_.ids[position], columns.timestamp_ms[k], columns.value[k], {}};
      AppendLabelRecords({columns.label + columns.label_begin[k],
                          columns.label_begin[k + 1] - columns.label_begin[k]},
                         exemplar.labels);
      const ExemplarStore::Added verdict =
          tenant_.exemplars.Add(exemplar, tenant_.limits.max_exemplars(head_.exemplar_budget_.max),
                                head_.exemplar_budget_);
      if (verdict != ExemplarStore::Added::kOutOfOrder) ++exemplars_;
      if (verdict == ExemplarStore::Added::kNew) added.push_back(std::move(exemplar));
    }
  }
  if (added.empty()) return OkStatus();
  tenant_.exemplars_appended.Add(static_cast<double>(added.size()));
  wal::Encoder& record = scratch_.record;
  for (;;) {
    const uint32_t generation = head_.wal_.generation();
    record.Clear();
    // An exemplar whose series this generation does not know is lost at the next start, as
    // exemplars may be.
    record.Begin(wal::Kind::kExemplars);
    record.PutFixed(tenant_.number);
    for (const Exemplar& exemplar : added) {
      record.PutVarint(exemplar.id);
      record.PutVarint(wal::ZigZag(exemplar.t));
      record.PutFixed(exemplar.v);
      record.PutText(exemplar.labels);
    }
    record.End();
    if (head_.wal_.Stage(generation, record.bytes(), 0)) return OkStatus();
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
  }
}

Status BatchWriter::WriteMetadata() {
  wal::Encoder& record = scratch_.record;
  const MetadataBounds bounds{static_cast<size_t>(head_.config_.max_metadata_per_user),
                              static_cast<size_t>(tenant_.limits.max_metadata()),
                              static_cast<size_t>(tenant_.limits.max_metadata_per_metric())};
  const auto discard = [this](uint32_t n, std::string_view reason) {
    if (n != 0) head_.metrics_.discarded_metadata.With({reason, tenant_.name}).Add(n);
  };
  for (;;) {
    const uint32_t generation = head_.wal_.generation();
    record.Clear();
    record.Begin(wal::Kind::kMetadata);
    record.PutFixed(tenant_.number);
    record.PutText(tenant_.name);
    const MetadataStore::Added added =
        tenant_.metadata.Add({batch_.metadata, batch_.n_metadata}, bounds, generation, record);
    discard(added.beyond_metrics, "per_user_metadata_limit");
    discard(added.beyond_per_metric, "per_metric_metadata_limit");
    if (added.logged == 0) return OkStatus();
    record.End();
    if (head_.wal_.Stage(generation, record.bytes(), 0)) return OkStatus();
    tenant_.metadata.Unlogged();
    KVS_RETURN_IF_ERROR(head_.wal_.CheckAccepting());
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

sdk::Outcome Head::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                         sdk::Completer& completer) {
  KVS_RETURN_IF_ERROR(wal_.CheckAccepting());
  const InFlight inflight(n_writing_);
  KVS_RETURN_IF_ERROR(
      instance_.MayWrite(inflight.others + wal_.n_waiting(), clock_.MonotonicNs()));
  Tenant* tenant = tenants_.Find(call.tenant());
  if (tenant == nullptr) {
    // Its blocks will stand in a folder and in a bucket under that name.
    if (!IsFileName(call.tenant()))
      return InvalidArgument("the tenant \"", call.tenant(), "\" cannot be the name of a folder");
    KVS_RETURN_IF_ERROR(instance_.MayAddTenant(tenants_.size()));
    tenant = &tenants_.Get(call.tenant());
  }
  KVS_RETURN_IF_ERROR(tenant->limits.Refresh(limits, call));
  auto scratch = scratch_.Take();
  BatchWriter writer(*this, *tenant, call, in, *scratch);
  const Status written = writer.Write(out);
  scratch_.Give(std::move(scratch));
  KVS_RETURN_IF_ERROR(written);
  return wal_.Acknowledge(writer.refusal(), completer);
}

}  // namespace kvs::head
