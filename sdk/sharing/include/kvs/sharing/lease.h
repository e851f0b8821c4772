// SPDX-License-Identifier: Apache-2.0
// Lease: this process alone does something, until it gives that back, dies, or loses it: an entry
// in a kv store that deletes itself unless it is renewed in time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/kv.h"

namespace kvs::sharing {

class Lease {
 public:
  struct Options {
    std::string key;          ///< The same for all who want to do the same thing.
    std::string holder;       ///< For people: who holds it.
    int64_t ttl_ms = 60'000;  ///< So long after its holder's death somebody else can take it.
  };

  /// ABORTED: somebody else holds it. Otherwise errors of kvs.kv/1.
  /// [worker]
  static StatusOr<std::unique_ptr<Lease>> Take(sdk::Host host, sdk::KvRef kv, Options options);
  /// Gives it back. Where the store does not answer, it ends by itself. [worker]
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// ABORTED when it is lost or may be: it could not be renewed in time. Asks nobody. [any]
  Status Check() const;
  /// Renews it now: the last question before something that cannot be taken back. ABORTED: it is
  /// lost, for good. Errors of the store: nobody knows. [worker]
  Status Confirm();
  /// Grows with every holder of this key.
  uint64_t token() const { return token_; }

 private:
  Lease(sdk::Host host, sdk::KvRef kv, Options options);
  /// Writes the entry if its revision is still `expected`.
  StatusOr<uint64_t> Write(uint64_t expected) const;
  /// The revision of the entry; 0 when it is not there or somebody else's.
  StatusOr<uint64_t> ReadOwn() const;
  void Renewed(uint64_t revision, int64_t sent_ns);

  const sdk::Host host_;
  const sdk::Clock clock_;
  const sdk::KvRef kv_;
  const Options options_;
  const std::string value_;  // Nobody else's, nor that of an earlier lease.
  uint64_t token_ = 0;
  std::atomic<int64_t> good_until_ns_{0};
  std::atomic<bool> lost_{false};
  std::function<void()> renew_;
  uint64_t ticket_ = 0;
  std::mutex mutex_;       // One renewal at a time.
  uint64_t revision_ = 0;  // Guarded by mutex_.
};

}  // namespace kvs::sharing
