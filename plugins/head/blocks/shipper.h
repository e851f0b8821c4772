// SPDX-License-Identifier: Apache-2.0
// Shipper: brings blocks to an object store, in the layout of Mimir's bucket. Chunks and index go
// first and meta.json last, so a block that has one there is whole. What is there already is not
// sent again: after a kill, shipping goes on where it stopped.
//
// A store that is down costs nothing but time: blocks wait on the disk, attempts come less and less
// often, up to once a minute.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/store_client.h"

#include "blocks/local_block.h"
#include "blocks/stage_hook.h"
#include "metrics.h"

namespace kvs::head {

class Shipper {
 public:
  struct Waiting {
    std::string tenant;
    std::shared_ptr<const LocalBlock> block;
  };
  /// Blocks that are not shipped, in any order.
  using Find = std::function<std::vector<Waiting>()>;

  /// `concurrency`: blocks that are shipped at a time.
  Shipper(const sdk::Host& host, const Metrics& metrics, int64_t concurrency, Find find,
          const StageHook& on_stage);
  ~Shipper();

  /// Ships until Stop(), on a thread of its own. [worker]
  void Start(sdk::StoreRef store);
  /// Ends calls to the store that are under way, and the thread. Idempotent.
  void Stop();
  /// There may be more to ship. [any]
  void Wake();

  /// Ships all there is, the oldest first; the first error when some stay behind. [worker]
  Status ShipAll();

 private:
  void Run();
  Status Ship(const Waiting& waiting) const;
  Status ShipFile(const sdk::StoreClient& client, const Waiting& waiting,
                  const std::string& path) const;
  void Reach(std::string_view stage) const {
    if (on_stage_) on_stage_(stage);
  }

  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Clock clock_;
  const Metrics& metrics_;
  const uint32_t concurrency_;
  const Find find_;
  const StageHook& on_stage_;
  sdk::StoreRef store_;
  sdk::CancelSource cancel_;

  Mutex ship_mutex_;  // Held while shipping, so that nobody ships the same block beside.

  Mutex mutex_;
  CondVar wake_;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
  bool woken_ KVS_GUARDED_BY(mutex_) = false;
  std::function<void()> body_;
  kvs_thread_t* thread_ = nullptr;
};

}  // namespace kvs::head
