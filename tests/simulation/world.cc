// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/ring/tokens.h"

namespace kvs::simulation {

std::vector<ring::kv::PictureMember> MembersOf(const WorldOptions& options) {
  std::vector<ring::kv::PictureMember> out;
  for (uint32_t i = 0; i < options.instances; ++i) {
    ring::kv::PictureMember member;
    member.instance.id = StrCat("ingester-", i);
    member.instance.address = StrCat("ingester-", i, ":9095");
    if (options.zones > 0) member.instance.zone = StrCat("zone-", i % options.zones);
    member.instance.state = ring::kv::State::kActive;
    member.instance.tokens = options.tokens;
    member.instance.registered_ms = 1;
    member.healthy = true;
    out.push_back(std::move(member));
  }
  return out;
}

std::shared_ptr<const ring::kv::Picture> PictureOf(std::vector<ring::kv::PictureMember> members,
                                                   const WorldOptions& options) {
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.instance.id < b.instance.id; });
  return std::make_shared<const ring::kv::Picture>(
      1, std::move(members), ring::kv::Picture::Options{options.copies, options.zones > 0},
      nullptr);
}

sdk::Owned<kvs_ring_snapshot_t> SnapshotOf(const std::shared_ptr<const ring::kv::Picture>& picture,
                                           const std::string& tenant, int32_t operation,
                                           uint32_t shard_size) {
  auto query = sdk::Record<kvs_ring_query_t>();
  query.operation = operation;
  query.shard_size = shard_size;
  sdk::Owned<kvs_ring_snapshot_t> out;
  ring::kv::Picture::HandOut(picture, tenant, query, 0, *out.out());
  return out;
}

std::vector<SimTenant> TenantsOf(uint32_t n, uint64_t series, const WorldOptions& options) {
  double all = 0;
  for (uint32_t k = 1; k <= n; ++k) all += 1.0 / k;
  const double of_instance =
      static_cast<double>(series) * options.copies / std::max(1u, options.instances);
  const uint32_t least = 3 * std::max(1u, options.zones);
  std::vector<SimTenant> out;
  for (uint32_t k = 1; k <= n; ++k) {
    SimTenant tenant;
    tenant.name = StrCat("tenant-", k);
    tenant.series = static_cast<uint64_t>(static_cast<double>(series) / k / all);
    const double copies = static_cast<double>(tenant.series) * options.copies;
    tenant.shard_size = std::max(least, static_cast<uint32_t>(std::ceil(2 * copies / of_instance)));
    out.push_back(std::move(tenant));
  }
  return out;
}

SeriesDraws::SeriesDraws(uint64_t seed, const std::string& tenant)
    : tenant_seed_(ring::SeedOf(tenant)), state_(ring::Random::Mix(seed ^ tenant_seed_)) {}

void SeriesDraws::Next(std::vector<uint32_t>& out) {
  ring::Random labels(state_);
  for (uint32_t& position : out) position = ring::SeriesToken(tenant_seed_, labels.Next());
  state_ = labels.Next();
}

}  // namespace kvs::simulation
