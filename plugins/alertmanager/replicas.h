// SPDX-License-Identifier: Apache-2.0
// Replicas: several Alertmanagers that take the same alerts and tell people once, as Alertmanager's
// own cluster does, with a ring in place of its gossip. Silences and the notification log of every
// tenant are on all of them: a change goes to the others at once, and what got lost on the way
// comes with the next exchange of everything. Before one tells anybody, it waits as long as those
// that stand before it in the ring may need for telling it themselves.
//
// A request carries many tenants, and who did not answer one is asked nothing more in the same
// round: however many tenants there are, one that hangs costs a round its time-out once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/peers/peers.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sharing/work_ring.h"

#include "config.h"
#include "metrics.h"
#include "state/codec.h"

namespace kvs::alertmanager {

/// [any] but where it says otherwise.
class Replicas {
 public:
  Replicas(sdk::Host host, const Config& config, const Metrics& metrics);

  /// `ring` may be empty: then there are none. [main]
  Status Start(sdk::RingRef ring);
  /// [worker]
  void Stop();
  bool any() const { return peers_ != nullptr; }

  /// Zero for the first one in the ring, `peer_timeout` for the second, and so on; who is not in it
  /// (yet, or any more) comes last. [worker]
  int64_t WaitMs() const;
  /// Tells the others of a change, soon.
  void Spread(const std::string& tenant, FullState changes);
  /// One tenant of an exchange: what is known here, and who hears what the others know.
  struct Exchanged {
    std::string tenant;
    std::function<FullState()> state;
    std::function<void(const FullState&)> merge;
    /// All have answered, or will not; whether any has.
    std::function<void(bool heard)> done;
  };
  /// Gives each of the others what is here of all these, and hands out what each has. UNAVAILABLE:
  /// the ring is not known, and nobody was asked. Ends early when stopped. [worker]
  Status Exchange(const std::vector<Exchanged>& tenants);

 private:
  using Answers = std::vector<peers::Peers::Answer>;
  /// Those who did not answer in this round, by id.
  using Silent = std::set<std::string, std::less<>>;

  void SendPending();
  bool stopping() {
    const MutexLock lock(mutex_);
    return stopping_;
  }
  /// `body`: states of `n` tenants.
  StatusOr<Answers> Send(std::string_view body, size_t n, bool wants_theirs, Silent* silent);

  const sdk::Host host_;
  const Config& config_;
  const Metrics& metrics_;
  sharing::WorkRing ring_;
  std::unique_ptr<peers::Peers> peers_;  // With a ring.

  Mutex mutex_;
  CondVar idle_;
  std::map<std::string, FullState> pending_ KVS_GUARDED_BY(mutex_);  // By tenant.
  bool sending_ KVS_GUARDED_BY(mutex_) = false;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
};

}  // namespace kvs::alertmanager
