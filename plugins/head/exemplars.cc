// SPDX-License-Identifier: Apache-2.0
#include "exemplars.h"

#include <bit>
#include <utility>

namespace kvs::head {

ExemplarStore::Added ExemplarStore::Add(Exemplar exemplar, int64_t max, ExemplarBudget& budget) {
  if (budget.max == 0 || max == 0) return Added::kOff;
  MutexLock lock(mutex_);
  std::deque<Exemplar>& known = of_series_[exemplar.id];
  if (!known.empty()) {
    const Exemplar& last = known.back();
    if (exemplar.t == last.t &&
        std::bit_cast<uint64_t>(exemplar.v) == std::bit_cast<uint64_t>(last.v) &&
        exemplar.labels == last.labels) {
      return Added::kRepeated;
    }
    if (exemplar.t < last.t) return Added::kOutOfOrder;
  }
  order_.push_back(exemplar.id);
  known.push_back(std::move(exemplar));
  ++size_;
  while (size_ > max) {
    budget.used.fetch_sub(1, std::memory_order_relaxed);
    DropOldest();
  }
  if (budget.used.fetch_add(1, std::memory_order_relaxed) >= budget.max) {
    budget.used.fetch_sub(1, std::memory_order_relaxed);
    DropOldest();
  }
  return Added::kNew;
}

void ExemplarStore::DropOldest() {
  while (!order_.empty()) {
    const uint32_t id = order_.front();
    order_.pop_front();
    const auto found = of_series_.find(id);
    if (found == of_series_.end()) continue;  // The series was removed before.
    found->second.pop_front();
    if (found->second.empty()) of_series_.erase(found);
    --size_;
    return;
  }
}

void ExemplarStore::Read(uint32_t id, int64_t min_t, int64_t max_t,
                         std::vector<Exemplar>& out) const {
  MutexLock lock(mutex_);
  const auto found = of_series_.find(id);
  if (found == of_series_.end()) return;
  for (const Exemplar& exemplar : found->second) {
    if (exemplar.t >= min_t && exemplar.t <= max_t) out.push_back(exemplar);
  }
}

ExemplarStore::Summary ExemplarStore::Summarize() const {
  MutexLock lock(mutex_);
  Summary summary{of_series_.size(), 0};
  for (const uint32_t id : order_) {
    const auto found = of_series_.find(id);
    if (found == of_series_.end()) continue;
    summary.oldest_t = found->second.front().t;
    break;
  }
  return summary;
}

std::vector<Exemplar> ExemplarStore::All() const {
  MutexLock lock(mutex_);
  std::vector<Exemplar> all;
  for (const auto& [id, known] : of_series_) all.insert(all.end(), known.begin(), known.end());
  return all;
}

void ExemplarStore::Remove(uint32_t id, ExemplarBudget& budget) {
  MutexLock lock(mutex_);
  const auto found = of_series_.find(id);
  if (found == of_series_.end()) return;
  budget.used.fetch_sub(static_cast<int64_t>(found->second.size()), std::memory_order_relaxed);
  size_ -= static_cast<int64_t>(found->second.size());
  of_series_.erase(found);
  std::erase(order_, id);
}

}  // namespace kvs::head
