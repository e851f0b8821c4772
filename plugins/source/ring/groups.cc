// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "kvs/sdk/str.h"

namespace kvs::source::ring {

StatusOr<Groups> Groups::Of(const kvs_ring_snapshot_t& ring, std::string_view prefer_zone,
                            uint64_t turn) {
  // With fewer zones than copies, one zone may have two of them: then zones cannot be left out.
  const bool by_zone = ring.n_zones > 0 && ring.n_zones >= ring.replication_factor;
  Groups out;
  std::map<std::string_view, size_t> group_of;
  std::vector<bool> preferred;
  for (uint32_t i = 0; i < ring.n_instances; ++i) {
    const kvs_ring_instance_t& instance = ring.instances[i];
    if (instance.state == KVS_RING_PENDING) continue;  // Has nothing.
    const auto [at, is_new] =
        group_of.try_emplace(sdk::View(by_zone ? instance.zone : instance.id), out.groups.size());
    if (is_new) {
      out.groups.emplace_back();
      preferred.push_back(!prefer_zone.empty() && sdk::View(instance.zone) == prefer_zone);
    }
    Group& group = out.groups[at->second];
    group.instances.push_back(i);
    group.healthy = group.healthy && (instance.flags & KVS_RING_HEALTHY) != 0;
  }
  const size_t n = out.groups.size(), may_miss = ring.replication_factor / 2;
  if (n == 0) return Unavailable("there is no instance in the ring").Retryable();
  out.needed = n > may_miss ? n - may_miss : 1;
  const auto healthy = static_cast<size_t>(std::count_if(out.groups.begin(), out.groups.end(),
                                                         [](const Group& g) { return g.healthy; }));
  if (healthy < out.needed)
    return Unavailable("too many unhealthy ", by_zone ? "zones" : "instances",
                       " in the ring: ", n - healthy, " of ", n)
        .Retryable();
  std::vector<std::pair<std::pair<int, size_t>, Group>> ordered;
  for (size_t g = 0; g < n; ++g) {
    const int rank = !out.groups[g].healthy ? 2 : (preferred[g] ? 0 : 1);
    ordered.push_back({{rank, (g + turn) % n}, std::move(out.groups[g])});
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t g = 0; g < n; ++g) out.groups[g] = std::move(ordered[g].second);
  return out;
}

}  // namespace kvs::source::ring
