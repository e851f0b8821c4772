// SPDX-License-Identifier: Apache-2.0
// A store that is a folder of another.
#pragma once

#include <string_view>

#include "kvs/objstore/key_prefix.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/task.h"

#include "config.h"

namespace kvs::store::prefix {

/// Puts the prefix before what goes down, and takes it from what comes up. [any]
class Store final : public sdk::Component, public sdk::ObjectStore {
 public:
  Store(sdk::Host, Config config) : prefix_(config.prefix) {}

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& key, kvs_object_info_t& out,
                    sdk::Completer& completer) override;
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                   sdk::Completer& completer) override;
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                    sdk::Completer& completer) override;
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& key,
                      sdk::Completer& completer) override;

  sdk::StoreRef next;

 private:
  StatusOr<std::string> KeyOf(kvs_str_t key) const;
  sdk::Task DoStat(sdk::Call call, std::string key, kvs_object_info_t& out);
  sdk::Task DoGet(sdk::Call call, std::string key, const kvs_object_get_t& in,
                  kvs_object_data_t& out);
  sdk::Task DoPut(sdk::Call call, std::string key, const kvs_object_put_t& in,
                  kvs_object_info_t& out);
  sdk::Task DoList(sdk::Call call, const kvs_object_list_t& in, kvs_object_page_t& out);
  sdk::Task DoRemove(sdk::Call call, std::string key);

  const objstore::KeyPrefix prefix_;
};

}  // namespace kvs::store::prefix
