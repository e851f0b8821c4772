// SPDX-License-Identifier: Apache-2.0
// Shard: a part of a tenant's series with everything they own, under one lock that is taken once
// for the rows of a batch.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
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
  int64_t cut_t;       ///< Older samples are of a block that is cut, so none is in order.
  bool has_window;
  /// Whether an old sample is looked for before it is refused: a write of several samples of a
  /// series that was taken, and is sent again, is no error. Costs decoding a chunk.
  bool looks_back;

  /// Takes whatever is in order: for replay.
  static AppendRules InOrder() {
    constexpr int64_t kAny = std::numeric_limits<int64_t>::min();
    return {kAny, kAny, kAny, false, false};
  }
};

/// Which chunks a reader wants.
struct ReadRange {
  int64_t min_t;
  int64_t max_t;
  /// Chunks of late samples up to this one are not wanted; kNoLate: none of them.
  ChunkHandle late_after = 0;
  /// Samples in order before it are not wanted, though late ones are.
  int64_t in_order_from = std::numeric_limits<int64_t>::min();
  static constexpr ChunkHandle kNoLate = std::numeric_limits<ChunkHandle>::max();
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
  std::vector<int64_t> late_starts;  ///< Of `late`; empty: none has one.
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

/// A chunk as a checkpoint has it; the bytes are borrowed.
struct RestoredChunk {
  int64_t min_t = 0;
  int64_t max_t = 0;
  unsigned n_samples = 0;
  chunk::Encoding encoding = chunk::Encoding::kNone;
  bool late = false;
  bool open = false;
  uint64_t last_hash = 0;  ///< Of an open chunk of histograms.
  std::span<const uint8_t> bytes;
};

class Shard {
 public:
  /// A chunk of late samples; the bytes are borrowed.
  struct LateChunk {
    std::span<const uint8_t> bytes;
    int64_t min_t;
    int64_t max_t;
    unsigned n_samples;
    uint8_t encoding;
  };

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
    if (t > series.state.t && t < series.cut_t && t >= rules.min_t && t >= rules.cut_t &&
        series.state.count - 1u < kSamplesPerChunk - 1u) [[likely]] {
      series.last_size = series.open.Append(pool_, series.state, t, v);
      return Verdict::kAppended;
    }
    return AppendRarely(place, series, t, v, 0, rules);
  }
  /// The same for a sample with a start timestamp, which is not 0.
  Verdict AppendStarted(const SeriesPlace& place, Series& series, int64_t t, double v,
                        int64_t start, const AppendRules& rules) {
    return AppendRarely(place, series, t, v, start, rules);
  }

  /// The same for a histogram, whose time is `t`.
  Verdict AppendHistogram(const SeriesPlace& place, Series& series, int64_t t,
                          const EncodedHistogram& histogram, const AppendRules& rules);

  /// Takes a sample that was taken out of order once, for replay.
  Verdict AppendLate(const SeriesPlace& place, Series& series, int64_t t, double v, int64_t start);
  Verdict AppendLate(const SeriesPlace& place, Series& series, int64_t t,
                     const EncodedHistogram& histogram);

  /// Gives the chunks with samples in [min_t, max_t], in ascending order of their first; those of
  /// late samples last. The bytes of open chunks are there after FinishReading(), before which the
  /// mutex must not be let go; of those that began long before min_t only the end is given.
  void Read(const SeriesPlace& place, const ReadRange& range, ChunkReceiver& receiver,
            PendingReads& pending) const;
  /// Gives the newest sample of the series in the range as a chunk, if that says all about it that
  /// a reader of newest samples wants: it is a float, no stale marker, and one of the last two of
  /// the open chunk. False, and nothing given, if it does not. The chunk is not decoded: the last
  /// sample stands in the series, and the one before it is found from there.
  bool ReadNewest(const SeriesPlace& place, const ReadRange& range, ChunkReceiver& receiver) const;
  /// Brings nearer what Read() or ReadNewest() will look at beside the series, which should be near
  /// already.
  void PrefetchRead(const SeriesPlace& place, const ReadRange& range, bool newest) const {
    const Series* const series = Find(place);
    if (series == nullptr || series->open.empty()) return;
    if (newest) {
      if (series->state.t > range.max_t) PrefetchTail(*series);
      return;
    }
    const auto& marks = pages_[place.page]->marks;
    if (marks != nullptr && range.min_t > series->min_t) __builtin_prefetch(&marks[place.slot]);
  }
  void FinishReading(ChunkReceiver& receiver, PendingReads& pending) const;
  /// Whether there are any.
  bool HasChunks(const SeriesPlace& place, const ReadRange& range) const;

  // What is in blocks leaves the shard. Series are gone through page by page, so that the mutex is
  // never held for long; this shard is number `number` of its tenant.

  /// Appends the ids of the page's series with samples in order in [min_t, max_t], and lowers
  /// `oldest` to the first one that is not before min_t.
  void FindInOrder(uint32_t page, uint32_t number, int64_t min_t, int64_t max_t,
                   std::vector<uint32_t>& ids, int64_t& oldest) const;
  /// Makes chunks of the page's late samples that are in none yet.
  void CloseLate(uint32_t page);
  /// Appends the ids of the page's series with chunks of late samples in (after, upto], and widens
  /// [min_t, max_t] to them.
  void FindLate(uint32_t page, uint32_t number, ChunkHandle after, ChunkHandle upto,
                std::vector<uint32_t>& ids, int64_t& min_t, int64_t& max_t) const;
  /// Gives the chunks of late samples in (after, upto], the newest first.
  void ReadLate(const SeriesPlace& place, ChunkHandle after, ChunkHandle upto,
                ChunkReceiver& receiver) const;
  /// The newest chunk that is closed; 0: none was.
  ChunkHandle newest_chunk() const { return log_.newest(); }

  /// Drops chunks that ended before `t`, and late ones up to `late_upto`, as far as blocks of them
  /// allow.
  void DropBefore(int64_t t, ChunkHandle late_upto) { log_.DropBefore(t, late_upto); }
  /// Whether the series has no sample since `t`, and no late ones above `late_upto`.
  bool HasEnded(const SeriesPlace& place, int64_t t, ChunkHandle late_upto) const;
  /// Appends the ids of the page's series for which that is so.
  void FindEnded(uint32_t page, uint32_t number, int64_t t, ChunkHandle late_upto,
                 std::vector<uint32_t>& ids) const;
  /// Puts back a chunk, behind those of the series that were put back before. DATA_LOSS when it is
  /// none.
  Status Restore(const SeriesPlace& place, Series& series, const RestoredChunk& chunk);
  /// The hash of the last histogram of an open chunk; 0: there is none.
  uint64_t LastHistogramHash(const SeriesPlace& place) const;

  /// Forgets the series.
  void Reset(const SeriesPlace& place);

  uint32_t n_pages() const { return static_cast<uint32_t>(pages_.size()); }
  size_t bytes() const;

 private:
  void AddPage(uint32_t page);
  void ReadOpen(const SeriesPlace& place, const Series& series, int64_t min_t,
                ChunkReceiver& receiver, PendingReads& pending) const;
  Verdict AppendRarely(const SeriesPlace& place, Series& series, int64_t t, double v, int64_t start,
                       const AppendRules& rules);
  /// What an old sample is that may not be taken: `refused`, or there already.
  Verdict JudgeOld(const SeriesPlace& place, const Series& series, int64_t t, double v,
                   const AppendRules& rules, Verdict refused);
  /// Whether the series has this very sample in order, not being its newest.
  bool IsThere(const SeriesPlace& place, const Series& series, int64_t t, double v);
  void AppendFloat(const SeriesPlace& place, Series& series, int64_t t, double v, int64_t start);
  static Verdict JudgeBeforeCut(int64_t t, const AppendRules& rules);
  static void BeginLate(Series& series);
  Status RestoreOpenFloats(const SeriesPlace& place, Series& series, const RestoredChunk& chunk);
  Status RestoreOpenHistogram(const SeriesPlace& place, Series& series, const RestoredChunk& chunk);
  /// The sample before the last one of the open chunk; false where it cannot be told without
  /// decoding, or is not the one before.
  bool StepBack(const Series& series, FloatSample* sample) const;
  /// Whether the series has an open chunk of either kind, and that has samples in the range.
  static bool HasOpen(const Series& series, int64_t min_t, int64_t max_t);
  void StartChunk(const SeriesPlace& place, Series& series, int64_t t);
  void CloseChunk(const SeriesPlace& place, Series& series);
  ClosedChunk* AddClosed(ChunkHandle& newest, uint32_t size, int64_t min_t, int64_t max_t,
                         unsigned n, uint8_t encoding, bool late);
  void AddLate(SideState& side, const LateChunk& c);
  void CloseLateFloats(SideState& side);
  void CloseLateHistograms(SideState& side);
  SideState& Side(const SeriesPlace& place, Series& series);
  chunk::Xor2State& Started(const SeriesPlace& place);
  /// Of the open chunk of floats.
  unsigned OpenCount(const SeriesPlace& place, const Series& series) const;
  static uint8_t OpenEncoding(const Series& series);
  const SideState* FindSide(const SeriesPlace& place, const Series& series) const;
  /// Calls fn(id, place, series) for the series of the page that were ever sampled.
  template <typename Fn>
  void ForEachSeries(uint32_t page, uint32_t number, Fn fn) const;
  static uint32_t Key(const SeriesPlace& place) {
    return place.page * SeriesPage::kSeries + place.slot;
  }

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<SeriesPage>> pages_;
  SegmentPool pool_;
  ChunkLog log_;
  std::unordered_map<uint32_t, SideState> side_;
  std::vector<uint8_t> open_copy_;  // Of IsThere(), kept for its room.
};

}  // namespace kvs::head
