// SPDX-License-Identifier: Apache-2.0
#include "picture.h"

#include <algorithm>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/ring/tokens.h"
#include "kvs/sdk/owned.h"

namespace kvs::ring::kv {
namespace {

// Parts of tenants that are kept at most; then all are made anew as they are needed.
constexpr size_t kPartsMax = 10'000;
// How long a part with a lookback is good for: its beginning moves with the time.
constexpr int64_t kLookbackGoodMs = 10'000;

}  // namespace

struct Picture::Topology {
  std::vector<std::vector<uint32_t>> tokens;  // Of members.
  std::vector<uint16_t> zone_of;
  std::vector<std::string> zones;
  std::shared_ptr<const SortedTokens> sorted;
  std::unique_ptr<const Shuffler> shuffler;
};

class Picture::Part {
 public:
  Part(uint64_t epoch, uint32_t replication_factor, uint32_t n_zones)
      : epoch_(epoch), options_{replication_factor, n_zones} {}

  void Add(const PictureMember& member, std::span<const uint32_t> tokens, uint16_t zone,
           int32_t operation) {
    const Instance& i = member.instance;
    uint32_t flags = 0;
    if (member.healthy) flags |= KVS_RING_HEALTHY;
    if (i.read_only) flags |= KVS_RING_READ_ONLY;
    if (member.is_self) flags |= KVS_RING_SELF;
    instances_.push_back({sdk::Str(i.id), sdk::Str(i.address), sdk::Str(i.zone),
                          static_cast<int32_t>(i.state), flags});
    const bool is_for_new = i.state == State::kActive && !i.read_only;
    const bool takes = operation == KVS_RING_WRITE  ? is_for_new
                       : operation == KVS_RING_WORK ? is_for_new && member.healthy
                                                    : i.state != State::kPending;
    members_.push_back({tokens, zone, takes, member.healthy});
  }
  /// Of all members: without it, the tokens are sorted when owners are first asked for. Readers of
  /// whole instances never do.
  void Lend(std::shared_ptr<const SortedTokens> sorted) { sorted_ = std::move(sorted); }

  void Show(kvs_ring_snapshot_t& out) const {
    out.n_instances = static_cast<uint32_t>(instances_.size());
    out.epoch = epoch_;
    out.instances = instances_.data();
    out.replication_factor = options_.replication_factor;
    out.n_zones = options_.n_zones;
  }
  const TokenTable& table() const {
    std::call_once(once_, [this] {
      table_ = std::make_unique<const TokenTable>(
          sorted_ != nullptr ? sorted_ : std::make_shared<const SortedTokens>(members_), members_,
          options_);
    });
    return *table_;
  }

 private:
  const uint64_t epoch_;
  const TokenTable::Options options_;
  std::vector<kvs_ring_instance_t> instances_;
  std::vector<ring::Member> members_;
  std::shared_ptr<const SortedTokens> sorted_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const TokenTable> table_;
};

Picture::Picture(uint64_t epoch, std::vector<PictureMember> members, Options options,
                 const Picture* before)
    : epoch_(epoch), members_(std::move(members)), options_(options) {
  // States and health change often, tokens seldom.
  bool same = before != nullptr && before->members_.size() == members_.size();
  for (size_t i = 0; same && i < members_.size(); ++i) {
    const Instance &a = members_[i].instance, &b = before->members_[i].instance;
    same = a.id == b.id && a.tokens == b.tokens && a.zone == b.zone && a.read_only == b.read_only &&
           a.registered_ms == b.registered_ms && a.read_only_changed_ms == b.read_only_changed_ms;
  }
  if (same) {
    topology_ = before->topology_;
  } else {
    auto topology = std::make_shared<Topology>();
    for (const PictureMember& member : members_)
      topology->zones.push_back(options_.zone_awareness ? member.instance.zone : "");
    std::sort(topology->zones.begin(), topology->zones.end());
    topology->zones.erase(std::unique(topology->zones.begin(), topology->zones.end()),
                          topology->zones.end());
    std::vector<ShardMember> shard_members;
    std::vector<ring::Member> all;
    topology->tokens.reserve(members_.size());
    for (const PictureMember& member : members_) {
      const Instance& i = member.instance;
      topology->tokens.push_back(TokensOf(i.id, i.tokens));
      const auto zone = std::find(topology->zones.begin(), topology->zones.end(),
                                  options_.zone_awareness ? i.zone : "");
      topology->zone_of.push_back(static_cast<uint16_t>(zone - topology->zones.begin()));
      all.push_back({.tokens = topology->tokens.back(), .zone = topology->zone_of.back()});
      shard_members.push_back({topology->tokens.back(), topology->zone_of.back(), i.read_only,
                               i.registered_ms, i.read_only_changed_ms});
    }
    topology->sorted = std::make_shared<const SortedTokens>(all);
    const std::vector<std::string_view> zones(topology->zones.begin(), topology->zones.end());
    topology->shuffler = std::make_unique<const Shuffler>(shard_members, zones);
    topology_ = std::move(topology);
  }
  for (const int32_t operation : {KVS_RING_WRITE, KVS_RING_READ, KVS_RING_WORK})
    whole_[operation] = Make(nullptr, operation);
}

std::shared_ptr<const Picture::Part> Picture::Make(const std::vector<uint32_t>* chosen,
                                                   int32_t operation) const {
  const uint32_t n_zones =
      options_.zone_awareness ? static_cast<uint32_t>(topology_->zones.size()) : 0;
  auto part = std::make_shared<Part>(epoch_, options_.replication_factor, n_zones);
  const size_t n = chosen == nullptr ? members_.size() : chosen->size();
  for (size_t i = 0; i < n; ++i) {
    const size_t m = chosen == nullptr ? i : (*chosen)[i];
    part->Add(members_[m], topology_->tokens[m], topology_->zone_of[m], operation);
  }
  if (n == members_.size()) part->Lend(topology_->sorted);
  return part;
}

std::shared_ptr<const Picture::Part> Picture::Find(std::string_view tenant,
                                                   const kvs_ring_query_t& in,
                                                   int64_t now_ms) const {
  const bool is_known = in.operation == KVS_RING_READ || in.operation == KVS_RING_WORK;
  const int32_t operation = is_known ? in.operation : KVS_RING_WRITE;
  if (in.shard_size == 0 || in.shard_size >= members_.size()) return whole_[operation];
  const std::string key = StrCat(operation, "/", in.shard_size, "/", in.lookback_ms, "/", tenant);
  {
    const MutexLock lock(mutex_);
    const auto found = parts_.find(key);
    if (found != parts_.end() &&
        (in.lookback_ms == 0 || now_ms - found->second.made_ms < kLookbackGoodMs))
      return found->second.part;
  }
  const std::vector<uint32_t> chosen =
      topology_->shuffler->Choose({tenant, in.shard_size, operation != KVS_RING_READ,
                                   in.lookback_ms == 0 ? 0 : now_ms - in.lookback_ms});
  std::shared_ptr<const Part> part = Make(&chosen, operation);
  const MutexLock lock(mutex_);
  if (parts_.size() >= kPartsMax) parts_.clear();
  parts_[key] = {now_ms, part};
  return part;
}

void Picture::HandOut(const std::shared_ptr<const Picture>& picture, std::string_view tenant,
                      const kvs_ring_query_t& in, int64_t now_ms, kvs_ring_snapshot_t& out) {
  // A part's texts are those of the picture.
  struct Kept {
    std::shared_ptr<const Picture> picture;
    std::shared_ptr<const Part> part;
  };
  auto kept = std::make_unique<Kept>(Kept{picture, picture->Find(tenant, in, now_ms)});
  kept->part->Show(out);
  out.owners = [](const kvs_ring_snapshot_t* self, const uint32_t* tokens, uint64_t n,
                  uint32_t* owners) noexcept {
    static_cast<const Kept*>(self->producer)->part->table().Owners(tokens, n, owners);
  };
  sdk::HandOut(out, std::move(kept));
}

std::vector<double> Picture::Ownership() const {
  const SortedTokens& sorted = *topology_->sorted;
  std::vector<double> out(members_.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    const uint32_t before = sorted.token(i == 0 ? sorted.size() - 1 : i - 1);
    out[sorted.member(i)] +=
        static_cast<double>(static_cast<uint32_t>(sorted.token(i) - before)) / 4294967296.0;
  }
  if (sorted.size() == 1) out[sorted.member(0)] = 1;
  return out;
}

}  // namespace kvs::ring::kv
