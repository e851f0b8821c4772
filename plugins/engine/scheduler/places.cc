// SPDX-License-Identifier: Apache-2.0
#include "places.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace kvs::engine::scheduler {

struct Places::Waiter : std::enable_shared_from_this<Places::Waiter> {
  Places* places = nullptr;
  const kvs_call_t* call = nullptr;  ///< Valid until it is resumed.
  std::string tenant;
  int32_t priority = 0;
  std::vector<bool> queriers;  ///< Those of the tenant.
  std::coroutine_handle<> handle;
  StatusOr<size_t> given = Internal("nobody gave a place");
  std::atomic<bool> cancelled{false};
  Mutex mutex;
  uint64_t ticket KVS_GUARDED_BY(mutex) = 0;  ///< Of the caller's kvs_cancel_t.

  void Subscribe() {
    if (call->cancel == nullptr) return;
    const MutexLock lock(mutex);
    ticket = call->cancel->subscribe(call->cancel, &OnCancel, this);
  }
  /// Afterwards nobody calls back any more.
  void Unsubscribe() {
    if (call->cancel == nullptr) return;
    const MutexLock lock(mutex);
    call->cancel->unsubscribe(call->cancel, ticket);
  }
  static void OnCancel(void* self) noexcept {
    // Whoever holds it lets go only after Unsubscribe(), which waits for us.
    const std::shared_ptr<Waiter> waiter = static_cast<Waiter*>(self)->shared_from_this();
    waiter->cancelled.store(true);
    waiter->places->GiveUp(waiter, Cancelled("query was canceled in query queue"));
  }
};

std::vector<bool> QueriersOf(std::string_view tenant, int64_t spread,
                             const std::vector<std::string>& names) {
  const size_t n = names.size();
  if (spread <= 0 || static_cast<size_t>(spread) >= n) return std::vector<bool>(n, true);
  std::vector<std::pair<uint64_t, size_t>> weights;
  const uint64_t seed = XXH3_64bits(tenant.data(), tenant.size());
  for (size_t q = 0; q < n; ++q)
    weights.emplace_back(XXH3_64bits_withSeed(names[q].data(), names[q].size(), seed), q);
  std::sort(weights.rbegin(), weights.rend());
  std::vector<bool> out(n, false);
  for (int64_t i = 0; i < spread; ++i) out[weights[static_cast<size_t>(i)].second] = true;
  return out;
}

Places::Places(sdk::Executor executor, sdk::Clock clock, std::vector<std::string> names,
               PlacesOptions options)
    : executor_(executor),
      clock_(clock),
      names_(std::move(names)),
      options_(options),
      queriers_(names_.size(), {.free = options.places_per_querier}),
      lines_(options.max_waiting_per_tenant) {}

Places::Taking::Taking(Places& places, const sdk::Call& call, int64_t spread, int32_t priority)
    : places_(places), waiter_(std::make_shared<Waiter>()) {
  waiter_->places = &places;
  waiter_->call = call.raw();
  waiter_->tenant = call.tenant();
  waiter_->priority = priority;
  waiter_->queriers = QueriersOf(call.tenant(), spread, places.names_);
}

bool Places::Taking::await_suspend(std::coroutine_handle<> waiting) {
  // Once it waits, it may be resumed, and this be gone, at any moment.
  Places& places = places_;
  const std::shared_ptr<Waiter> waiter = waiter_;
  waiter->handle = waiting;
  const int64_t now_ns = places.clock_.MonotonicNs();
  {
    const MutexLock lock(places.mutex_);
    if (places.TakeBest(*waiter, now_ns)) return false;
    if (places.lines_.IsFull(waiter->tenant, waiter->priority)) {
      const int64_t limit = places.options_.max_waiting_per_tenant;
      waiter->given = ResourceExhausted("too many outstanding requests: ", limit,
                                        " queries of this tenant wait, limit "
                                        "max_outstanding_requests_per_tenant ",
                                        limit)
                          .WithReason("too_many_requests");
      return false;
    }
  }
  waiter->Subscribe();
  bool served = false;
  {
    const MutexLock lock(places.mutex_);
    // A place may have become free meanwhile, when nobody waited for it.
    served = places.TakeBest(*waiter, now_ns);
    if (!served) {
      places.tenants_[waiter->tenant] = waiter;
      // Others may have filled the line since: it is longer by as many as came at once.
      if (!places.lines_.Push(waiter->tenant, waiter, waiter->priority)) {
        waiter->given =
            ResourceExhausted("too many outstanding requests").WithReason("too_many_requests");
        served = true;
      }
    }
  }
  if (served) {
    waiter->Unsubscribe();
    return false;
  }
  if (waiter->cancelled.load())
    places.GiveUp(waiter, Cancelled("query was canceled in query queue"));
  return true;
}

StatusOr<size_t> Places::Taking::await_resume() {
  return std::move(waiter_->given);
}

bool Places::MayGo(const Waiter& waiter, size_t q, int64_t now_ns) const {
  if (!waiter.queriers[q]) return false;
  if (IsUp(q, now_ns)) return true;
  for (size_t other = 0; other < queriers_.size(); ++other) {
    if (waiter.queriers[other] && IsUp(other, now_ns)) return false;
  }
  return true;
}

bool Places::TakeBest(Waiter& waiter, int64_t now_ns) {
  size_t best = queriers_.size();
  for (size_t i = 0; i < queriers_.size(); ++i) {
    const size_t q = (next_ + i) % queriers_.size();
    if (queriers_[q].free <= 0 || !MayGo(waiter, q, now_ns)) continue;
    if (best == queriers_.size() || queriers_[q].free > queriers_[best].free) best = q;
  }
  if (best == queriers_.size()) return false;
  --queriers_[best].free;
  waiter.given = best;
  return true;
}

void Places::Serve(size_t q, int64_t now_ns, std::vector<std::shared_ptr<Waiter>>* served) {
  while (queriers_[q].free > 0) {
    std::shared_ptr<Waiter> waiter = lines_.Pop([&](std::string_view tenant) {
      const auto known = tenants_.find(tenant);
      return known != tenants_.end() && MayGo(*known->second, q, now_ns);
    });
    if (waiter == nullptr) return;
    --queriers_[q].free;
    waiter->given = q;
    served->push_back(std::move(waiter));
  }
}

void Places::Resume(const std::shared_ptr<Waiter>& waiter) {
  executor_.PostWorker([waiter] {
    waiter->Unsubscribe();
    waiter->handle.resume();
  });
}

void Places::GiveUp(const std::shared_ptr<Waiter>& waiter, Status why) {
  {
    const MutexLock lock(mutex_);
    if (!lines_.Leave(waiter->tenant, waiter.get())) return;
    waiter->given = std::move(why);
  }
  Resume(waiter);
}

void Places::Give(size_t querier, bool reached) {
  std::vector<std::shared_ptr<Waiter>> served;
  {
    const int64_t now_ns = clock_.MonotonicNs();
    const MutexLock lock(mutex_);
    Querier& q = queriers_[querier];
    ++q.free;
    q.down_until_ns = reached ? 0 : now_ns + options_.pause_ms * 1'000'000;
    next_ = (querier + 1) % queriers_.size();
    // One that is down may be what others waited for: where none of theirs is up, any will do.
    for (size_t i = 0; i < queriers_.size(); ++i)
      if (i == querier || !reached) Serve(i, now_ns, &served);
    if (lines_.size() == 0) tenants_.clear();
  }
  for (const auto& waiter : served) Resume(waiter);
}

size_t Places::Any(std::string_view tenant, int64_t spread) {
  Waiter asking;
  asking.queriers = QueriersOf(tenant, spread, names_);
  const int64_t now_ns = clock_.MonotonicNs();
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < queriers_.size(); ++i) {
    const size_t q = next_++ % queriers_.size();
    if (MayGo(asking, q, now_ns)) return q;
  }
  return 0;
}

void Places::Tick() {
  std::vector<std::shared_ptr<Waiter>> late, served;
  const int64_t now_ns = sdk::MonotonicNs();
  {
    const MutexLock lock(mutex_);
    lines_.ForEach([&](std::string_view, const std::shared_ptr<Waiter>& waiter) {
      if (waiter->call->deadline_ns != 0 && waiter->call->deadline_ns < now_ns)
        late.push_back(waiter);
    });
    for (size_t q = 0; q < queriers_.size(); ++q) Serve(q, clock_.MonotonicNs(), &served);
  }
  for (const auto& waiter : late)
    GiveUp(waiter, DeadlineExceeded("query timed out in query queue"));
  for (const auto& waiter : served) Resume(waiter);
}

void Places::ForEachLine(const std::function<void(std::string_view, int64_t)>& fn) {
  std::map<std::string, int64_t, std::less<>> waiting;
  {
    const MutexLock lock(mutex_);
    for (const auto& [tenant, first] : tenants_) waiting[tenant] = 0;
    lines_.ForEach([&](std::string_view tenant, const std::shared_ptr<Waiter>&) {
      ++waiting[std::string(tenant)];
    });
  }
  for (const auto& [tenant, n] : waiting) fn(tenant, n);
}

int64_t Places::waiting() const {
  const MutexLock lock(mutex_);
  return lines_.size();
}

int64_t Places::healthy() const {
  const int64_t now_ns = clock_.MonotonicNs();
  const MutexLock lock(mutex_);
  int64_t n = 0;
  for (size_t q = 0; q < queriers_.size(); ++q) n += IsUp(q, now_ns) ? 1 : 0;
  return n;
}

}  // namespace kvs::engine::scheduler
