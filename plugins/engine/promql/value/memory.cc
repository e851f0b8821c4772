// SPDX-License-Identifier: Apache-2.0
// Who works for whom, and the sizes of histograms.

#include "value/memory.h"

namespace kvs::engine::promql {
namespace {

MemoryAccount*& CurrentSlot() {
  thread_local MemoryAccount* current = nullptr;
  return current;
}

int64_t BucketBytes(const chunk::FloatHistogram& h) {
  const size_t spans = h.positive_spans.size() + h.negative_spans.size();
  const size_t numbers =
      h.positive_buckets.size() + h.negative_buckets.size() + h.custom_values.size();
  return static_cast<int64_t>(8 * (spans + numbers));
}

struct Counted {
  chunk::FloatHistogram h;
  Charge charge;
};

}  // namespace

void MemoryAccount::Add(int64_t bytes) {
  const int64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  pool_->Add(bytes);
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
  }
}

MemoryAccount* MemoryAccount::Current() {
  return CurrentSlot();
}

MemoryAccount::Scope::Scope(MemoryAccount& account)
    : before_(std::exchange(CurrentSlot(), &account)) {}

MemoryAccount::Scope::~Scope() {
  CurrentSlot() = before_;
}

std::shared_ptr<const chunk::FloatHistogram> MakeHistogram(chunk::FloatHistogram h) {
  constexpr int64_t kControlBlock = 16;
  auto counted = std::make_shared<Counted>();
  counted->h = std::move(h);
  counted->charge.Set(static_cast<int64_t>(sizeof(Counted)) + kControlBlock +
                      BucketBytes(counted->h));
  return {counted, &counted->h};
}

int64_t SamplesOf(const chunk::FloatHistogram& h) {
  constexpr int64_t kFields = 168;  // Prometheus' struct without its buckets.
  constexpr int64_t kTimestamp = 8;
  return (kFields + BucketBytes(h) + kTimestamp) / 16;
}

}  // namespace kvs::engine::promql
