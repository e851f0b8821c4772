// SPDX-License-Identifier: Apache-2.0
// A store whose passing troubles stay its own.
#pragma once

#include "kvs/objstore/backoff.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"

namespace kvs::store::retry {

/// Waits without a thread. [any]
class Store final : public sdk::Component, public sdk::ObjectStore {
 public:
  Store(sdk::Host host, const Config& config)
      : host_(host), config_(config), metrics_(host.metrics()) {}

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& key, kvs_object_info_t& out,
                    sdk::Completer& completer) override;
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                    sdk::Completer& completer) override;
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& key,
                      sdk::Completer& completer) override;

  sdk::StoreRef next;

 private:
  template <typename In, typename Out>
  sdk::Task Repeat(sdk::Call call, sdk::Method<In, Out> method, const In* in, Out* out,
                   Operation operation, int64_t max_attempts);
  int64_t LeftMs(const sdk::Call& call) const;

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
};

}  // namespace kvs::store::retry
