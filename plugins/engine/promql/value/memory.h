// SPDX-License-Identifier: Apache-2.0
// The memory account of a query: what holds much memory says how many bytes, to the account of the
// query that its thread works for. Nothing is refused where memory is allocated;
// Query::CheckMemory() compares the account with its limits before large steps and once a batch.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "kvs/chunk/histogram.h"

namespace kvs::engine::promql {

/// The bytes of all queries of an engine, and of results that nobody has released yet. [any]
class MemoryPool {
 public:
  /// `limit`: in bytes; 0: none.
  explicit MemoryPool(int64_t limit) : limit_(limit) {}
  int64_t limit() const { return limit_; }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  void Add(int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

/// The bytes of one query. Outlives every Charge to it. [any]
class MemoryAccount {
 public:
  /// `limit`: in bytes; 0: none.
  MemoryAccount(std::shared_ptr<MemoryPool> pool, int64_t limit)
      : pool_(std::move(pool)), limit_(limit) {}
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;

  const std::shared_ptr<MemoryPool>& pool() const { return pool_; }
  int64_t limit() const { return limit_; }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  /// The most that was used since ResetPeak().
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  /// Lets the peak be `floor`, or what is used if that is more; gives the one before.
  int64_t ResetPeak(int64_t floor = 0) {
    return peak_.exchange(std::max(floor, used()), std::memory_order_relaxed);
  }
  void Add(int64_t bytes);

  /// That of the query which this thread works for; null: none.
  static MemoryAccount* Current();

  /// Makes this thread work for a query, for as long as the object lives.
  class Scope {
   public:
    explicit Scope(MemoryAccount& account);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    MemoryAccount* const before_;
  };

 private:
  const std::shared_ptr<MemoryPool> pool_;
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
};

/// Bytes that its owner holds, given back when it goes. Charged to the account that is current at
/// the first use; to none where there is none.
class Charge {
 public:
  Charge() = default;
  Charge(Charge&& other) noexcept
      : account_(other.account_), bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(Charge&& other) noexcept {
    std::swap(account_, other.account_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Charge() {
    if (bytes_ != 0) account_->Add(-bytes_);
  }

  void Add(int64_t bytes) {
    if (account_ == nullptr) account_ = MemoryAccount::Current();
    if (account_ == nullptr) return;
    account_->Add(bytes);
    bytes_ += bytes;
  }
  void Set(int64_t bytes) {
    if (bytes != bytes_) Add(bytes - bytes_);
  }
  /// Of the same account.
  void Take(Charge&& other) {
    if (other.bytes_ == 0) return;
    account_ = other.account_;
    bytes_ += std::exchange(other.bytes_, 0);
  }

 private:
  MemoryAccount* account_ = nullptr;
  int64_t bytes_ = 0;
};

/// A histogram that rows share; its bytes are charged as long as anybody has it.
std::shared_ptr<const chunk::FloatHistogram> MakeHistogram(chunk::FloatHistogram h);
/// What a histogram takes in memory, by Prometheus' rule: as many samples of 16 bytes.
int64_t SamplesOf(const chunk::FloatHistogram& h);

}  // namespace kvs::engine::promql
