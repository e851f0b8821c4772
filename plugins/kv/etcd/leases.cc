// SPDX-License-Identifier: Apache-2.0
#include "leases.h"

#include <vector>

#include "exchange.h"

namespace kvs::kv::etcd {
namespace {

// How late an entry may end.
constexpr int64_t kTickMs = 50;
constexpr int64_t kRevokeTimeoutMs = 5'000;

}  // namespace

// Nobody waits for a revocation: what fails is left to the end of the lease itself. An entry that
// was written again since hangs on another lease.
struct Leases::Revocation {
  Revocation(const Leases& leases, int64_t lease)
      : use(leases.users_),
        stop(leases.stop_),
        owned("kv", stop->raw()),
        exchange(leases.cluster_, owned.WithTimeoutMs(kRevokeTimeoutMs).call(), &SendLeaseRevoke) {
    exchange.request.set_id(lease);
  }
  const sdk::Users::Use use;  // First, so that it goes last.
  const std::shared_ptr<sdk::CancelSource> stop;
  sdk::OwnedCall owned;
  Exchange<etcdserverpb::LeaseRevokeRequest, etcdserverpb::LeaseRevokeResponse> exchange;
};

Leases::Leases(Cluster* cluster, std::shared_ptr<sdk::Users> users, sdk::Host host)
    : cluster_(cluster), host_(host), tick_([this] { Tick(); }), users_(std::move(users)) {}

void Leases::Start() {
  ticker_ = host_.timer().After(kTickMs, kTickMs, &tick_);
}

void Leases::Stop() {
  host_.timer().Cancel(std::exchange(ticker_, 0));
  stop_->Cancel();
}

void Leases::Add(int64_t lease, uint32_t ttl_ms) {
  const MutexLock lock(mutex_);
  ends_.emplace(sdk::MonotonicNs() + int64_t{ttl_ms} * 1'000'000, lease);
}

void Leases::Tick() {
  std::vector<int64_t> due;
  {
    const int64_t now = sdk::MonotonicNs();
    const MutexLock lock(mutex_);
    while (!ends_.empty() && ends_.begin()->first <= now) {
      due.push_back(ends_.begin()->second);
      ends_.erase(ends_.begin());
    }
  }
  for (const int64_t lease : due) {
    auto* const revocation = new Revocation(*this, lease);
    revocation->exchange.Begin([revocation](const Status&) { delete revocation; });
  }
}

}  // namespace kvs::kv::etcd
