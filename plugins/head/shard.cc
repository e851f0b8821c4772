// SPDX-License-Identifier: Apache-2.0
#include "shard.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "kvs/base/check.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/chunk/xor_back.h"

namespace kvs::head {
namespace {

// As many late samples are kept sorted before they become a chunk.
constexpr size_t kLateSamples = 32;

constexpr uint8_t kXor = static_cast<uint8_t>(chunk::Encoding::kXor);
constexpr uint8_t kXor2 = static_cast<uint8_t>(chunk::Encoding::kXor2);

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

using LateChunk = Shard::LateChunk;

// Calls fn with the chunks that hold these samples: a reset of the counter, or a change between
// integers and floats, begins another one.
template <typename Fn>
void ForEachChunk(const std::vector<HistogramSample>& samples, Fn fn) {
  OpenHistogram open;
  size_t begin = 0;
  const auto flush = [&](size_t end) {
    fn(LateChunk{open.bytes(), samples[begin].t, samples[end - 1].t, open.count(),
                 static_cast<uint8_t>(open.encoding())});
    open.Cut();
    begin = end;
  };
  for (size_t i = 0; i < samples.size(); ++i) {
    if (open.Append(samples[i].t, samples[i].value)) continue;
    flush(i);
    KVS_CHECK(open.Append(samples[i].t, samples[i].value));
  }
  if (!samples.empty()) flush(samples.size());
}

// Calls fn with the chunk that holds these samples, and their starts if there are any.
template <typename Fn>
void WithChunkOf(const std::vector<FloatSample>& samples, const std::vector<int64_t>& starts,
                 Fn fn) {
  const auto put = [&](const auto& builder, uint8_t encoding) {
    fn(LateChunk{builder.bytes(), samples.front().t, samples.back().t, builder.count(), encoding});
  };
  if (starts.empty()) {
    chunk::XorChunkBuilder builder;
    for (const FloatSample& sample : samples) builder.Append(sample.t, sample.v);
    put(builder, kXor);
  } else {
    chunk::Xor2ChunkBuilder builder;
    for (size_t i = 0; i < samples.size(); ++i)
      builder.Append(starts[i], samples[i].t, samples[i].v);
    put(builder, kXor2);
  }
}

// Whether a chunk of floats has this very sample.
bool HasSample(std::span<const uint8_t> bytes, uint8_t encoding, int64_t t, double v) {
  int64_t at = 0;
  double value = 0;
  size_t n = 0;
  if (encoding == kXor) {
    n = chunk::XorDecoder(bytes).NextBatchInRange(t - 1, t, &at, &value, 1);
  } else if (encoding == kXor2) {
    n = chunk::Xor2Decoder(bytes).NextBatchInRange(t - 1, t, &at, &value, nullptr, 1);
  }
  return n == 1 && SameBits(value, v);
}

}  // namespace

void Shard::AddPage(uint32_t page) {
  if (page >= pages_.size()) pages_.resize(page + 1);
  pages_[page] = std::make_unique<SeriesPage>();
}

SideState& Shard::Side(const SeriesPlace& place, Series& series) {
  series.flags |= Series::kSide;
  return side_[Key(place)];
}

const SideState* Shard::FindSide(const SeriesPlace& place, const Series& series) const {
  if ((series.flags & Series::kSide) == 0) return nullptr;
  const auto found = side_.find(Key(place));
  return found == side_.end() ? nullptr : &found->second;
}

chunk::Xor2State& Shard::Started(const SeriesPlace& place) {
  auto& started = pages_[place.page]->started;
  if (started == nullptr) started = std::make_unique<chunk::Xor2State[]>(SeriesPage::kSeries);
  return started[place.slot];
}

unsigned Shard::OpenCount(const SeriesPlace& place, const Series& series) const {
  return (series.flags & Series::kStarted) != 0 ? pages_[place.page]->started[place.slot].count
                                                : series.state.count;
}

uint8_t Shard::OpenEncoding(const Series& series) {
  return (series.flags & Series::kStarted) != 0 ? kXor2 : kXor;
}

Verdict Shard::AppendRarely(const SeriesPlace& place, Series& series, int64_t t, double v,
                            int64_t start, const AppendRules& rules) {
  if (t < rules.min_t && (!rules.has_window || !series.sampled())) return Verdict::kTooOld;
  if (series.sampled() && t <= series.state.t) {
    if (t == series.state.t) {
      const bool is_float = (series.flags & Series::kHistogram) == 0;
      return is_float && SameBits(v, series.state.value()) ? Verdict::kRepeated
                                                           : Verdict::kOtherValue;
    }
    if (!rules.has_window) return JudgeOld(place, series, t, v, rules, Verdict::kOutOfOrder);
    if (t < rules.late_min_t) return JudgeOld(place, series, t, v, rules, Verdict::kBeyondWindow);
    return AppendLate(place, series, t, v, start);
  }
  if (t < rules.cut_t) {
    const Verdict verdict = JudgeBeforeCut(t, rules);
    return IsAppended(verdict) ? AppendLate(place, series, t, v, start) : verdict;
  }
  AppendFloat(place, series, t, v, start);
  return Verdict::kAppended;
}

Verdict Shard::JudgeOld(const SeriesPlace& place, const Series& series, int64_t t, double v,
                        const AppendRules& rules, Verdict refused) {
  return rules.looks_back && IsThere(place, series, t, v) ? Verdict::kRepeated : refused;
}

bool Shard::IsThere(const SeriesPlace& place, const Series& series, int64_t t, double v) {
  if (!series.open.empty() && t >= series.min_t) {
    open_copy_.resize(series.open.size_bytes());
    series.open.CopyTo(pool_, OpenCount(place, series), open_copy_.data());
    return HasSample(open_copy_, OpenEncoding(series), t, v);
  }
  const ClosedChunk* chunk = log_.Find(pages_[place.page]->newest[place.slot]);
  while (chunk != nullptr && t < chunk->min_t) chunk = log_.Find(chunk->previous);
  return chunk != nullptr && t <= chunk->max_t &&
         HasSample({chunk->data(), chunk->size}, chunk->encoding, t, v);
}

// The first sample of a chunk decides whether it has room for starts; one that has takes samples
// without, such as stale markers, until it is full.
void Shard::AppendFloat(const SeriesPlace& place, Series& series, int64_t t, double v,
                        int64_t start) {
  const bool has_no_room = start != 0 && (series.flags & Series::kStarted) == 0;
  if (series.open.empty() || OpenCount(place, series) >= kSamplesPerChunk || t >= series.cut_t ||
      has_no_room) {
    StartChunk(place, series, t);
    if (start != 0) {
      series.flags |= Series::kStarted;
      Started(place) = {};
    }
  }
  if ((series.flags & Series::kStarted) == 0) {
    series.last_size = series.open.Append(pool_, series.state, t, v);
    return;
  }
  series.open.Append(pool_, Started(place), start, t, v);
  series.state.t = t;
  series.state.v_bits = std::bit_cast<uint64_t>(v);
}

// Of a sample that is in order for its series, but the block it belongs to is cut already.
Verdict Shard::JudgeBeforeCut(int64_t t, const AppendRules& rules) {
  if (!rules.has_window) return Verdict::kTooOld;
  return t < rules.late_min_t ? Verdict::kBeyondWindow : Verdict::kAppendedLate;
}

void Shard::StartChunk(const SeriesPlace& place, Series& series, int64_t t) {
  CloseChunk(place, series);
  if (const auto& marks = pages_[place.page]->marks) marks[place.slot] = {};
  series.state = {};
  series.min_t = t;
  series.cut_t = NextBlock(t);
  series.flags |= Series::kSampled;
}

ClosedChunk* Shard::AddClosed(ChunkHandle& newest, uint32_t size, int64_t min_t, int64_t max_t,
                              unsigned n, uint8_t encoding, bool late) {
  ChunkHandle handle;
  ClosedChunk* const chunk = log_.Append(size, max_t, late, &handle);
  chunk->previous = newest;
  chunk->min_t = min_t;
  chunk->max_t = max_t;
  chunk->n_samples = static_cast<uint16_t>(n);
  chunk->encoding = encoding;
  newest = handle;
  return chunk;
}

void Shard::CloseChunk(const SeriesPlace& place, Series& series) {
  ChunkHandle& newest = pages_[place.page]->newest[place.slot];
  if (!series.open.empty()) {
    const unsigned count = OpenCount(place, series);
    ClosedChunk* const chunk = AddClosed(newest, series.open.size_bytes(), series.min_t,
                                         series.state.t, count, OpenEncoding(series), false);
    series.open.CopyTo(pool_, count, chunk->data());
    series.open.Free(pool_);
    series.flags &= static_cast<uint8_t>(~Series::kStarted);
  } else if ((series.flags & Series::kHistogram) != 0) {
    OpenHistogram& open = *Side(place, series).histogram;
    const std::span<const uint8_t> bytes = open.bytes();
    ClosedChunk* const chunk =
        AddClosed(newest, static_cast<uint32_t>(bytes.size()), series.min_t, series.state.t,
                  open.count(), static_cast<uint8_t>(open.encoding()), false);
    std::memcpy(chunk->data(), bytes.data(), bytes.size());
    open.Cut();
    series.flags &= static_cast<uint8_t>(~Series::kHistogram);
  }
}

Verdict Shard::AppendHistogram(const SeriesPlace& place, Series& series, int64_t t,
                               const EncodedHistogram& histogram, const AppendRules& rules) {
  if (t < rules.min_t && (!rules.has_window || !series.sampled())) return Verdict::kTooOld;
  SideState& side = Side(place, series);
  if (side.histogram == nullptr) side.histogram = std::make_unique<OpenHistogram>();
  OpenHistogram& open = *side.histogram;
  const bool is_open = (series.flags & Series::kHistogram) != 0;
  if (series.sampled() && t <= series.state.t) {
    if (t < series.state.t) {
      if (!rules.has_window) return Verdict::kOutOfOrder;
      if (t < rules.late_min_t) return Verdict::kBeyondWindow;
      return AppendLate(place, series, t, histogram);
    }
    return is_open && open.last_hash() == histogram.hash ? Verdict::kRepeated
                                                         : Verdict::kOtherValue;
  }
  if (t < rules.cut_t) {
    const Verdict verdict = JudgeBeforeCut(t, rules);
    return IsAppended(verdict) ? AppendLate(place, series, t, histogram) : verdict;
  }
  if (!is_open || open.is_full() || t >= series.cut_t || !open.Append(t, histogram)) {
    StartChunk(place, series, t);
    series.flags |= Series::kHistogram;
    KVS_CHECK(open.Append(t, histogram));
  }
  series.state.t = t;
  return Verdict::kAppended;
}

bool Shard::HasOpen(const Series& series, int64_t min_t, int64_t max_t) {
  const bool is_open = !series.open.empty() || (series.flags & Series::kHistogram) != 0;
  return is_open && series.min_t <= max_t && series.state.t >= min_t;
}

// A series may begin with a late sample: then its first one in order is still to come.
void Shard::BeginLate(Series& series) {
  if (series.sampled()) return;
  series.flags |= Series::kSampled;
  series.state.t = std::numeric_limits<int64_t>::min();
}

Verdict Shard::AppendLate(const SeriesPlace& place, Series& series, int64_t t, double v,
                          int64_t start) {
  BeginLate(series);
  SideState& side = Side(place, series);
  const auto at =
      std::lower_bound(side.late.begin(), side.late.end(), t,
                       [](const FloatSample& sample, int64_t wanted) { return sample.t < wanted; });
  if (at != side.late.end() && at->t == t)
    return SameBits(at->v, v) ? Verdict::kRepeated : Verdict::kOtherValue;
  if (start != 0) side.late_starts.resize(side.late.size());
  if (start != 0 || !side.late_starts.empty())
    side.late_starts.insert(side.late_starts.begin() + (at - side.late.begin()), start);
  side.late.insert(at, {t, v});
  if (side.late.size() == kLateSamples) CloseLateFloats(side);
  return Verdict::kAppendedLate;
}

void Shard::AddLate(SideState& side, const LateChunk& c) {
  ClosedChunk* const chunk = AddClosed(side.newest_late, static_cast<uint32_t>(c.bytes.size()),
                                       c.min_t, c.max_t, c.n_samples, c.encoding, true);
  std::memcpy(chunk->data(), c.bytes.data(), c.bytes.size());
}

void Shard::CloseLateFloats(SideState& side) {
  WithChunkOf(side.late, side.late_starts, [&](const LateChunk& c) { AddLate(side, c); });
  side.late.clear();
  side.late_starts.clear();
}

Verdict Shard::AppendLate(const SeriesPlace& place, Series& series, int64_t t,
                          const EncodedHistogram& histogram) {
  BeginLate(series);
  SideState& side = Side(place, series);
  const auto at = std::lower_bound(
      side.late_histograms.begin(), side.late_histograms.end(), t,
      [](const HistogramSample& sample, int64_t wanted) { return sample.t < wanted; });
  if (at != side.late_histograms.end() && at->t == t)
    return at->value.hash == histogram.hash ? Verdict::kRepeated : Verdict::kOtherValue;
  side.late_histograms.insert(at, {t, histogram});
  if (side.late_histograms.size() == kLateSamples) CloseLateHistograms(side);
  return Verdict::kAppendedLate;
}

void Shard::CloseLateHistograms(SideState& side) {
  ForEachChunk(side.late_histograms, [&](const LateChunk& c) { AddLate(side, c); });
  side.late_histograms.clear();
}

void Shard::Read(const SeriesPlace& place, const ReadRange& range, ChunkReceiver& receiver,
                 PendingReads& pending) const {
  const int64_t min_t = std::max(range.min_t, range.in_order_from);
  const int64_t max_t = range.max_t;
  const Series* const series = Find(place);
  if (series == nullptr || !series->sampled()) return;

  // The list leads back in time, and readers want it forwards; it is short, so it is walked into a
  // small buffer.
  ChunkHandle found[64];
  size_t n = 0;
  std::vector<ChunkHandle> more;
  // Closed chunks end before the open one begins, so who reads what is recent need not look at
  // them: each lies somewhere else in memory.
  const bool in_open = !series->open.empty() && series->min_t <= min_t;
  for (ChunkHandle handle = in_open ? 0 : pages_[place.page]->newest[place.slot];;) {
    const ClosedChunk* const chunk = log_.Find(handle);
    if (chunk == nullptr || chunk->max_t < min_t) break;
    if (chunk->min_t <= max_t) {
      if (n < std::size(found)) {
        found[n++] = handle;
      } else {
        more.push_back(handle);
      }
    }
    handle = chunk->previous;
  }
  for (size_t i = more.size(); i-- > 0;) receiver.Closed(*log_.Find(more[i]), log_, more[i], false);
  for (size_t i = n; i-- > 0;) receiver.Closed(*log_.Find(found[i]), log_, found[i], false);

  const SideState* const side = FindSide(place, *series);
  if (HasOpen(*series, min_t, max_t)) {
    if (!series->open.empty()) {
      // Late samples are merged with whole chunks.
      ReadOpen(place, *series, side == nullptr ? min_t : series->min_t, receiver, pending);
    } else {
      const OpenHistogram& open = *side->histogram;
      const std::span<const uint8_t> bytes = open.bytes();
      std::memcpy(receiver.Open(series->min_t, series->state.t, static_cast<uint32_t>(bytes.size()),
                                open.count(), static_cast<uint8_t>(open.encoding()), false),
                  bytes.data(), bytes.size());
    }
  }

  if (side == nullptr || range.late_after == ReadRange::kNoLate) return;
  for (ChunkHandle handle = side->newest_late; handle > range.late_after;) {
    const ClosedChunk* const chunk = log_.Find(handle);
    if (chunk == nullptr) break;
    if (chunk->min_t <= max_t && chunk->max_t >= range.min_t)
      receiver.Closed(*chunk, log_, handle, true);
    handle = chunk->previous;
  }
  const auto give = [&](const LateChunk& c) {
    std::memcpy(receiver.Open(c.min_t, c.max_t, static_cast<uint32_t>(c.bytes.size()), c.n_samples,
                              c.encoding, true),
                c.bytes.data(), c.bytes.size());
  };
  if (!side->late.empty() && side->late.front().t <= max_t && side->late.back().t >= range.min_t) {
    WithChunkOf(side->late, side->late_starts, give);
  }
  ForEachChunk(side->late_histograms, [&](const LateChunk& c) {
    if (c.min_t <= max_t && c.max_t >= range.min_t) give(c);
  });
}

bool Shard::ReadNewest(const SeriesPlace& place, const ReadRange& range,
                       ChunkReceiver& receiver) const {
  const Series* const series = Find(place);
  if (series == nullptr || series->open.empty()) return false;
  FloatSample newest{series->state.t, series->state.value()};
  if (newest.t > range.max_t && !StepBack(*series, &newest)) return false;
  if (newest.t < std::max(range.min_t, range.in_order_from) || newest.t > range.max_t) return false;
  if (SameBits(newest.v, chunk::StaleNaN())) return false;
  uint8_t bytes[chunk::kXor2MaxSampleBytes];
  chunk::BitBuffer buffer{bytes, 0, sizeof(bytes)};
  std::span<const uint8_t> chunk;
  if ((series->flags & Series::kStarted) != 0) {
    const auto start = static_cast<int64_t>(pages_[place.page]->started[place.slot].starts.start);
    chunk::Xor2State state;
    chunk::Xor2Append(state, buffer, start, newest.t, newest.v);
    chunk = chunk::Xor2Finish(state, buffer);
  } else {
    chunk::XorState state;
    chunk::XorAppend(state, buffer, newest.t, newest.v);
    chunk = chunk::XorFinish(state, buffer);
  }
  std::memcpy(receiver.Open(newest.t, newest.t, static_cast<uint32_t>(chunk.size()), 1,
                            OpenEncoding(*series), false),
              chunk.data(), chunk.size());
  return true;
}

bool Shard::StepBack(const Series& series, FloatSample* sample) const {
  // Late samples may lie between the two.
  if ((series.flags & (Series::kSide | Series::kStarted)) != 0) return false;
  const chunk::XorState& last = series.state;
  if (series.last_size == 0 || last.count < 3) return false;
  const std::span<const uint8_t> segment(pool_.at(series.open.last).bytes, Segment::kBytes);
  sample->t = last.t - static_cast<int64_t>(last.delta);
  sample->v =
      chunk::XorValueBefore(last, segment, uint32_t{series.open.last_bits} - series.last_size);
  return true;
}

void Shard::ReadOpen(const SeriesPlace& place, const Series& series, int64_t min_t,
                     ChunkReceiver& receiver, PendingReads& pending) const {
  const OpenChunk& open = series.open;
  const auto count = static_cast<uint16_t>(OpenCount(place, series));
  const uint8_t encoding = OpenEncoding(series);
  SeriesPage& page = *pages_[place.page];
  ReadMark* mark = page.marks == nullptr ? nullptr : &page.marks[place.slot];
  if (encoding != kXor || !WorthATail(mark, series.min_t, series.state.t, min_t)) {
    uint8_t* const out =
        receiver.Open(series.min_t, series.state.t, open.size_bytes(), count, encoding, false);
    pending.copies.push_back(open.CopyLater(pool_, count, out));
    return;
  }
  if (mark == nullptr) {
    page.marks = std::make_unique<ReadMark[]>(SeriesPage::kSeries);
    mark = &page.marks[place.slot];
  }
  PendingReads::Tail tail{};
  tail.mark = mark;
  tail.min_t = min_t;
  tail.count = count;
  tail.segment = open.first;
  if (mark->state.count != 0 && mark->state.t < min_t) {
    tail.segment = mark->segment;
    tail.before = mark->before;
  }
  tail.size = open.size_bytes() - tail.before * Segment::kBytes;
  tail.room =
      receiver.OpenTail(series.state.t, PendingReads::kTailRoom + tail.size, kXor, &tail.ticket);
  pending.copies.push_back(
      OpenChunk::CopyFrom(pool_, tail.segment, tail.size, tail.room + PendingReads::kTailRoom));
  pending.tails.push_back(tail);
}

void Shard::FinishReading(ChunkReceiver& receiver, PendingReads& pending) const {
  OpenChunk::CopyAll(pool_, pending.copies);
  for (const PendingReads::Tail& tail : pending.tails)
    receiver.PutTail(tail.ticket, Cut(pool_, tail));
  pending.tails.clear();
}

bool Shard::HasChunks(const SeriesPlace& place, const ReadRange& range) const {
  const int64_t min_t = std::max(range.min_t, range.in_order_from);
  const int64_t max_t = range.max_t;
  const Series* const series = Find(place);
  if (series == nullptr || !series->sampled()) return false;
  if (HasOpen(*series, min_t, max_t)) return true;
  for (const ClosedChunk* chunk = log_.Find(pages_[place.page]->newest[place.slot]);
       chunk != nullptr; chunk = log_.Find(chunk->previous)) {
    if (chunk->max_t < min_t) break;
    if (chunk->min_t <= max_t) return true;
  }
  const SideState* const side = FindSide(place, *series);
  if (side == nullptr || range.late_after == ReadRange::kNoLate) return false;
  for (ChunkHandle handle = side->newest_late; handle > range.late_after;) {
    const ClosedChunk* const chunk = log_.Find(handle);
    if (chunk == nullptr) break;
    if (chunk->min_t <= max_t && chunk->max_t >= range.min_t) return true;
    handle = chunk->previous;
  }
  const auto overlaps = [&](const auto& late) {
    return !late.empty() && late.front().t <= max_t && late.back().t >= range.min_t;
  };
  return overlaps(side->late) || overlaps(side->late_histograms);
}

template <typename Fn>
void Shard::ForEachSeries(uint32_t page, uint32_t number, Fn fn) const {
  if (page >= pages_.size() || pages_[page] == nullptr) return;
  const uint32_t first = (page * SeriesPlace::kShards + number) * SeriesPage::kSeries;
  for (uint32_t slot = 0; slot < SeriesPage::kSeries; ++slot) {
    const Series& series = pages_[page]->series[slot];
    if (series.sampled()) fn(first + slot, SeriesPlace(first + slot), series);
  }
}

void Shard::FindInOrder(uint32_t page, uint32_t number, int64_t min_t, int64_t max_t,
                        std::vector<uint32_t>& ids, int64_t& oldest) const {
  ForEachSeries(page, number, [&](uint32_t id, const SeriesPlace& place, const Series& series) {
    bool is_in = false;
    const auto look_at = [&](int64_t first, int64_t last) {
      if (last < min_t) return false;
      oldest = std::min(oldest, std::max(first, min_t));
      is_in = is_in || first <= max_t;
      return true;
    };
    if (HasOpen(series, min_t, std::numeric_limits<int64_t>::max()))
      look_at(series.min_t, series.state.t);
    for (const ClosedChunk* chunk = log_.Find(pages_[place.page]->newest[place.slot]);
         chunk != nullptr && look_at(chunk->min_t, chunk->max_t);
         chunk = log_.Find(chunk->previous)) {
    }
    if (is_in) ids.push_back(id);
  });
}

void Shard::CloseLate(uint32_t page) {
  if (page >= pages_.size() || pages_[page] == nullptr) return;
  for (uint32_t slot = 0; slot < SeriesPage::kSeries; ++slot) {
    if ((pages_[page]->series[slot].flags & Series::kSide) == 0) continue;
    SideState& side = side_[page * SeriesPage::kSeries + slot];
    if (!side.late.empty()) CloseLateFloats(side);
    if (!side.late_histograms.empty()) CloseLateHistograms(side);
  }
}

void Shard::FindLate(uint32_t page, uint32_t number, ChunkHandle after, ChunkHandle upto,
                     std::vector<uint32_t>& ids, int64_t& min_t, int64_t& max_t) const {
  ForEachSeries(page, number, [&](uint32_t id, const SeriesPlace& place, const Series& series) {
    const SideState* const side = FindSide(place, series);
    if (side == nullptr) return;
    bool has_any = false;
    for (ChunkHandle handle = side->newest_late; handle > after;) {
      const ClosedChunk* const chunk = log_.Find(handle);
      if (chunk == nullptr) break;
      if (handle <= upto) {
        has_any = true;
        min_t = std::min(min_t, chunk->min_t);
        max_t = std::max(max_t, chunk->max_t);
      }
      handle = chunk->previous;
    }
    if (has_any) ids.push_back(id);
  });
}

void Shard::ReadLate(const SeriesPlace& place, ChunkHandle after, ChunkHandle upto,
                     ChunkReceiver& receiver) const {
  const Series* const series = Find(place);
  const SideState* const side = series == nullptr ? nullptr : FindSide(place, *series);
  if (side == nullptr) return;
  for (ChunkHandle handle = side->newest_late; handle > after;) {
    const ClosedChunk* const chunk = log_.Find(handle);
    if (chunk == nullptr) break;
    if (handle <= upto) receiver.Closed(*chunk, log_, handle, true);
    handle = chunk->previous;
  }
}

bool Shard::HasEnded(const SeriesPlace& place, int64_t t, ChunkHandle late_upto) const {
  const Series* const series = Find(place);
  if (series == nullptr || !series->sampled() || series->state.t >= t) return false;
  const SideState* const side = FindSide(place, *series);
  return side == nullptr ||
         (side->late.empty() && side->late_histograms.empty() && side->newest_late <= late_upto);
}

void Shard::FindEnded(uint32_t page, uint32_t number, int64_t t, ChunkHandle late_upto,
                      std::vector<uint32_t>& ids) const {
  ForEachSeries(page, number, [&](uint32_t id, const SeriesPlace& place, const Series&) {
    if (HasEnded(place, t, late_upto)) ids.push_back(id);
  });
}

void Shard::Reset(const SeriesPlace& place) {
  Series& series = Ensure(place);
  series.open.Free(pool_);
  side_.erase(Key(place));
  series = {};
  SeriesPage& page = *pages_[place.page];
  page.newest[place.slot] = 0;
  if (page.marks != nullptr) page.marks[place.slot] = {};
}

size_t Shard::bytes() const {
  size_t pages = 0;
  for (const auto& page : pages_) {
    if (page == nullptr) continue;
    pages += sizeof(SeriesPage);
    if (page->marks != nullptr) pages += SeriesPage::kSeries * sizeof(ReadMark);
    if (page->started != nullptr) pages += SeriesPage::kSeries * sizeof(chunk::Xor2State);
  }
  return pages + pool_.bytes() + log_.bytes();
}

}  // namespace kvs::head
