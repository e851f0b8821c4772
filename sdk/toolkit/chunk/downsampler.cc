// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/downsampler.h"

#include <algorithm>
#include <cmath>

#include "kvs/chunk/nan.h"

namespace kvs::chunk {
namespace {

// A chunk of longer windows may only end where one of shorter windows does: there the counter is
// known as it was.
constexpr unsigned kEnoughWindows = 96;
// Of a chunk that is read. Writers cut at about 140; no sum of these is more than a chunk may have.
constexpr unsigned kWindowsMax = 8192;

// NaN only where both are; of equal values the first.
double Least(double a, double b) {
  return b < a || std::isnan(a) ? b : a;
}
double Greatest(double a, double b) {
  return b > a || std::isnan(a) ? b : a;
}

}  // namespace

void CompensatedSum::Add(double x) {
  const double t = sum + x;
  if (std::isinf(t)) {
    lost = 0;
  } else if (std::fabs(sum) >= std::fabs(x)) {
    lost += (sum - t) + x;
  } else {
    lost += (x - t) + sum;
  }
  sum = t;
}

double CompensatedSum::value() const {
  return std::isinf(sum) ? sum : sum + lost;
}

void Downsampler::OpenWindow(int64_t t) {
  const int64_t end = WindowEnd(t, resolution_ms_);
  if (open_ && end == window_end_) return;
  if (open_) CloseWindow(std::min(window_end_, last_ms_));
  open_ = true;
  window_end_ = end;
  window_ = {};
  window_.min = window_.max = NormalNaN();
  sum_ = {};
}

void Downsampler::Add(int64_t t, double v) {
  if (IsStaleNaN(v)) return;
  if (open_ && builder_.windows() + 1 >= kWindowsPerChunk && t > window_end_) {
    CloseWindow(std::min(window_end_, last_ms_));
    CutChunk();
  }
  OpenWindow(t);
  if (builder_.windows() == 0 && window_.count == 0) chunk_mint_ = t;
  window_.count += 1;
  sum_.Add(v);
  window_.min = Least(window_.min, v);
  window_.max = Greatest(window_.max, v);
  if (!std::isnan(v)) AddCounter(t, v);
  added_ = true;
  last_t_ = t;
}

// A sample of a counter: as it was, or as a finer chunk has it, where it goes on from what stood
// before in the same chunk.
void Downsampler::AddCounter(int64_t t, double v) {
  Counter& c = counter_;
  if (!c.began) {
    c.began = true;
    c.adjusted = v;
    builder_.AppendCounter(t, v);
    c.written_t = t;
  } else {
    c.adjusted += v < c.seen ? v : v - c.seen;
  }
  c.t = t;
  c.seen = c.last = v;
  c.known = c.in_window = true;
}

void Downsampler::CloseWindow(int64_t t) {
  window_.t = t;
  window_.sum = sum_.value();
  builder_.AppendWindow(window_);
  chunk_maxt_ = t;
  Counter& c = counter_;
  if (c.in_window && c.t > c.written_t) {
    builder_.AppendCounter(c.t, c.adjusted);
    c.written_t = c.t;
  }
  c.in_window = false;
  open_ = false;
}

void Downsampler::CutChunk() {
  if (counter_.began) builder_.AppendCounter(counter_.t, counter_.last);
  counter_.began = false;
  out_.push_back({chunk_mint_, chunk_maxt_, builder_.Build()});
  builder_.Clear();
}

Status Downsampler::AddAggregates(std::span<const uint8_t> chunk) {
  KVS_ASSIGN_OR_RETURN(const AggregateParts parts, AggregateParts::Parse(chunk));
  if (parts.windows() > kWindowsMax)
    return DataLoss("a chunk of ", parts.windows(), " windows; ", kWindowsMax, " are possible");
  if (open_ && builder_.windows() + 1 >= kEnoughWindows) {
    CloseWindow(last_t_);
    CutChunk();
  }
  AggregateReader windows(parts);
  XorDecoder counter(parts.of(Aggregate::kCounter));
  int64_t counter_t = 0;
  double counter_v = 0;
  bool has_counter = counter.Next(&counter_t, &counter_v);
  const bool had_counter = has_counter;
  AggregateWindow w;
  while (windows.Next(&w)) {
    if (added_ && w.t <= last_t_) {
      return DataLoss("windows are not in the order of time: ", w.t, " comes after ", last_t_);
    }
    OpenWindow(w.t);
    if (builder_.windows() == 0 && window_.count == 0)
      chunk_mint_ = had_counter ? std::min(counter_t, w.t) : w.t;
    window_.count += w.count;
    sum_.Add(w.sum);
    window_.min = Least(window_.min, w.min);
    window_.max = Greatest(window_.max, w.max);
    for (; has_counter && counter_t <= w.t; has_counter = counter.Next(&counter_t, &counter_v)) {
      const bool again = counter_.began && counter_t <= counter_.t;
      if (again) {
        counter_.seen = counter_.last = counter_v;  // The last one as it was.
      } else {
        AddCounter(counter_t, counter_v);
      }
    }
    added_ = true;
    last_t_ = w.t;
  }
  KVS_RETURN_IF_ERROR(windows.status());
  return counter.status();
}

std::vector<AggregatesChunk> Downsampler::Finish() {
  if (open_) CloseWindow(std::min(window_end_, last_ms_));
  if (builder_.windows() > 0) CutChunk();
  counter_ = {};
  added_ = false;
  return std::move(out_);
}

}  // namespace kvs::chunk
