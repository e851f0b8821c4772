// SPDX-License-Identifier: Apache-2.0
// Values by key in memcached servers.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/cache.h"

#include "config.h"
#include "metrics.h"
#include "placement.h"

namespace kvs::cache::memcached {

struct Batch;

/// Never fails: what a server does not answer in time is missed, and what it does not take is not
/// kept. Calls end on the thread of its event loop. Nothing blocks. [any]
class Backend final : public sdk::Component, public sdk::Cache {
 public:
  Backend(sdk::Host host, Config config);
  ~Backend() override;

  sdk::Outcome Start(const sdk::Call&, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call&, sdk::Completer& completer) override;

  sdk::Outcome Get(const sdk::Call&, const kvs_cache_keys_t& in, kvs_cache_values_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome Put(const sdk::Call&, const kvs_cache_items_t& in,
                   sdk::Completer& completer) override;
  sdk::Outcome Remove(const sdk::Call&, const kvs_cache_keys_t& in,
                      sdk::Completer& completer) override;

 private:
  struct Loop;
  /// Exchanges each batch with its server, then calls `done`, on the loop.
  void Exchange(std::vector<std::pair<size_t, std::shared_ptr<Batch>>> batches,
                std::function<void()> done);

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  const Placement placement_;
  std::unique_ptr<Loop> loop_;  ///< While it is started.
};

}  // namespace kvs::cache::memcached
