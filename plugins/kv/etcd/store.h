// SPDX-License-Identifier: Apache-2.0
// Keys and values in etcd.
#pragma once

#include <memory>
#include <string>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/users.h"

#include "config.h"

namespace kvs::kv::etcd {

class Cluster;  // Behind pointers: gRPC's headers take seconds to compile.
class Leases;

/// Nothing blocks. Revisions are those of etcd. [any]
class Store final : public sdk::Component, public sdk::Kv {
 public:
  Store(sdk::Host host, Config config);
  ~Store() override;

  /// Connects to nobody: who needs the store first finds out whether it is there.
  sdk::Outcome Start(const sdk::Call&, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call&, sdk::Completer&) override;

  sdk::Outcome Get(const sdk::Call& call, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome Apply(const sdk::Call& call, const kvs_kv_batch_t& in, uint64_t& out,
                     sdk::Completer& completer) override;
  sdk::Outcome Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                     sdk::Completer& completer) override;

 private:
  class Tasks;  // The coroutines, whose frames hold gRPC's types.
  const sdk::Host host_;
  const Config config_;
  // Set by Start().
  std::shared_ptr<sdk::Users> users_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Leases> leases_;
};

}  // namespace kvs::kv::etcd
