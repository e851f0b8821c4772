// SPDX-License-Identifier: Apache-2.0
// InstanceRefusals: limits of a process as a whole, shown, told and counted as one of Mimir's roles
// does (reference: -distributor.instance-limits.*, -ingester.instance-limits.*).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// A limit is named as its setting is, eg: "max_series". Several components may have one of these
/// each: the host adds their metrics up. [any]
class InstanceRefusals {
 public:
  /// `role` is Mimir's: "distributor" or "ingester".
  InstanceRefusals(const Metrics& registry, std::string_view role);

  void Show(std::string_view limit, int64_t value) const;
  /// Counts it. UNAVAILABLE, retryable; `what` was exceeded by a request of this kind, "write" or "read".
  Status Refuse(std::string_view what, std::string_view limit, std::string_view kind = "write") const;

 private:
  const std::string role_;
  const Family limits_;    // cortex_ROLE_instance_limits{limit}; 0: none
  const Family rejected_;  // cortex_ROLE_instance_rejected_requests_total{reason}
};

}  // namespace kvs::sdk
