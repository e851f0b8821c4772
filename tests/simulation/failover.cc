// SPDX-License-Identifier: Apache-2.0
#include "failover.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/ring/tokens.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/test_host.h"

#include "plugins/ring/kv/watcher.h"
#include "plugins/source/ring/groups.h"
#include "sim_kv.h"

namespace kvs::simulation {
namespace {

class FailoverRun {
 public:
  FailoverRun(const FailoverOptions& options, Death death)
      : options_(options),
        members_(MembersOf(options.world)),
        host_({.workers = 1, .manual_clock = true}),
        metrics_(host_.host().metrics()),
        watcher_(host_.host(), config_, metrics_, "ingester-0") {
    config_.join = true;  // Who is a member forgets others.
    config_.replication_factor = options.world.copies;
    config_.zone_awareness_enabled = options.world.zones > 0;
    config_.heartbeat_period = {options.heartbeat_period_ms};
    config_.heartbeat_timeout = {options.heartbeat_timeout_ms};
    config_.auto_forget_unhealthy_periods = options.forget_periods;
    // Not ingester-0, which looks on.
    if (death == Death::kZone) {
      const std::string& zone = members_.back().instance.zone;
      const uint32_t zones = std::max(2u, options.world.zones == 0 ? 3 : options.world.zones);
      for (uint32_t i = 0; i < members_.size(); ++i) {
        const bool is_in = options.world.zones > 0 ? members_[i].instance.zone == zone
                                                   : i % zones == zones - 1;  // A third of all.
        if (is_in && i != 0) dead_.insert(members_[i].instance.id);
      }
    } else {
      for (uint32_t i = 1; i <= (death == Death::kTwoInstances ? 2u : 1u); ++i)
        dead_.insert(members_[members_.size() / 3 + i].instance.id);  // Of different zones.
    }
    positions_.resize(options.draws);
    SeriesDraws(options.seed, "").Next(positions_);
  }
  ~FailoverRun() {
    kv_.End();
    watcher_.Stop();
  }

  Failover Go() {
    began_ms_ = host_.now_ms();
    for (uint32_t i = 0; i < members_.size(); ++i) Beat(i);
    watcher_.Start(kv_.ref(), nullptr);
    kv_.AwaitWatcher();
    // Two periods of peace, so that nobody's last heartbeat is that of the beginning.
    for (int64_t t = 0; t < 2 * options_.heartbeat_period_ms; t += options_.step_ms) Step(false);
    out_.died = static_cast<uint32_t>(dead_.size());
    for (int64_t t = 0; t <= options_.horizon_ms; t += options_.step_ms) {
      Look(t);
      if (out_.copies_whole_ms >= 0) break;
      Step(true);
    }
    return out_;
  }

 private:
  void Beat(uint32_t i) {
    ring::kv::Instance& instance = members_[i].instance;
    instance.heartbeat_ms = host_.now_ms();
    kv_.Put(config_.Prefix() + instance.id, instance.ToJson());
  }

  void Step(bool after_death) {
    host_.Advance(options_.step_ms);
    const int64_t now_ms = host_.now_ms() - began_ms_;
    for (uint32_t i = 0; i < members_.size(); ++i) {
      if (after_death && dead_.contains(members_[i].instance.id)) continue;
      // Each has a phase of its own.
      const auto phase = static_cast<int64_t>(ring::Random::Mix(options_.seed + i) %
                                              static_cast<uint64_t>(options_.heartbeat_period_ms));
      const auto beats = [&](int64_t t) { return (t + phase) / options_.heartbeat_period_ms; };
      if (beats(now_ms) != beats(now_ms - options_.step_ms)) Beat(i);
    }
    kv_.AwaitWatcher();
  }

  /// What somebody sees who asks the ring now.
  void Look(int64_t since_ms) {
    const auto picture = watcher_.picture();
    if (picture->epoch() == epoch_) return;
    epoch_ = picture->epoch();
    const auto writes = SnapshotOf(picture, "", KVS_RING_WRITE, 0);
    const double refused = PartOfSeries(
        *writes, [&](uint32_t living, uint32_t) { return living < options_.world.copies / 2 + 1; });
    if (refused > 0) out_.writes_whole_ms = -1;
    if (refused == 0 && out_.writes_whole_ms < 0) out_.writes_whole_ms = since_ms;
    out_.writes_refused = std::max(out_.writes_refused, refused);

    const auto reads = SnapshotOf(picture, "", KVS_RING_READ, 0);
    LookAtReads(*reads, since_ms);

    const auto work = SnapshotOf(picture, "", KVS_RING_WORK, 0);
    const double stuck =
        PartOfSeries(*work, [](uint32_t living, uint32_t slots) { return living < slots; });
    if (stuck == 0 && out_.work_taken_over_ms < 0) out_.work_taken_over_ms = since_ms;
    const double thin = PartOfSeries(
        *writes, [&](uint32_t living, uint32_t) { return living < options_.world.copies; });
    if (thin == 0 && out_.copies_whole_ms < 0) out_.copies_whole_ms = since_ms;
  }

  void LookAtReads(const kvs_ring_snapshot_t& ring, int64_t since_ms) {
    bool in_vain = false;
    for (uint64_t turn = 0; turn < 3; ++turn) {  // Some readers begin with those who died.
      const auto groups = source::ring::Groups::Of(ring, "", turn);
      if (!groups.ok()) {
        out_.reads_complete = false;
        return;
      }
      size_t living = 0;
      for (size_t g = 0; g < groups->groups.size(); ++g) {
        const auto& instances = groups->groups[g].instances;
        const bool lives = std::none_of(instances.begin(), instances.end(), [&](uint32_t i) {
          return dead_.contains(sdk::Text(ring.instances[i].id));
        });
        living += lives ? 1 : 0;
        in_vain = in_vain || (!lives && g < groups->needed);
      }
      if (living < groups->needed) out_.reads_complete = false;
    }
    if (!in_vain && out_.asked_in_vain_ms < 0) out_.asked_in_vain_ms = since_ms;
  }

  /// The part of the series of which is_such(owners that live, slots with an owner) is true.
  template <typename IsSuch>
  double PartOfSeries(const kvs_ring_snapshot_t& ring, IsSuch&& is_such) const {
    std::vector<uint8_t> lives(ring.n_instances);
    for (uint32_t i = 0; i < ring.n_instances; ++i)
      lives[i] = dead_.contains(sdk::Text(ring.instances[i].id)) ? 0 : 1;
    const uint32_t copies = ring.replication_factor;
    std::vector<uint32_t> owners(positions_.size() * copies);
    ring.owners(&ring, positions_.data(), positions_.size(), owners.data());
    uint64_t found = 0;
    for (size_t p = 0; p < positions_.size(); ++p) {
      uint32_t living = 0, slots = 0;
      for (uint32_t c = 0; c < copies; ++c) {
        const uint32_t owner = owners[p * copies + c];
        if (owner == kNobody) continue;
        ++slots;
        living += lives[owner];
      }
      found += is_such(living, slots) ? 1 : 0;
    }
    return static_cast<double>(found) / static_cast<double>(positions_.size());
  }

  const FailoverOptions options_;
  std::vector<ring::kv::PictureMember> members_;
  ring::kv::Config config_;
  SimKv kv_;
  testkit::TestHost host_;
  const ring::kv::Metrics metrics_;
  ring::kv::Watcher watcher_;
  std::set<std::string> dead_;
  std::vector<uint32_t> positions_;
  int64_t began_ms_ = 0;
  uint64_t epoch_ = 0;
  Failover out_;
};

}  // namespace

Failover FailoverOf(const FailoverOptions& options, Death death) {
  return FailoverRun(options, death).Go();
}

}  // namespace kvs::simulation
