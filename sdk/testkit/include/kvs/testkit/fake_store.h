// SPDX-License-Identifier: Apache-2.0
// FakeStore: an object store that does what a test says. It keeps objects in memory, remembers what
// it was asked, and can fail calls or keep them waiting.
//
//   testkit::FakeStore store;
//   store.FailNext(Unavailable("busy"));
//   decorator.next = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store));
//   EXPECT_THAT(store.asked(), ElementsAre("get k 0 0", "get k 0 0"));
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kvs/sdk/port/object_store.h"

namespace kvs::testkit {

/// [any]
class FakeStore final : public sdk::ObjectStore {
 public:
  /// The next call ends with this, and does nothing; several are used one after the other.
  void FailNext(Status status);
  /// The next put does what it is asked, and ends with this all the same: an answer that got lost.
  void LoseNextPut(Status status);
  /// From now on calls do what they are asked and stay pending until Release().
  void Hold();
  /// Ends what is held, on this thread, and holds no longer. False when nothing was.
  bool Release();
  /// Waits until so many calls are held.
  void WaitForHeld(size_t n);

  /// How many keys a page of a listing has that does not say.
  void SetPageKeys(uint32_t keys) { page_keys_ = keys; }

  /// What was asked, in order: "stat k", "get k OFFSET SIZE", "put k", "list PREFIX", "remove k".
  std::vector<std::string> asked() const;
  void Forget();
  /// The deadline of the last call.
  int64_t last_deadline_ns() const;

  sdk::Outcome Stat(const sdk::Call&, const kvs_str_t&, kvs_object_info_t&,
                    sdk::Completer&) override;
  sdk::Outcome Get(const sdk::Call&, const kvs_object_get_t&, kvs_object_data_t&,
                   sdk::Completer&) override;
  sdk::Outcome Put(const sdk::Call&, const kvs_object_put_t&, kvs_object_info_t&,
                   sdk::Completer&) override;
  sdk::Outcome List(const sdk::Call&, const kvs_object_list_t&, kvs_object_page_t&,
                    sdk::Completer&) override;
  sdk::Outcome Remove(const sdk::Call&, const kvs_str_t&, sdk::Completer&) override;

 private:
  struct Object {
    std::string bytes, etag;
  };
  struct Held {
    Status status;
    sdk::Completion done;
  };
  template <typename Do>
  sdk::Outcome Answer(const sdk::Call& call, std::string what, bool is_put,
                      sdk::Completer& completer, Do answer);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Object, std::less<>> objects_;
  uint64_t puts_ = 0;
  uint32_t page_keys_ = 1000;
  std::deque<Status> failures_, lost_puts_;
  std::vector<std::string> asked_;
  int64_t last_deadline_ns_ = 0;
  bool hold_ = false;
  std::vector<Held> held_;
};

}  // namespace kvs::testkit
