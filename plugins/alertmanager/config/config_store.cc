// SPDX-License-Identifier: Apache-2.0
#include "config_store.h"

#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {
namespace {

constexpr int64_t kTimeoutMs = 60'000;
constexpr std::string_view kPrefix = "alerts/";

std::string ConfigKey(std::string_view tenant) {
  return StrCat(kPrefix, tenant);
}
std::string StateKey(std::string_view tenant) {
  return StrCat("alertmanager/", tenant, "/fullstate");
}

}  // namespace

sdk::StoreClient ConfigStore::Client(const sdk::Call& call) const {
  return {store_,
          {.tenant = std::string(call.tenant()),
           .cancel = call.raw()->cancel,
           .timeout_ms = kTimeoutMs}};
}

StatusOr<std::map<std::string, StoredConfig>> ConfigStore::LoadAll(
    const sdk::Call& call, std::vector<std::string>* damaged) {
  std::vector<sdk::StoreClient::Entry> entries;
  KVS_RETURN_IF_ERROR(Client(call).ForEach(kPrefix, {}, [&](const auto& entry) {
    entries.push_back(entry);
    return OkStatus();
  }));
  std::map<std::string, StoredConfig> out;
  std::map<std::string, Known> known;
  {
    const MutexLock lock(mutex_);
    known = known_;
  }
  for (const auto& entry : entries) {
    const std::string tenant = entry.key.substr(kPrefix.size());
    if (tenant.empty() || tenant.find('/') != std::string::npos) continue;
    Known& item = known[entry.key];
    if (entry.modified_ms == 0 || item.size != entry.size ||
        item.modified_ms != entry.modified_ms) {
      KVS_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           Client(call).GetIfThere(entry.key));
      if (!bytes.has_value()) continue;  // Deleted meanwhile.
      StatusOr<StoredConfig> config = DecodeConfig(*bytes);
      if (!config.ok()) {
        damaged->push_back(StrCat(entry.key, ": ", config.status().message()));
        known.erase(entry.key);
        continue;
      }
      item = {entry.size, entry.modified_ms, *std::move(config)};
    }
    out[tenant] = item.config;
  }
  std::erase_if(known,
                [&](const auto& item) { return !out.contains(item.first.substr(kPrefix.size())); });
  const MutexLock lock(mutex_);
  known_ = std::move(known);
  return out;
}

StatusOr<StoredConfig> ConfigStore::Get(const sdk::Call& call, std::string_view tenant) const {
  KVS_ASSIGN_OR_RETURN(const std::string bytes, Client(call).Get(ConfigKey(tenant)));
  return DecodeConfig(bytes);
}

Status ConfigStore::Set(const sdk::Call& call, std::string_view tenant,
                        const StoredConfig& config) {
  {
    // Two writes in one millisecond look alike from outside.
    const MutexLock lock(mutex_);
    known_.erase(ConfigKey(tenant));
  }
  return Client(call).Put(ConfigKey(tenant), EncodeConfig(tenant, config)).status();
}

Status ConfigStore::Delete(const sdk::Call& call, std::string_view tenant) {
  return Client(call).Remove(ConfigKey(tenant));
}

StatusOr<std::string> ConfigStore::GetState(const sdk::Call& call, std::string_view tenant) const {
  return Client(call).Get(StateKey(tenant));
}

Status ConfigStore::SetState(const sdk::Call& call, std::string_view tenant,
                             std::string_view bytes) const {
  return Client(call).Put(StateKey(tenant), bytes).status();
}

Status ConfigStore::DeleteState(const sdk::Call& call, std::string_view tenant) const {
  return Client(call).Remove(StateKey(tenant));
}

}  // namespace kvs::alertmanager
