// SPDX-License-Identifier: Apache-2.0
// A store that remembers what was read from another.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "disk_tier.h"
#include "flight.h"
#include "memory_tier.h"
#include "metrics.h"

namespace kvs::store::cache {

/// Objects are read and kept in pages of one size. What several callers want at once is read once.
/// Writes through this store drop what is kept of their object; a read never mixes an object's
/// bytes from before and after one. [any]
class Store final : public sdk::Component, public sdk::ObjectStore {
 public:
  Store(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
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

  sdk::StoreRef next;

 private:
  /// An object that somebody reads or writes now.
  struct Active {
    int users = 0;
    int writers = 0;
    uint64_t version = 0;  // Changes when a write begins and when it ends.
    std::vector<FlightPtr> flights;
  };
  /// A part of an answer: one kept page, or a flight.
  struct Piece {
    uint64_t first = 0;
    Page page;
    FlightPtr flight;
  };
  /// Keeps an object active.
  class Use;

  bool IsCacheable(std::string_view key) const;
  sdk::Task DoGet(sdk::Call call, const kvs_object_get_t& in, kvs_object_data_t& out);
  template <typename In, typename Out>
  sdk::Task Write(sdk::Call call, std::string key, sdk::Method<In, Out> method, const In* in,
                  Out* out);

  /// What is kept, what is on its way, and flights for the rest: those that are to be begun are in
  /// `begun`.
  std::vector<Piece> Plan(const sdk::Call& call, const std::string& key, Active& active,
                          uint64_t first, uint64_t last, std::vector<FlightPtr>* begun)
      KVS_REQUIRES(mutex_);
  void Begin(const FlightPtr& flight);
  void Fetch(const FlightPtr& flight);
  bool ReadDisk(Flight& flight);
  void End(const FlightPtr& flight, const Status& status, bool from_disk);
  /// True when `pause` waits for the flight now.
  bool Enlist(const FlightPtr& flight, sdk::Pause* pause);
  void Delist(const FlightPtr& flight, sdk::Pause* pause);
  void DropKept(const std::string& key) KVS_REQUIRES(mutex_);
  /// Calls fn for each page of the flight's bytes, the end of the object among them.
  void EachPage(const Flight& flight,
                const std::function<void(uint64_t page, std::string_view bytes)>& fn) const;
  void Leave() KVS_REQUIRES(mutex_);

  const sdk::Host host_;
  const Config config_;
  const uint64_t page_size_;
  const Metrics metrics_;
  std::unique_ptr<DiskTier> disk_;  // Null without a folder.

  Mutex mutex_;
  MemoryTier memory_ KVS_GUARDED_BY(mutex_);
  std::map<std::string, Active, std::less<>> active_ KVS_GUARDED_BY(mutex_);
  uint64_t writing_bytes_ KVS_GUARDED_BY(mutex_) = 0;  // On their way to the disk.
  int64_t busy_ KVS_GUARDED_BY(mutex_) = 0;            // Flights and writes to the disk.
  sdk::Completion stopped_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::store::cache
