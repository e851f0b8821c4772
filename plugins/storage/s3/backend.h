// SPDX-License-Identifier: Apache-2.0
// Objects in a bucket of S3, or of a store that speaks its protocol.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kvs/objstore/key_prefix.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/gate.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "endpoint.h"

namespace kvs::storage::s3 {

/// Nothing blocks: calls are coroutines that wait for the thread of an HTTP client. [any]
class Backend final : public sdk::Component, public sdk::ObjectStore {
 public:
  Backend(sdk::Host host, Config config, Environment environment = ProcessEnvironment());
  ~Backend() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

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

 private:
  struct Started;  // All that there is only between Start() and the end.

  /// The key in the bucket.
  StatusOr<std::string> KeyOf(std::string_view key) const;
  sdk::Task DoStat(sdk::Call call, const kvs_str_t& key, kvs_object_info_t& out);
  sdk::Task DoGet(sdk::Call call, const kvs_object_get_t& in, kvs_object_data_t& out);
  sdk::Task DoPut(sdk::Call call, const kvs_object_put_t& in, kvs_object_info_t& out);
  sdk::Task DoList(sdk::Call call, const kvs_object_list_t& in, kvs_object_page_t& out);
  sdk::Task DoRemove(sdk::Call call, const kvs_str_t& key);

  const sdk::Host host_;
  const Config config_;
  const Environment environment_;
  const objstore::KeyPrefix prefix_;
  sdk::Gate gate_;
  std::unique_ptr<Started> started_;
};

}  // namespace kvs::storage::s3
