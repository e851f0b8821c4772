// SPDX-License-Identifier: Apache-2.0
#include "replica_of.h"

#include <functional>

#include "kvs/model/series_memory.h"

namespace kvs::sink::ha_dedup {
namespace {

constexpr uint32_t kMaxOfTenant = 10'000;

}  // namespace

void HaLabels::SetHash() {
  std::string all;
  for (const std::string& name : cluster) all += name + '\0';
  all += '\1';
  for (const std::string& name : replica) all += name + '\0';
  hash = std::hash<std::string>()(all) | 1;
}

uint32_t ReplicaTable::NumberOf(std::string_view tenant, model::LabelCursor labels,
                                const HaLabels& names, Replica* unnumbered) {
  // The first name in the list that the series has counts.
  size_t cluster_at = names.cluster.size(), replica_at = names.replica.size();
  std::string_view cluster, replica;
  for (model::LabelView label; labels.Next(&label);) {
    if (label.value.empty()) continue;
    for (size_t i = 0; i < cluster_at; ++i) {
      if (label.name != names.cluster[i]) continue;
      cluster = label.value;
      cluster_at = i;
    }
    for (size_t i = 0; i < replica_at; ++i) {
      if (label.name != names.replica[i]) continue;
      replica = label.value;
      replica_at = i;
    }
  }
  if (cluster.empty() || replica.empty()) return kNone;
  const std::string& label = names.replica[replica_at];
  const std::lock_guard lock(mutex_);
  const auto next = static_cast<uint32_t>(replicas_.size());
  std::tuple key(std::string(tenant), std::string(cluster), std::string(replica), label);
  if (const auto found = numbers_.find(key); found != numbers_.end()) return found->second;
  uint32_t& of_tenant = numbers_of_tenant_[std::string(tenant)];
  if (next > model::SeriesMemory::kMaxNumber || of_tenant >= kMaxOfTenant) {
    *unnumbered = {std::string(cluster), std::string(replica), label};
    return kUnknown;
  }
  ++of_tenant;
  numbers_.emplace(std::move(key), next);
  replicas_.push_back({std::string(cluster), std::string(replica), label});
  return next;
}

const Replica& ReplicaTable::At(uint32_t number) const {
  const std::lock_guard lock(mutex_);
  return replicas_[number];
}

}  // namespace kvs::sink::ha_dedup
