// SPDX-License-Identifier: Apache-2.0
// A ring whose members are entries of a kv store.
#pragma once

#include <memory>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/holder.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/ring.h"

#include "config.h"
#include "member.h"
#include "metrics.h"
#include "page.h"
#include "watcher.h"

namespace kvs::ring::kv {

class KvRing final : public sdk::Component, public sdk::Ring {
 public:
  KvRing(sdk::Host host, Config config);

  /// Does not wait for the store: the component is not ready until it has read the ring, and, as a
  /// member, is active.
  sdk::Outcome Start(const sdk::Call&, sdk::Completer&) override;
  sdk::Outcome Drain(const sdk::Call&, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call&, sdk::Completer&) override;

  uint64_t Epoch() override { return watcher_.epoch(); }
  sdk::Outcome Snapshot(const sdk::Call& call, const kvs_ring_query_t& in, kvs_ring_snapshot_t& out,
                        sdk::Completer&) override;

  sdk::KvRef kv;
  sdk::RoutesRef http;                  ///< May be empty.
  std::vector<sdk::HolderRef> holders;  ///< May be empty.

 private:
  void ShowHealth();

  const sdk::Host host_;
  const Config config_;
  const sdk::Clock clock_;
  const Metrics metrics_;
  const std::string id_;
  Watcher watcher_;
  std::unique_ptr<Member> member_;  // Of a member.
  RingPage page_;
};

}  // namespace kvs::ring::kv
