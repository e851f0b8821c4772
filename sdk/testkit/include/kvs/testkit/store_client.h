// SPDX-License-Identifier: Apache-2.0
// An object store as tests like to talk to it: sdk::StoreClient, without limits of time. [worker]
#pragma once

#include "kvs/sdk/store_client.h"

namespace kvs::testkit {

class StoreClient : public sdk::StoreClient {
 public:
  explicit StoreClient(sdk::StoreRef store) : sdk::StoreClient(store, {.tenant = "test"}) {}
};

}  // namespace kvs::testkit
