// SPDX-License-Identifier: Apache-2.0
#include "rule_store.h"

namespace kvs::ruler {

namespace {

constexpr int64_t kTimeoutMs = 60'000;

}  // namespace

sdk::StoreClient RuleStore::Client(const sdk::Call& call) const {
  return {store_,
          {.tenant = std::string(call.tenant()),
           .cancel = call.raw()->cancel,
           .timeout_ms = kTimeoutMs}};
}

StatusOr<std::vector<RuleStore::Entry>> RuleStore::List(const sdk::Call& call,
                                                        const std::string& prefix) const {
  std::vector<Entry> out;
  KVS_RETURN_IF_ERROR(Client(call).ForEach(prefix, {}, [&](const Entry& entry) {
    out.push_back(entry);
    return OkStatus();
  }));
  return out;
}

Status RuleStore::Write(const sdk::Call& call, const std::string& key, const std::string& bytes) {
  {
    const MutexLock lock(mutex_);
    known_.erase(key);
  }
  return Client(call).Put(key, bytes).status();
}

Status RuleStore::RemoveAll(const sdk::Call& call, const std::string& prefix) {
  KVS_ASSIGN_OR_RETURN(const std::vector<Entry> entries, List(call, prefix));
  for (const Entry& entry : entries) KVS_RETURN_IF_ERROR(Client(call).Remove(entry.key));
  return OkStatus();
}

StatusOr<rules::StoredGroup> RuleStore::ReadGroup(const sdk::Call& call, const Entry& entry,
                                                  const rules::KeyParts& parts) {
  {
    const MutexLock lock(mutex_);
    const auto known = known_.find(entry.key);
    if (known != known_.end() && entry.modified_ms != 0 && known->second.size == entry.size &&
        known->second.modified_ms == entry.modified_ms) {
      return known->second.stored;
    }
  }
  KVS_ASSIGN_OR_RETURN(const std::string bytes, Client(call).Get(entry.key));
  KVS_ASSIGN_OR_RETURN(rules::StoredGroup stored, rules::DecodeGroup(bytes));
  // The key decides: nobody can put a group under another tenant by what it says of itself.
  stored.tenant = parts.tenant;
  stored.namespace_name = parts.namespace_name;
  stored.group.name = parts.group;
  const MutexLock lock(mutex_);
  known_[entry.key] = {entry.size, entry.modified_ms, stored};
  return stored;
}

StatusOr<std::map<std::string, TenantGroups>> RuleStore::LoadAll(
    const sdk::Call& call, std::vector<std::string>* damaged) {
  KVS_ASSIGN_OR_RETURN(const std::vector<Entry> entries,
                       List(call, std::string(rules::kRulesPrefix)));
  std::map<std::string, TenantGroups> out;
  for (const Entry& entry : entries) {
    const StatusOr<rules::KeyParts> parts = rules::ParseGroupKey(entry.key);
    if (!parts.ok()) {
      damaged->push_back(parts.status().message());
      continue;
    }
    StatusOr<rules::StoredGroup> stored = ReadGroup(call, entry, *parts);
    if (stored.ok()) {
      out[parts->tenant][{parts->namespace_name, parts->group}] = std::move(stored->group);
    } else if (stored.status().code() == StatusCode::kDataLoss) {
      damaged->push_back(StrCat(entry.key, ": ", stored.status().message()));
    } else if (stored.status().code() != StatusCode::kNotFound) {  // Deleted meanwhile.
      return stored.status();
    }
  }
  const MutexLock lock(mutex_);
  std::erase_if(known_, [&](const auto& item) {
    const auto tenant = out.find(item.second.stored.tenant);
    return tenant == out.end() || !tenant->second.contains({item.second.stored.namespace_name,
                                                            item.second.stored.group.name});
  });
  return out;
}

StatusOr<TenantGroups> RuleStore::Load(const sdk::Call& call, std::string_view tenant,
                                       const std::string* namespace_name) {
  const std::string prefix = namespace_name != nullptr
                                 ? rules::NamespacePrefix(tenant, *namespace_name)
                                 : StrCat(rules::kRulesPrefix, tenant, "/");
  KVS_ASSIGN_OR_RETURN(const std::vector<Entry> entries, List(call, prefix));
  TenantGroups out;
  for (const Entry& entry : entries) {
    KVS_ASSIGN_OR_RETURN(const rules::KeyParts parts, rules::ParseGroupKey(entry.key));
    StatusOr<rules::StoredGroup> stored = ReadGroup(call, entry, parts);
    if (stored.ok()) {
      out[{parts.namespace_name, parts.group}] = std::move(stored->group);
    } else if (stored.status().code() != StatusCode::kNotFound) {
      return Annotate(stored.status(), entry.key);
    }
  }
  return out;
}

StatusOr<rules::Group> RuleStore::Get(const sdk::Call& call, std::string_view tenant,
                                      std::string_view namespace_name, std::string_view name) {
  KVS_ASSIGN_OR_RETURN(const std::string bytes,
                       Client(call).Get(rules::GroupKey(tenant, namespace_name, name)));
  KVS_ASSIGN_OR_RETURN(rules::StoredGroup stored, rules::DecodeGroup(bytes));
  return std::move(stored.group);
}

Status RuleStore::Set(const sdk::Call& call, std::string_view tenant,
                      std::string_view namespace_name, const std::vector<rules::Group>& groups) {
  struct Before {
    std::string key;
    bool existed;
    std::string bytes;
  };
  std::vector<Before> before;
  Status status;
  for (const rules::Group& group : groups) {
    const std::string key = rules::GroupKey(tenant, namespace_name, group.name);
    if (groups.size() > 1) {  // One object is all or nothing by itself.
      const StatusOr<std::string> old = Client(call).Get(key);
      if (!old.ok() && old.status().code() != StatusCode::kNotFound) status = old.status();
      if (!status.ok()) break;
      before.push_back({key, old.ok(), old.ok() ? *old : ""});
    }
    status = Write(call, key,
                   rules::EncodeGroup({std::string(tenant), std::string(namespace_name), group}));
    if (!status.ok()) break;
  }
  if (status.ok()) return status;
  for (const Before& b : before) {
    const Status undone = b.existed ? Write(call, b.key, b.bytes) : Client(call).Remove(b.key);
    if (!undone.ok())
      return Internal(status.message(),
                      "; and undoing what was written failed: ", undone.message());
  }
  return status;
}

Status RuleStore::Delete(const sdk::Call& call, std::string_view tenant,
                         std::string_view namespace_name, std::string_view name) {
  const std::string key = rules::GroupKey(tenant, namespace_name, name);
  KVS_RETURN_IF_ERROR(Client(call).Get(key).status());  // NotFound.
  return Client(call).Remove(key);
}

Status RuleStore::DeleteNamespace(const sdk::Call& call, std::string_view tenant,
                                  std::string_view namespace_name) {
  const std::string prefix = rules::NamespacePrefix(tenant, namespace_name);
  KVS_ASSIGN_OR_RETURN(const std::vector<Entry> entries, List(call, prefix));
  if (entries.empty()) return NotFound("group namespace does not exist");
  return RemoveAll(call, prefix);
}

Status RuleStore::DeleteTenant(const sdk::Call& call, std::string_view tenant) {
  return RemoveAll(call, StrCat(rules::kRulesPrefix, tenant, "/"));
}

}  // namespace kvs::ruler
