// SPDX-License-Identifier: Apache-2.0
// A store whose calls are measured.
#pragma once

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"

namespace kvs::store::metrics {

/// Hands everything on as it is. [any]
class Store final : public sdk::Component, public sdk::ObjectStore {
 public:
  Store(sdk::Host host, const Config& config)
      : clock_(host.clock()), metrics_(host.metrics(), config) {}

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
  /// Counts the call, and measures it when it has ended; bytes(in, out) are those that it moved.
  template <typename In, typename Out, typename Bytes>
  sdk::Task Measured(sdk::Call call, sdk::Method<In, Out> method, const In* in, Out* out,
                     Operation operation, Bytes bytes);

  const sdk::Clock clock_;
  const Metrics metrics_;
};

}  // namespace kvs::store::metrics
