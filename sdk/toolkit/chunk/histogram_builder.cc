// SPDX-License-Identifier: Apache-2.0
// Writing histogram chunks. What fits a chunk, which reset header a new one gets, and which form
// the spans of a wider layout take are Prometheus' decisions, followed to the letter so that chunks
// of both compare equal.

#include "kvs/chunk/histogram_builder.h"

#include <type_traits>
#include <utility>

#include "kvs/chunk/histogram_decoder.h"

namespace kvs::chunk {
namespace {

using internal::HistogramLayout;
using internal::HistogramSample;
using internal::HistogramState;

constexpr uint8_t kEmptyChunk[kHistogramHeaderBytes] = {};

// Turns what buckets hold into counts, one after the other.
struct RunningCount {
  int64_t Add(int64_t delta) {
    return last = static_cast<int64_t>(static_cast<uint64_t>(last) + static_cast<uint64_t>(delta));
  }
  double Add(double count) { return count; }

  int64_t last = 0;
};

// And back.
struct RunningDelta {
  int64_t Of(int64_t count) {
    const uint64_t delta = static_cast<uint64_t>(count) - static_cast<uint64_t>(last);
    last = count;
    return static_cast<int64_t>(delta);
  }
  double Of(double count) { return count; }

  int64_t last = 0;
};

// Walks over the buckets of two span lists in the order of their indexes. f(in_a, in_b) returns
// false to stop; the result is whether it never did.
template <typename F>
bool WalkBoth(std::span<const Span> a, std::span<const Span> b, F f) {
  BucketIndexes ia(a);
  BucketIndexes ib(b);
  while (!ia.done() || !ib.done()) {
    const bool in_a = !ia.done() && (ib.done() || ia.index() <= ib.index());
    const bool in_b = !ib.done() && (ia.done() || ib.index() <= ia.index());
    if (!f(in_a, in_b)) return false;
    if (in_a) ia.Next();
    if (in_b) ib.Next();
  }
  return true;
}

// Compares a chunk's last buckets, from number `first` of its state on, with a counter's next ones.
// False when one of them was reset: it has decreased, or is gone though it counted something.
template <typename H>
bool CompareCounters(std::span<const Span> spans, const HistogramState<H>& state, size_t first,
                     std::span<const Span> next_spans,
                     const std::vector<typename H::BucketType>& next, bool* adds, bool* lacks) {
  RunningCount count;
  RunningCount next_count;
  size_t i = first;
  size_t next_i = 0;
  return WalkBoth(spans, next_spans, [&](bool in_chunk, bool in_next) {
    const auto before = in_chunk ? count.Add(state.bucket(i++)) : 0;
    const auto after = in_next ? next_count.Add(next[next_i++]) : 0;
    if (!in_chunk) {
      *adds = true;
      return true;
    }
    if (!in_next) {
      *lacks = true;
      return before == 0;
    }
    return !(before > after);
  });
}

void CompareSpans(std::span<const Span> a, std::span<const Span> b, bool* adds, bool* lacks) {
  WalkBoth(a, b, [&](bool in_a, bool in_b) {
    *adds |= !in_a;
    *lacks |= !in_b;
    return true;
  });
}

// The spans of all buckets that are in either, neighbours joined.
std::vector<Span> Union(std::span<const Span> a, std::span<const Span> b) {
  std::vector<Span> out;
  BucketIndexes ia(a);
  BucketIndexes ib(b);
  int64_t last = 0;
  WalkBoth(a, b, [&](bool in_a, bool in_b) {
    const int64_t index = in_a ? ia.index() : ib.index();
    if (in_a) ia.Next();
    if (in_b) ib.Next();
    if (!out.empty() && index == last + 1) {
      ++out.back().length;
    } else {
      out.push_back({static_cast<int32_t>(out.empty() ? index : index - last - 1), 1});
    }
    last = index;
    return true;
  });
  return out;
}

// The buckets of `from` in the wider layout `to`, absent ones empty.
template <typename Bucket, typename BucketAt>
std::vector<Bucket> Spread(std::span<const Span> from, std::span<const Span> to,
                           BucketAt bucket_at) {
  std::vector<Bucket> out;
  out.reserve(CountBuckets(to));
  RunningCount count;
  RunningDelta delta;
  size_t i = 0;
  WalkBoth(from, to, [&](bool in_from, bool in_to) {
    const Bucket value = in_from ? count.Add(static_cast<Bucket>(bucket_at(i++))) : Bucket{0};
    if (in_to) out.push_back(delta.Of(value));
    return true;
  });
  return out;
}

}  // namespace

template <typename H>
auto BasicHistogramChunkBuilder<H>::Append(int64_t t, const H& h, int64_t start) -> AppendOutcome {
  KVS_DCHECK(h.stale() || (CountBuckets(h.positive_spans) == h.positive_buckets.size() &&
                           CountBuckets(h.negative_spans) == h.negative_buckets.size()));
  if (count_ == 0) {
    AppendFirst(t, h, start);
    return AppendOutcome::kAppended;
  }
  if (count_ == MaxHistogramSamples(starts_)) return AppendOutcome::kNewChunk;
  refused_ = false;
  const bool gauge = h.reset_hint == ResetHint::kGauge;
  const Fit fit = gauge ? FitGauge(h) : FitCounter(h);
  if (!fit.fits) {
    refused_ = true;
    return AppendOutcome::kNewChunk;
  }
  if (h.stale()) {
    WriteNext(Sample{t, 0, 0, h.sum, {}, {}}, start);
  } else if (fit.adds()) {
    // The sample's own spans serve when they cover the chunk's.
    const auto wider = [&](bool lacks, std::span<const Span> ours,
                           const std::vector<Span>& theirs) {
      const bool join = gauge ? fit.lacks() : lacks;
      return join ? Union(ours, theirs) : theirs;
    };
    Recode({.schema = layout_.schema,
            .zero_threshold = layout_.zero_threshold,
            .positive_spans = wider(fit.lacks_positive, layout_.positive_spans, h.positive_spans),
            .negative_spans = wider(fit.lacks_negative, layout_.negative_spans, h.negative_spans),
            .custom_values = layout_.custom_values});
    AppendExpanded(t, h, start);
  } else if (fit.lacks()) {
    AppendExpanded(t, h, start);
  } else {
    WriteNext(Sample{t, h.count, h.zero_count, h.sum, h.positive_buckets, h.negative_buckets},
              start);
  }
  StoreHeader();
  return fit.adds() ? AppendOutcome::kRecoded : AppendOutcome::kAppended;
}

template <typename H>
bool BasicHistogramChunkBuilder<H>::SameShape(const H& h) const {
  return h.schema == layout_.schema && h.zero_threshold == layout_.zero_threshold;
}

template <typename H>
auto BasicHistogramChunkBuilder<H>::FitCounter(const H& h) const -> Fit {
  // The float appender of Prometheus tells only resets from the rest; the integer one knows more.
  constexpr bool kIntegers = std::is_same_v<H, Histogram>;
  const auto refuse = [](ResetHeader next) { return Fit{.fits = false, .next = next}; };
  constexpr ResetHeader kCannotSay = kIntegers ? ResetHeader::kUnknown : ResetHeader::kNotReset;

  if (header_ == ResetHeader::kGauge) return refuse(ResetHeader::kNotReset);
  if (h.reset_hint == ResetHint::kReset) return refuse(ResetHeader::kReset);
  if (h.stale()) return {};
  if (IsStaleNaN(state_.sum.value())) return refuse(kCannotSay);
  if (h.count < state_.count_value()) return refuse(ResetHeader::kReset);
  if (!SameShape(h)) return refuse(kCannotSay);
  if (h.schema == kCustomBucketsSchema && h.custom_values != layout_.custom_values)
    return refuse(ResetHeader::kReset);
  if (h.zero_count < state_.zero_count_value()) return refuse(ResetHeader::kReset);
  Fit fit;
  const size_t n_positive = CountBuckets(layout_.positive_spans);
  if (!CompareCounters<H>(layout_.positive_spans, state_, 0, h.positive_spans, h.positive_buckets,
                          &fit.adds_positive, &fit.lacks_positive) ||
      !CompareCounters<H>(layout_.negative_spans, state_, n_positive, h.negative_spans,
                          h.negative_buckets, &fit.adds_negative, &fit.lacks_negative)) {
    return refuse(ResetHeader::kReset);
  }
  return fit;
}

template <typename H>
auto BasicHistogramChunkBuilder<H>::FitGauge(const H& h) const -> Fit {
  Fit fit{.next = ResetHeader::kGauge};
  fit.fits = header_ == ResetHeader::kGauge;
  if (!fit.fits || h.stale()) return fit;
  fit.fits = !IsStaleNaN(state_.sum.value()) && SameShape(h) &&
             (h.schema != kCustomBucketsSchema || h.custom_values == layout_.custom_values);
  if (!fit.fits) return fit;
  CompareSpans(layout_.positive_spans, h.positive_spans, &fit.adds_positive, &fit.lacks_positive);
  CompareSpans(layout_.negative_spans, h.negative_spans, &fit.adds_negative, &fit.lacks_negative);
  return fit;
}

// The header of a chunk that `h` begins.
template <typename H>
ResetHeader BasicHistogramChunkBuilder<H>::FirstHeader(const H& h) const {
  if (h.reset_hint == ResetHint::kGauge) return ResetHeader::kGauge;
  if (h.reset_hint == ResetHint::kReset) return ResetHeader::kReset;
  if (!follows_) return ResetHeader::kUnknown;
  const ResetHeader next = FitCounter(h).next;
  constexpr bool kFloats = std::is_same_v<H, FloatHistogram>;
  if (kFloats && refused_ && next != ResetHeader::kReset) return ResetHeader::kUnknown;
  return next;
}

template <typename H>
void BasicHistogramChunkBuilder<H>::AppendFirst(int64_t t, const H& h, int64_t start) {
  header_ = FirstHeader(h);
  refused_ = false;
  if (h.stale()) {
    Begin({}, Sample{t, 0, 0, h.sum, {}, {}}, start);
  } else {
    Begin({.schema = h.schema,
           .zero_threshold = h.zero_threshold,
           .positive_spans = h.positive_spans,
           .negative_spans = h.negative_spans,
           .custom_values = h.custom_values},
          Sample{t, h.count, h.zero_count, h.sum, h.positive_buckets, h.negative_buckets}, start);
  }
  StoreHeader();
}

template <typename H>
void BasicHistogramChunkBuilder<H>::AppendExpanded(int64_t t, const H& h, int64_t start) {
  const auto positive = Spread<Bucket>(h.positive_spans, layout_.positive_spans,
                                       [&](size_t i) { return h.positive_buckets[i]; });
  const auto negative = Spread<Bucket>(h.negative_spans, layout_.negative_spans,
                                       [&](size_t i) { return h.negative_buckets[i]; });
  WriteNext(Sample{t, h.count, h.zero_count, h.sum, positive, negative}, start);
}

// Writes the chunk anew with the layout `wider`. No sample in it is stale: none could have
// followed.
template <typename H>
void BasicHistogramChunkBuilder<H>::Recode(HistogramLayout wider) {
  const BitWriter old = std::exchange(out_, BitWriter());
  BasicHistogramDecoder<H> samples(old.bytes(), starts_);
  const size_t n_positive = CountBuckets(layout_.positive_spans);
  count_ = 0;
  while (samples.Next()) {
    const HistogramState<H>& from = samples.state_;
    const auto positive = Spread<Bucket>(samples.layout_.positive_spans, wider.positive_spans,
                                         [&](size_t i) { return from.bucket(i); });
    const auto negative = Spread<Bucket>(samples.layout_.negative_spans, wider.negative_spans,
                                         [&](size_t i) { return from.bucket(n_positive + i); });
    const Sample sample{samples.t(),      from.count_value(), from.zero_count_value(),
                        from.sum.value(), positive,           negative};
    if (count_ == 0) {
      Begin(wider, sample, samples.start());
    } else {
      WriteNext(sample, samples.start());
    }
  }
  KVS_CHECK(samples.status().ok());  // These are our own bytes.
}

// Begins the chunk with `first`.
template <typename H>
void BasicHistogramChunkBuilder<H>::Begin(HistogramLayout layout, const Sample& first,
                                          int64_t start) {
  layout_ = std::move(layout);
  state_ = {};
  state_.buckets.resize(CountBuckets(layout_.positive_spans) +
                        CountBuckets(layout_.negative_spans));
  out_.Clear();
  out_.Write(0, 8 * kHistogramHeaderBytes);
  internal::WriteLayout(out_, layout_);
  internal::WriteFirstSample(out_, first, state_);
  start_times_ = {};
  if (starts_ == Starts::kYes)
    start_times_.Write(out_, 0, state_.t, 0, static_cast<uint64_t>(start));
  count_ = 1;
}

template <typename H>
void BasicHistogramChunkBuilder<H>::WriteNext(const Sample& sample, int64_t start) {
  const uint64_t before = state_.t;
  internal::WriteNextSample(out_, sample, state_);
  if (starts_ == Starts::kYes)
    start_times_.Write(out_, count_, state_.t, before, static_cast<uint64_t>(start));
  ++count_;
}

template <typename H>
void BasicHistogramChunkBuilder<H>::StoreHeader() {
  StoreSampleCount(out_.data(), count_);
  if (starts_ == Starts::kYes) {
    out_.data()[0] |= static_cast<uint8_t>(header_);
    out_.data()[kCountBytes] = start_times_.header;
  } else {
    out_.data()[kCountBytes] = static_cast<uint8_t>(header_);
  }
}

template <typename H>
void BasicHistogramChunkBuilder<H>::Cut() {
  if (count_ == 0) return;
  follows_ = true;
  count_ = 0;
  out_.Clear();
}

template <typename H>
void BasicHistogramChunkBuilder<H>::Clear() {
  *this = BasicHistogramChunkBuilder(starts_);
}

template <typename H>
std::span<const uint8_t> BasicHistogramChunkBuilder<H>::bytes() const {
  return count_ == 0 ? std::span<const uint8_t>(kEmptyChunk) : out_.bytes();
}

template <typename H>
StatusOr<BasicHistogramChunkBuilder<H>> BasicHistogramChunkBuilder<H>::Reopen(
    std::span<const uint8_t> chunk, Starts starts) {
  BasicHistogramDecoder<H> samples(chunk, starts);
  while (samples.Next()) {
  }
  KVS_RETURN_IF_ERROR(samples.status());
  BasicHistogramChunkBuilder builder(starts);
  if (samples.index_ == 0) return builder;
  builder.out_ = BitWriter(chunk, static_cast<uint32_t>(samples.in_.position()));
  builder.count_ = samples.index_;
  builder.header_ = samples.header_;
  builder.start_times_ = samples.starts_;
  builder.layout_ = std::move(samples.layout_);
  builder.state_ = std::move(samples.state_);
  return builder;
}

template class BasicHistogramChunkBuilder<Histogram>;
template class BasicHistogramChunkBuilder<FloatHistogram>;

}  // namespace kvs::chunk
