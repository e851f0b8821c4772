// SPDX-License-Identifier: Apache-2.0
// FakeRing: instances that a test adds, which own series in turn. FakeDialer: ports by address.
// [any]
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/ring.h"

namespace kvs::testkit {

class FakeRing final : public sdk::Ring {
 public:
  sdk::RingRef ref() { return sdk::RingRef(sdk::IfaceOf<sdk::Ring>(this)); }

  void Add(std::string id, std::string address, std::string zone = {}) {
    const std::lock_guard lock(mutex_);
    members_.push_back({std::move(id), std::move(address), std::move(zone)});
    ++epoch_;
  }
  void SetHealthy(std::string_view id, bool healthy) {
    Change(id, [healthy](Member& m) { m.healthy = healthy; });
  }
  void SetState(std::string_view id, int32_t state) {
    Change(id, [state](Member& m) { m.state = state; });
  }
  void Remove(std::string_view id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(members_, [id](const Member& m) { return m.id == id; });
    ++epoch_;
  }

  uint32_t replication_factor = 3, n_zones = 0;
  std::string self;                  ///< The id of whoever looks at it.
  std::atomic<bool> is_known{true};  ///< Otherwise nobody is shown a picture.
  uint32_t last_shard_size = 0;      ///< As it was asked for; everybody is handed out all the same.
  int64_t last_lookback_ms = 0;

  uint64_t Epoch() override {
    const std::lock_guard lock(mutex_);
    return epoch_;
  }
  sdk::Outcome Snapshot(const sdk::Call&, const kvs_ring_query_t& in, kvs_ring_snapshot_t& out,
                        sdk::Completer&) override {
    if (!is_known) return Unavailable("the ring is not known yet");
    const std::lock_guard lock(mutex_);
    last_shard_size = in.shard_size;
    last_lookback_ms = in.lookback_ms;
    auto kept = std::make_unique<Kept>();
    kept->members = members_;
    for (const Member& m : kept->members) {
      kept->raw.push_back({sdk::Str(m.id), sdk::Str(m.address), sdk::Str(m.zone), m.state,
                           (m.healthy ? uint32_t{KVS_RING_HEALTHY} : 0u) |
                               (m.id == self ? uint32_t{KVS_RING_SELF} : 0u)});
    }
    // Who owns: all, or, of work, those who can do it.
    for (uint32_t i = 0; i < kept->members.size(); ++i) {
      const Member& m = kept->members[i];
      if (in.operation != KVS_RING_WORK || (m.healthy && m.state == KVS_RING_ACTIVE))
        kept->circle.push_back(i);
    }
    out.n_instances = static_cast<uint32_t>(kept->raw.size());
    out.epoch = epoch_;
    out.instances = kept->raw.data();
    out.replication_factor = replication_factor;
    out.n_zones = n_zones;
    out.owners = [](const kvs_ring_snapshot_t* self, const uint32_t* tokens, uint64_t n,
                    uint32_t* owners) noexcept {
      const auto& all = static_cast<const Kept*>(self->producer)->members;
      const auto& circle = static_cast<const Kept*>(self->producer)->circle;
      for (uint64_t i = 0; i < n; ++i) {
        for (uint32_t c = 0; c < self->replication_factor; ++c, ++owners) {
          *owners = UINT32_MAX;
          if (c >= circle.size()) continue;
          const uint32_t owner = circle[(tokens[i] % circle.size() + c) % circle.size()];
          if (all[owner].healthy && all[owner].state == KVS_RING_ACTIVE) *owners = owner;
        }
      }
    };
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }

 private:
  struct Member {
    std::string id, address, zone;
    int32_t state = KVS_RING_ACTIVE;
    bool healthy = true;
  };
  struct Kept {
    std::vector<Member> members;
    std::vector<kvs_ring_instance_t> raw;
    std::vector<uint32_t> circle;
  };
  template <typename Edit>
  void Change(std::string_view id, Edit edit) {
    const std::lock_guard lock(mutex_);
    for (Member& m : members_) {
      if (m.id == id) edit(m);
    }
    ++epoch_;
  }
  std::mutex mutex_;
  uint64_t epoch_ = 1;
  std::vector<Member> members_;
};

class FakeDialer final : public sdk::Dialer {
 public:
  sdk::DialerRef ref() { return sdk::DialerRef(sdk::IfaceOf<sdk::Dialer>(this)); }
  /// Whoever dials this address finds this port, as it is.
  void Serve(const std::string& address, kvs_iface_t iface) { ports_[address].push_back(iface); }

  sdk::Outcome Dial(const sdk::Call&, const kvs_dial_t& in, kvs_connection_t& out,
                    sdk::Completer&) override {
    const auto found = ports_.find(sdk::Text(in.address));
    if (found == ports_.end()) return InvalidArgument("nobody is at ", sdk::View(in.address));
    out.get = [](const kvs_connection_t* self, const char* id,
                 kvs_iface_t* iface) noexcept -> kvs_status_t {
      for (const kvs_iface_t& one : *static_cast<const std::vector<kvs_iface_t>*>(self->producer)) {
        if (std::string_view(one.id) != id) continue;
        *iface = one;
        return KVS_OK;
      }
      return KVS_NOT_FOUND;
    };
    sdk::HandOut(out, std::make_unique<std::vector<kvs_iface_t>>(found->second));
    return OkStatus();
  }

 private:
  std::map<std::string, std::vector<kvs_iface_t>> ports_;  // Filled before anybody dials.
};

}  // namespace kvs::testkit
