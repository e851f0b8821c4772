// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/instance_refusals.h"

#include <algorithm>
#include <utility>

#include "kvs/base/str_cat.h"

namespace kvs::sdk {

InstanceRefusals::InstanceRefusals(const Metrics& registry, std::string_view role)
    : role_(role),
      limits_(registry.GaugeFamily(StrCat("cortex_", role, "_instance_limits"),
                                   "Limits of this process; 0: none.", {"limit"})),
      rejected_(registry.CounterFamily(StrCat("cortex_", role, "_instance_rejected_requests_total"),
                                       "Requests refused for a limit of this process.",
                                       {"reason"})) {}

void InstanceRefusals::Show(std::string_view limit, int64_t value) const {
  limits_.With({limit}).Set(static_cast<double>(value));
}

Status InstanceRefusals::Refuse(std::string_view what, std::string_view limit,
                                std::string_view kind) const {
  rejected_.With({StrCat(role_, "_", limit)}).Add();
  std::string flag(limit);
  std::replace(flag.begin(), flag.end(), '_', '-');
  std::string id = StrCat("err-mimir-", role_, "-", flag);
  return Unavailable("the ", kind, " request has been rejected because the ", role_, " exceeded ", what,
                     " (", id, "). To adjust the related limit, configure -", role_,
                     ".instance-limits.", flag, ", or contact your service administrator.")
      .WithReason(std::move(id))
      .Retryable();
}

}  // namespace kvs::sdk
