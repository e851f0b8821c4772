// SPDX-License-Identifier: Apache-2.0
#include "fairness.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/ring/tokens.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/co.h"
#include "kvs/testkit/test_host.h"

#include "plugins/engine/scheduler/places.h"

namespace kvs::simulation {
namespace {

using engine::scheduler::Places;

/// What happens when, in the order of time.
struct Event {
  int64_t at_us;
  uint64_t number;  ///< Of equal times the first one comes first.
  uint32_t tenant;  ///< Who asks; kGiveBack: the place is given back.
  size_t querier;

  bool operator>(const Event& other) const {
    return std::pair(at_us, number) > std::pair(other.at_us, other.number);
  }
};
constexpr uint32_t kGiveBack = UINT32_MAX;  // In place of a tenant.

class FairnessRun {
 public:
  explicit FairnessRun(const FairnessOptions& options)
      : options_(options),
        random_(options.seed),
        host_({.workers = 1, .manual_clock = true}),
        places_(host_.host().executor(), host_.host().clock(), Names(),
                {.places_per_querier = options.places_per_querier, .max_waiting_per_tenant = 100}) {
  }

  Fairness Go() {
    const double all = static_cast<double>(options_.queriers) * options_.places_per_querier;
    const double per_us = all / (static_cast<double>(options_.query_ms) * 1000);
    for (uint32_t t = 0; t <= options_.small_tenants; ++t) {
      const double load =
          t == 0 ? options_.large_load : options_.small_load / options_.small_tenants;
      rate_.push_back(load * per_us);
      if (load > 0) Schedule(Exponential(1 / rate_[t]), t, 0);
    }
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      if (event.at_us > now_us_) {
        // The clock of the host counts milliseconds.
        const int64_t ms = event.at_us / 1000 - now_us_ / 1000;
        now_us_ = event.at_us;
        if (ms > 0) host_.Advance(ms);
      }
      if (event.tenant == kGiveBack) {
        places_.Give(event.querier, true);
        host_.WaitIdle();
        Seat();
      } else {
        Ask(event.tenant);
      }
    }
    return Result();
  }

 private:
  struct Guest {
    explicit Guest(const std::string& name) : call(name) {}
    sdk::OwnedCall call;
    uint32_t tenant = 0;
    int64_t came_us = 0;
    StatusOr<size_t> place = Internal("it waits");
  };

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (uint32_t q = 0; q < options_.queriers; ++q) names.push_back(StrCat("querier-", q));
    return names;
  }
  double Exponential(double mean) {
    const double uniform = (static_cast<double>(random_.Next() >> 11) + 1) / 9007199254740993.0;
    return -mean * std::log(uniform);
  }
  void Schedule(double after_us, uint32_t tenant, size_t querier) {
    events_.push({now_us_ + 1 + static_cast<int64_t>(after_us), number_++, tenant, querier});
  }

  void Ask(uint32_t tenant) {
    if (now_us_ < options_.horizon_ms * 1000) Schedule(Exponential(1 / rate_[tenant]), tenant, 0);
    if (now_us_ >= options_.horizon_ms * 1000) return;
    const std::string name = tenant == 0 ? "large" : StrCat("small-", tenant);
    auto guest = std::make_unique<Guest>(name);
    guest->tenant = tenant;
    guest->came_us = now_us_;
    Enter(this, guest.release());
    host_.WaitIdle();
    Seat();
  }
  static sdk::Detached Enter(FairnessRun* self, Guest* guest) {
    StatusOr<size_t> place = co_await self->places_.Take(guest->call, self->options_.spread, 0);
    guest->place = std::move(place);
    self->seated_.emplace_back(
        guest);  // On a worker or right here, and nobody else runs meanwhile.
  }

  /// Those who have been given a place keep it for as long as their query takes.
  void Seat() {
    for (const std::unique_ptr<Guest>& guest : std::exchange(seated_, {})) {
      const bool is_large = guest->tenant == 0;
      ++(is_large ? out_.large_queries : out_.small_queries);
      if (!guest->place.ok()) {
        ++(is_large ? large_refused_ : out_.small_refused);
        continue;
      }
      const double takes_us = Exponential(static_cast<double>(options_.query_ms) * 1000);
      (is_large ? large_us_ : small_us_) += takes_us;
      if (!is_large) waits_us_.push_back(now_us_ - guest->came_us);
      Schedule(takes_us, kGiveBack, *guest->place);
    }
  }

  Fairness Result() {
    if (!waits_us_.empty()) {
      std::sort(waits_us_.begin(), waits_us_.end());
      out_.small_wait_p50_ms = waits_us_[waits_us_.size() / 2] / 1000;
      out_.small_wait_p99_ms = waits_us_[waits_us_.size() * 99 / 100] / 1000;
    }
    if (out_.large_queries > 0) {
      out_.large_refused =
          static_cast<double>(large_refused_) / static_cast<double>(out_.large_queries);
    }
    const double all_us = static_cast<double>(options_.queriers) * options_.places_per_querier *
                          static_cast<double>(options_.horizon_ms) * 1000;
    out_.large_share = large_us_ / all_us;
    out_.small_share = small_us_ / all_us;
    return out_;
  }

  const FairnessOptions options_;
  ring::Random random_;
  testkit::TestHost host_;
  Places places_;
  std::vector<double> rate_;  ///< Queries a microsecond, by tenant; the first one is the large one.
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t number_ = 0;
  int64_t now_us_ = 0;
  std::vector<std::unique_ptr<Guest>> seated_;
  std::vector<int64_t> waits_us_;
  uint64_t large_refused_ = 0;
  double large_us_ = 0, small_us_ = 0;
  Fairness out_;
};

}  // namespace

Fairness FairnessOf(const FairnessOptions& options) {
  return FairnessRun(options).Go();
}

}  // namespace kvs::simulation
