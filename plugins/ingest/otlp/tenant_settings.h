// SPDX-License-Identifier: Apache-2.0
// TenantSettings: how the metrics of a tenant are translated: the configuration, and over it what
// the tenant's limits say, under Mimir's names (otel_* and promote_otel_resource_attributes).
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"

#include "translator.h"

namespace kvs::ingest::otlp {

/// Asks the limiter again when its epoch has moved. [any]
class TenantSettings {
 public:
  TenantSettings(Settings configured, sdk::Log log)
      : configured_(std::move(configured)), log_(log) {}

  /// Those of the call's tenant; without a limiter, the configuration's. A text that cannot be used
  /// is told in the log, and the configuration counts in its place.
  StatusOr<std::shared_ptr<const Settings>> Of(const sdk::LimiterRef& limiter,
                                               const sdk::Call& call);

 private:
  struct Entry {
    uint64_t epoch;
    std::shared_ptr<const Settings> settings;
  };
  StatusOr<Settings> Ask(const sdk::LimiterRef& limiter, const sdk::Call& call) const;

  const Settings configured_;
  const sdk::Log log_;
  Mutex mutex_;
  std::unordered_map<std::string, Entry> tenants_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::ingest::otlp
