// SPDX-License-Identifier: Apache-2.0
// UsageSink: hands batches on as they came, and keeps the books of what was
// accepted: samples a second of each tenant, its active series, those that fit
// its custom trackers, and to whom usage is attributed. Labels are looked at
// once for each series.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/task.h"

#include "active_series.h"
#include "config.h"
#include "metrics.h"
#include "rate.h"
#include "tenant_rules.h"

namespace kvs::sink::usage {

class StatsPages;

class UsageSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  UsageSink(sdk::Host host, Config config);
  ~UsageSink() override;

  sdk::SinkRef next;
  sdk::LimiterRef limiter;  ///< May be empty, as the one below.
  sdk::RoutesRef http;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// May overlap with itself. [any & started]
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

  struct Stats {
    std::string tenant;
    double samples_per_second = 0;       ///< That were sent,
    double rule_samples_per_second = 0;  ///< and that rules computed.
    uint64_t active_series = 0;
  };
  /// Zeros for a tenant of which nothing is known. [any]
  Stats StatsOf(std::string_view tenant) const;
  /// Sorted. [any]
  std::vector<Stats> AllStats() const;

 private:
  struct Attributed {
    std::string values;
    sdk::Cell samples;
    uint64_t active = 0;  // At the last sweep.
  };
  struct Tenant {
    mutable std::mutex mutex;
    std::shared_ptr<const TenantRules> rules;  // Guarded by mutex, as all below.
    ActiveSeries series;
    Rate rate;       // Of what was sent,
    Rate rule_rate;  // and of what rules computed.
    uint64_t active = 0;  // At the last sweep, and new ones since.
    std::vector<Attributed> attributed;
    std::unordered_map<std::string, uint32_t> numbers;  // In attributed, by values.
  };

  std::shared_ptr<Tenant> TenantOf(std::string_view tenant);
  sdk::Task AskRules(sdk::Call call, std::shared_ptr<Tenant> tenant, const kvs_write_view_t& in,
                     kvs_write_result_t& out);
  void SetRules(std::string_view name, Tenant& tenant, std::shared_ptr<const TenantRules> rules);
  void Count(const sdk::Call& call, Tenant& tenant, const kvs_write_view_t& in);
  uint32_t AttributedTo(std::string_view name, Tenant& tenant, const model::Labels& labels);
  void Sweep();
  void TickRates();
  std::vector<std::pair<std::string, std::shared_ptr<Tenant>>> All() const;

  const Config config_;
  const sdk::Host host_;
  const sdk::Clock clock_;
  const Metrics metrics_;
  std::unique_ptr<StatsPages> pages_;
  std::function<void()> sweep_, tick_;
  uint64_t sweep_ticket_ = 0, tick_ticket_ = 0;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Tenant>, std::less<>> tenants_;  // Guarded by mutex_.
};

}  // namespace kvs::sink::usage
