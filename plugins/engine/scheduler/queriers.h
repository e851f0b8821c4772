// SPDX-License-Identifier: Apache-2.0
// The queriers there are: engines of this process, and those that listen at addresses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_source.h"

namespace kvs::engine::scheduler {

struct Querier {
  std::string name;            ///< Its address, or "engine-N".
  sdk::Connection connection;  ///< Of one with an address.
  sdk::EngineRef engine;
  sdk::SourceRef source;  ///< Empty where there is none.
};

/// Dials the addresses, in their order behind the engines. Nobody is waited for: who is not there
/// yet is found out by the first query. [worker]
StatusOr<std::vector<std::unique_ptr<Querier>>> OpenQueriers(
    const std::vector<sdk::EngineRef>& engines, const sdk::DialerRef& dialer,
    const std::vector<std::string>& addresses);

}  // namespace kvs::engine::scheduler
