// SPDX-License-Identifier: Apache-2.0
#include "rate_limits.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kvs/notify/settings.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/limits.h"

namespace kvs::notify {
namespace {

constexpr std::string_view kRate = "alertmanager_notification_rate_limit";
constexpr std::string_view kRatePerIntegration =
    "alertmanager_notification_rate_limit_per_integration";
constexpr std::string_view kBlockPrivate =
    "alertmanager_receivers_firewall_block_private_addresses";
constexpr std::string_view kBlockNetworks = "alertmanager_receivers_firewall_block_cidr_networks";

}  // namespace

StatusOr<double> RateLimits::RateOf(const sdk::LimiterRef& limiter, const sdk::Call& call) const {
  KVS_ASSIGN_OR_RETURN(const std::string map,
                       sdk::AskTextLimit(limiter, call, kRatePerIntegration));
  if (!map.empty()) {
    KVS_ASSIGN_OR_RETURN(const Settings rates, Settings::Parse(map));
    if (const gotemplate::Value rate = rates.Any(type_); rate.is_number()) return rate.as_number();
  }
  KVS_ASSIGN_OR_RETURN(const double rate, sdk::AskLimit(limiter, call, kRate));
  return std::isnan(rate) ? 0 : rate;
}

Status RateLimits::Take(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  if (!limiter) return OkStatus();
  KVS_ASSIGN_OR_RETURN(const double rate, RateOf(limiter, call));
  if (rate == 0) return OkStatus();
  const double burst = std::max(1.0, std::floor(rate));
  const int64_t now_ns = host_.clock().MonotonicNs();
  if (rate > 0) {
    const MutexLock lock(mutex_);
    const auto [found, fresh] = buckets_.try_emplace(std::string(call.tenant()));
    Bucket& bucket = found->second;
    bucket.tokens =
        fresh ? burst
              : std::min(burst,
                         bucket.tokens + rate * 1e-9 * static_cast<double>(now_ns - bucket.at_ns));
    bucket.at_ns = now_ns;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return OkStatus();
    }
  }
  return ResourceExhausted("failed to notify due to rate limits: at most ", rate, " a second by ",
                           type_, "; an operator can raise ", kRate, " of the tenant")
      .WithReason("notification-rate-limit");
}

StatusOr<Firewall> RateLimits::FirewallOf(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                          const Firewall& standard) const {
  if (!limiter) return standard;
  KVS_ASSIGN_OR_RETURN(const double block_private, sdk::AskLimit(limiter, call, kBlockPrivate));
  KVS_ASSIGN_OR_RETURN(const std::string text, sdk::AskTextLimit(limiter, call, kBlockNetworks));
  if (std::isnan(block_private) && text.empty()) return standard;
  std::vector<std::string> networks;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) networks.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  StatusOr<Firewall> out = Firewall::Make(block_private > 0, networks);
  if (!out.ok()) return Annotate(out.status(), kBlockNetworks);
  out->Add(standard);
  return out;
}

}  // namespace kvs::notify
