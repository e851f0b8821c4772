// SPDX-License-Identifier: Apache-2.0
// StaticLimiter: limits from the configuration, from a file of overrides that is read again when it
// changes, and from what operators set over HTTP, which lives in a kv store. A file that cannot be
// used changes nothing but a metric. Rates are token buckets of this process; where a ring says how
// many share them, each has its part.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/ring.h"

#include "config.h"
#include "limits_table.h"
#include "metrics.h"
#include "token_bucket.h"

namespace kvs::limiter::static_limits {

class LimitPages;

class StaticLimiter final : public sdk::Component, public sdk::Limiter {
 public:
  StaticLimiter(sdk::Host host, Config config);
  ~StaticLimiter() override;

  sdk::KvRef kv;        ///< May be empty: then nothing can be set over HTTP.
  sdk::RoutesRef http;  ///< May be empty.
  sdk::RingRef ring;    ///< May be empty: then rates are those of this process alone.

  /// Unavailable when there is an overrides file that cannot be used: starting without it would
  /// lift limits. [main]
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  uint64_t Epoch() noexcept override { return epoch_.load(std::memory_order_acquire); }
  sdk::Outcome Limits(const sdk::Call& call, const kvs_limit_names_t& in, kvs_limit_values_t& out,
                      sdk::Completer& completer) override;
  sdk::Outcome Texts(const sdk::Call& call, const kvs_limit_names_t& in, kvs_limit_texts_t& out,
                     sdk::Completer& completer) override;
  sdk::Outcome Take(const sdk::Call& call, const kvs_limit_take_t& in,
                    sdk::Completer& completer) override;

  // For the pages. [any]
  std::shared_ptr<const LimitsTable> table() const;
  /// As it was read last; empty without one.
  std::string file_text() const;
  /// Changes what is set over HTTP for a tenant, here and in the kv store. Aborted when somebody
  /// else changed it at the same time; FailedPrecondition without a kv store. [worker]
  Status SetOverHttp(const sdk::Call& call, const LimitSet& set,
                     const std::vector<std::string>& removed);

 private:
  /// Reads the file if it has changed since. [main or worker]
  Status ReloadFile();
  /// Reads what is set over HTTP, by whichever process. [worker]
  Status ReloadKv();
  /// How many share the rates, if that may have changed. [worker]
  void CountSharers();
  void Replace(const std::function<void(LimitsTable&)>& change);
  void ShowLimits(const LimitsTable& before, const LimitsTable& now);

  const Config config_;
  const std::string file_;
  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Clock clock_;
  const sdk::Timer timer_;
  Metrics metrics_;
  std::unique_ptr<LimitPages> pages_;

  std::atomic<uint64_t> epoch_{1};
  std::function<void()> reload_;
  uint64_t ticket_ = 0;
  std::function<void()> count_sharers_;
  uint64_t count_ticket_ = 0;
  uint64_t counted_epoch_ = 0;  // Of the ring; of the timer alone.
  std::atomic<uint32_t> sharers_{1};
  uint64_t kv_revision_ = 0;  // Guarded by change_mutex_.

  std::mutex change_mutex_;  // Held by who makes a new table; not while calls run.
  mutable std::mutex mutex_;
  std::shared_ptr<const LimitsTable> table_;  // Guarded by mutex_, as all below.
  std::string file_text_;
  bool file_was_read_ = false;
  std::map<std::pair<std::string, std::string>, TokenBucket> buckets_;  // By tenant and rate.
};

}  // namespace kvs::limiter::static_limits
