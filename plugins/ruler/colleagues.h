// SPDX-License-Identifier: Apache-2.0
// Colleagues: several rulers over one store. A ring gives each group to one of them; when that one
// leaves or dies, another one stands in. Whoever is asked answers for all: it has what it evaluates
// itself, and asks the others for the rest.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/peers/peers.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sharing/work_ring.h"

#include "config.h"

namespace kvs::ruler {

/// What a group of rules is called on the circle.
std::string WorkKeyOf(std::string_view namespace_name, std::string_view group);

/// A group as /api/v1/rules shows it.
struct GroupText {
  std::string namespace_name, name;
  std::string json;
  std::string ruler;  ///< Who said so; empty: this one.
};
/// An alert as /api/v1/alerts shows it.
struct AlertText {
  std::string labels, json;  ///< Both JSON.
};

/// The groups of an answer of /api/v1/rules, each as its bytes. DataLoss. [any]
StatusOr<std::vector<GroupText>> ParseGroups(std::string_view body);
/// The alerts of an answer of /api/v1/alerts. DataLoss. [any]
StatusOr<std::vector<AlertText>> ParseAlerts(std::string_view body);

class Colleagues {
 public:
  Colleagues(sdk::Host host, const Config& config);

  /// `ring` may be empty: then there are none, and all groups are ours. [main]
  Status Start(sdk::RingRef ring);
  /// [worker]
  void Stop();

  uint64_t epoch() const { return ring_.epoch(); }
  bool any() const { return peers_ != nullptr; }
  /// UNAVAILABLE: the ring is not known, and nobody may evaluate anything. [worker]
  StatusOr<sharing::Share> ShareOf(std::string_view tenant, uint32_t shard_size) const {
    return ring_.Of(tenant, shard_size);
  }

  /// Adds what the others have, in the order of namespace and name; a group that changes hands just
  /// now, and is told twice, once. Says in `warnings` who did not answer. `query` is that of the
  /// request. [worker]
  void AddGroups(const sdk::Call& call, const sharing::Share& share, std::string_view query,
                 std::vector<GroupText>* groups, std::vector<std::string>* warnings);
  /// Likewise.
  void AddAlerts(const sdk::Call& call, const sharing::Share& share, std::vector<AlertText>* alerts,
                 std::vector<std::string>* warnings);
  /// The others read a tenant's rules again. Who cannot be told finds out with its next poll.
  /// [worker]
  void TellOfChange(const sdk::Call& call, const sharing::Share& share);

 private:
  std::vector<peers::Peers::Answer> Ask(const sdk::Call& call, const sharing::Share& share,
                                        std::string path, std::vector<std::string>* warnings);

  const sdk::Host host_;
  const Config& config_;
  sharing::WorkRing ring_;
  std::unique_ptr<peers::Peers> peers_;  // With a ring.
};

}  // namespace kvs::ruler
