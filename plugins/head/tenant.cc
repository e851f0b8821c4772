// SPDX-License-Identifier: Apache-2.0
#include "tenant.h"

#include <mutex>

namespace kvs::head {

Tenant::Tenant(std::string tenant_name, uint32_t tenant_number, const Metrics& metrics)
    : name(std::move(tenant_name)),
      number(tenant_number),
      ingested(metrics.ingested.With({name})),
      failures(metrics.failures.With({name})),
      late(metrics.late.With({name})),
      created(metrics.series_created.With({name})),
      removed(metrics.series_removed.With({name})),
      exemplars_appended(metrics.exemplars_appended.With({name})) {}

Tenant* TenantMap::Find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = tenants_.find(name);
  return found == tenants_.end() ? nullptr : found->second.get();
}

Tenant& TenantMap::Get(std::string_view name) {
  if (Tenant* const found = Find(name)) [[likely]]
    return *found;
  const std::unique_lock lock(mutex_);
  auto& slot = tenants_[std::string(name)];
  if (slot == nullptr)
    slot = std::make_unique<Tenant>(std::string(name), static_cast<uint32_t>(tenants_.size()),
                                    metrics_);
  return *slot;
}

size_t TenantMap::size() const {
  const std::shared_lock lock(mutex_);
  return tenants_.size();
}

std::vector<Tenant*> TenantMap::All() const {
  const std::shared_lock lock(mutex_);
  std::vector<Tenant*> all;
  all.reserve(tenants_.size());
  for (const auto& [name, tenant] : tenants_) all.push_back(tenant.get());
  return all;
}

}  // namespace kvs::head
