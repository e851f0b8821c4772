// SPDX-License-Identifier: Apache-2.0
// Shard: a part of a tenant's series with everything they own, under one lock that is taken once
// for the rows of a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "kvs/base/mutex.h"

#include "chunk_log.h"
#include "histogram.h"
#include "segment_pool.h"
#include "series.h"

namespace kvs::head {

/// What became of a sample.
enum class Verdict : uint8_t {
  kAppended,      ///< In order.
  kAppendedLate,  ///< Out of order, within the window.
  kRepeated,      ///< It was there already.
  kTooOld,        ///< Before what the head takes at all.
  kOutOfOrder,    ///< Before the last sample, and there is no window.
  kBeyondWindow,  ///< Before the last sample, and before the window.
  kOtherValue,    ///< At the time of another sample with another value.
};
inline constexpr size_t kVerdicts = 7;

inline bool IsAppended(Verdict verdict) {
  return verdict <= Verdict::kAppendedLate;
}
inline bool IsRefused(Verdict verdict) {
  return verdict >= Verdict::kTooOld;
}

/// Which samples are taken; the same for a whole batch.
struct AppendRules {
  int64_t min_t;  ///< Older samples are too old. Where there is a window, only for series without
                  ///< samples.
  int64_t late_min_t;  ///< Older samples that are out of order are beyond the window.
  bool has_window;

  /// Takes all that was taken once: for replay.
  static AppendRules All() {
    return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::min(), true};
  }
};

struct FloatSample {
  int64_t t;
  double v;
};

/// What only few series have.
struct HistogramSample {
  int64_t t;
  EncodedHistogram value;
};

struct SideState {
  // Out of order, sorted by time, not yet in a chunk.
  std::vector<FloatSample> late;
  std::vector<HistogramSample> late_histograms;
  ChunkHandle newest_late = 0;  ///< Chunks of such samples, by time of closing.
  std::unique_ptr<OpenHistogram> histogram;
};

/// A chunk as a reader gets it; copied out of the shard, or pinned.
class ChunkReceiver {
 public:
  virtual ~ChunkReceiver() = default;
  /// Bytes that stay where they are as long as the block is pinned.
  virtual void Closed(const ClosedChunk& chunk, const ChunkLog& log, ChunkHandle handle,
                      bool late) = 0;
  /// Room for an open chunk of `size` bytes, which the shard fills before FinishReading() returns.
  virtual uint8_t* Open(int64_t min_t, int64_t max_t, uint32_t size, unsigned n_samples,
                        uint8_t encoding, bool late) = 0;
  /// Room for an open chunk of which only the end will be given out: PutTail() says what that is,
  /// under the name given here, before FinishReading() returns.
  virtual uint8_t* OpenTail(int64_t max_t, uint32_t size, uint8_t encoding, size_t* ticket) = 0;
  virtual void PutTail(size_t ticket, const CutTail& tail) = 0;
};

class Shard {
 public:
  Mutex& mutex() const { return mutex_; }

  // Everything below: the mutex is held.

  /// The series at `place`; its page is made if need be.
  Series& Ensure(const SeriesPlace& place) {
    if (place.page >= pages_.size() || pages_[place.page] == nullptr) [[unlikely]]
      AddPage(place.page);
    return pages_[place.page]->series[place.slot];
  }
  /// The same, or null.
  const Series* Find(const SeriesPlace& place) const {
    if (place.page >= pages_.size() || pages_[place.page] == nullptr) return nullptr;
    return &pages_[place.page]->series[place.slot];
  }
  /// Brings the series itself nearer.
  void Prefetch(const SeriesPlace& place) const {
    if (const Series* const series = Find(place)) __builtin_prefetch(series);
  }
  /// Brings the end of the open chunk nearer; the series itself should be near already.
  void PrefetchTail(const Series& series) const {
    if (!series.open.empty()) __builtin_prefetch(&pool_.at(series.open.last), 1);
  }

  /// Appends a sample of the series at `place`, which is `series`.
  Verdict Append(const SeriesPlace& place, Series& series, int64_t t, double v,
                 const AppendRules& rules) {
    if (t > series.state.t && t < series.cut_t && t >= rules.min_t &&
        series.state.count - 1u < kSamplesPerChunk - 1u) [[likely]] {
      series.open.Append(pool_, series.state, t, v);
      return Verdict::kAppended;
    }
    return AppendRarely(place, series, t, v, rules);
  }

  /// The same for a histogram, whose time is `t`.
  Verdict AppendHistogram(const SeriesPlace& place, Series& series, int64_t t,
                          const EncodedHistogram& histogram, const AppendRules& rules);

  /// Gives the chunks with samples in [min_t, max_t], in ascending order of their first; those of
  /// late samples last. The bytes of open chunks are there after FinishReading(), before which the
  /// mutex must not be let go; of those that began long before min_t only the end is given.
  void Read(const SeriesPlace& place, int64_t min_t, int64_t max_t, ChunkReceiver& receiver,
            PendingReads& pending) const;
  void FinishReading(ChunkReceiver& receiver, PendingReads& pending) const;
  /// Whether there are any.
  bool HasChunks(const SeriesPlace& place, int64_t min_t, int64_t max_t) const;

  /// Drops chunks that ended before `t`, as far as blocks of them allow.
  void DropBefore(int64_t t);
  /// Appends the ids of series without samples since `t`; this shard is number `number` of its
  /// tenant.
  void FindEnded(int64_t t, uint32_t number, std::vector<uint32_t>& ids) const;
  /// Forgets the series.
  void Reset(const SeriesPlace& place);

  size_t n_pages() const { return pages_.size(); }
  size_t bytes() const;

 private:
  void AddPage(uint32_t page);
  void ReadOpen(const SeriesPlace& place, const Series& series, int64_t min_t,
                ChunkReceiver& receiver, PendingReads& pending) const;
  Verdict AppendRarely(const SeriesPlace& place, Series& series, int64_t t, double v,
                       const AppendRules& rules);
  Verdict AppendLate(const SeriesPlace& place, Series& series, int64_t t, double v);
  Verdict AppendLate(const SeriesPlace& place, Series& series, int64_t t,
                     const EncodedHistogram& histogram);
  /// Whether the series has an open chunk of either kind, and that has samples in the range.
  static bool HasOpen(const Series& series, int64_t min_t, int64_t max_t);
  void StartChunk(const SeriesPlace& place, Series& series, int64_t t);
  void CloseChunk(const SeriesPlace& place, Series& series);
  ClosedChunk* AddClosed(ChunkHandle& newest, uint32_t size, int64_t min_t, int64_t max_t,
                         unsigned n, uint8_t encoding);
  void CloseLate(SideState& side);
  void CloseLateHistograms(SideState& side);
  SideState& Side(const SeriesPlace& place, Series& series);
  const SideState* FindSide(const SeriesPlace& place, const Series& series) const;
  static uint32_t Key(const SeriesPlace& place) {
    return place.page * SeriesPage::kSeries + place.slot;
  }

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<SeriesPage>> pages_;
  SegmentPool pool_;
  ChunkLog log_;
  std::unordered_map<uint32_t, SideState> side_;
};

}  // namespace kvs::head
