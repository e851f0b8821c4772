// SPDX-License-Identifier: Apache-2.0
// RateLimits: what the limiter says about notifications of a tenant: how many a second, and which
// addresses they may not go to. [worker]
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"

#include "firewall.h"

namespace kvs::notify {

class RateLimits {
 public:
  /// `type` of the notifier; static text.
  RateLimits(sdk::Host host, std::string_view type) : host_(host), type_(type) {}

  /// ResourceExhausted, with the reason "notification-rate-limit" and not to be repeated, when the
  /// tenant has had its share. Without a limiter everybody may.
  Status Take(const sdk::LimiterRef& limiter, const sdk::Call& call);
  /// The operator's firewall, and over it the tenant's where the limiter knows one.
  StatusOr<Firewall> FirewallOf(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                const Firewall& standard) const;

 private:
  struct Bucket {
    double tokens = 0;
    int64_t at_ns = 0;
  };
  /// Notifications a second: 0 without limit, negative none.
  StatusOr<double> RateOf(const sdk::LimiterRef& limiter, const sdk::Call& call) const;

  const sdk::Host host_;
  const std::string_view type_;
  Mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::notify
