// SPDX-License-Identifier: Apache-2.0
// StateStore: silences, the notification log and alerts of tenants in the kv store, an entry each,
// so that every change is durable by itself and costs what it is worth. Keys are
// PREFIX TENANT "/s/" ID, "/n/" HASH and "/a/" FINGERPRINT. All functions wait. [worker]
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/kv.h"

#include "alert.h"
#include "codec.h"
#include "notification_log.h"
#include "silences.h"

namespace kvs::alertmanager {

/// Changes that are made together.
class StateChanges {
 public:
  void Set(const Silence& silence, int64_t expires_ms);
  void Set(const LogEntry& entry);
  void Set(const Alert& alert, bool moving);
  void RemoveSilence(std::string_view id);
  void RemoveLogEntry(std::string_view key);
  void RemoveAlert(uint64_t fingerprint);
  bool empty() const { return changes_.empty(); }

 private:
  friend class StateStore;
  struct Change {
    std::string key;  // Behind the tenant.
    std::string value;
    bool remove = false;
  };
  std::vector<Change> changes_;
};

/// All that is kept of a tenant.
struct TenantState {
  std::vector<SilencePtr> silences;
  std::vector<LogEntryPtr> entries;
  std::vector<KeptAlert> alerts;
};

class StateStore {
 public:
  StateStore(sdk::KvRef kv, std::string prefix) : kv_(kv), prefix_(std::move(prefix)) {}

  /// Of every tenant that has any. What cannot be read is left out, and told.
  StatusOr<std::map<std::string, TenantState>> LoadAll(const sdk::Call& call,
                                                       std::vector<std::string>* damaged) const;
  /// Durable when it returns OK. [worker]
  Status Apply(const sdk::Call& call, std::string_view tenant, const StateChanges& changes) const;
  /// Forgets all of a tenant.
  Status Clear(const sdk::Call& call, std::string_view tenant) const;

 private:
  template <typename Visit>
  Status ForEach(const sdk::Call& call, const std::string& prefix, Visit visit) const;
  Status Write(const sdk::Call& call, const std::vector<kvs_kv_write_t>& writes) const;

  const sdk::KvRef kv_;
  const std::string prefix_;
};

}  // namespace kvs::alertmanager
