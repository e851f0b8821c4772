// SPDX-License-Identifier: Apache-2.0
#include "queriers.h"

#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/call.h"

namespace kvs::engine::scheduler {

StatusOr<std::vector<std::unique_ptr<Querier>>> OpenQueriers(
    const std::vector<sdk::EngineRef>& engines, const sdk::DialerRef& dialer,
    const std::vector<std::string>& addresses) {
  std::vector<std::unique_ptr<Querier>> out;
  for (size_t i = 0; i < engines.size(); ++i) {
    auto& querier = out.emplace_back(std::make_unique<Querier>());
    querier->name = StrCat("engine-", i);
    querier->engine = engines[i];
  }
  for (const std::string& address : addresses) {
    auto querier = std::make_unique<Querier>();
    querier->name = address;
    auto dial = sdk::Record<kvs_dial_t>();
    dial.address = sdk::Str(address);
    KVS_RETURN_IF_ERROR(
        sdk::Await(dialer.dial(), sdk::OwnedCall("scheduler"), &dial, querier->connection.out()));
    querier->engine = querier->connection.port<sdk::EngineRef>();
    querier->source = querier->connection.port<sdk::SourceRef>();
    if (!querier->engine) return FailedPrecondition("the dialer carries no queries");
    out.push_back(std::move(querier));
  }
  return out;
}

}  // namespace kvs::engine::scheduler
