// SPDX-License-Identifier: Apache-2.0
#include "deletion_list.h"

#include "kvs/bucket/layout.h"

namespace kvs::source::deletions {
StatusOr<Rules> CompileRules(const bucket::Deletion& deletion) {
  Rules out;
  for (const std::string& selector : deletion.selectors) {
    KVS_ASSIGN_OR_RETURN(bucket::SeriesRule rule,
                         bucket::SeriesRule::Make(selector, {deletion.start_ms, deletion.end_ms}));
    out.push_back(std::move(rule));
  }
  return out;
}

StatusOr<std::shared_ptr<const DeletionList>> DeletionLists::Of(const sdk::StoreClient& store,
                                                                std::string_view tenant) {
  const int64_t now_ns = clock_.MonotonicNs();
  std::shared_ptr<const DeletionList> last;
  {
    const MutexLock lock(mutex_);
    if (const auto found = known_.find(tenant); found != known_.end()) {
      last = found->second.list;
      if (last != nullptr && now_ns - found->second.read_at_ns < refresh_ms_ * 1'000'000)
        return last;
      // Others go on with what is known while this call reads.
      found->second.read_at_ns = now_ns;
    }
  }
  StatusOr<std::shared_ptr<const DeletionList>> list = Read(store, tenant);
  if (!list.ok()) {
    if (last == nullptr)
      return Annotate(list.status(), "reading which series of the tenant are deleted");
    log_.Warn("requests to delete series could not be read; those known before still count",
              {{"user", tenant}, {"error", list.status().message()}});
    return last;
  }
  const MutexLock lock(mutex_);
  known_[std::string(tenant)] = {*list, now_ns};
  return list;
}

void DeletionLists::Forget(std::string_view tenant) {
  const MutexLock lock(mutex_);
  if (const auto found = known_.find(tenant); found != known_.end())
    found->second.read_at_ns = INT64_MIN / 2;
}

StatusOr<std::shared_ptr<const DeletionList>> DeletionLists::Read(const sdk::StoreClient& store,
                                                                  std::string_view tenant) const {
  std::vector<std::string> keys;
  KVS_RETURN_IF_ERROR(store.ForEach(
      StrCat(tenant, "/", bucket::kDeletionsFolder), {}, [&](const sdk::StoreClient::Entry& entry) {
        if (bucket::ClassifyKey(tenant, entry.key).kind == bucket::KeyKind::kDeletion)
          keys.push_back(entry.key);
        return OkStatus();
      }));
  auto list = std::make_shared<DeletionList>();
  for (const std::string& key : keys) {
    KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json, store.GetIfThere(key));
    if (!json.has_value()) continue;
    const StatusOr<bucket::Deletion> deletion = bucket::ParseDeletion(*json);
    if (!deletion.ok()) return Annotate(deletion.status(), key);
    const StatusOr<Rules> rules = CompileRules(*deletion);
    if (!rules.ok()) return Annotate(rules.status(), key);
    list->requests.push_back(*deletion);
    list->rules.insert(list->rules.end(), rules->begin(), rules->end());
  }
  return std::shared_ptr<const DeletionList>(std::move(list));
}

}  // namespace kvs::source::deletions
