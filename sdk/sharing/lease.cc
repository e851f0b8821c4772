// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/lease.h"

#include <algorithm>
#include <random>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/kv_write.h"
#include "kvs/sdk/owned.h"

namespace kvs::sharing {
namespace {

// Renewals in the time of a lease: one may fail and the next still comes in time.
constexpr int64_t kRenewals = 3;
constexpr int64_t kTimeoutMaxMs = 5'000;

std::string UniqueValue(std::string_view holder) {
  std::random_device random;
  return StrCat(holder, " ", random(), "-", random(), "-", random());
}

}  // namespace

Lease::Lease(sdk::Host host, sdk::KvRef kv, Options options)
    : host_(host),
      clock_(host.clock()),
      kv_(kv),
      options_(std::move(options)),
      value_(UniqueValue(options_.holder)) {}

StatusOr<std::unique_ptr<Lease>> Lease::Take(sdk::Host host, sdk::KvRef kv, Options options) {
  std::unique_ptr<Lease> lease(new Lease(host, kv, std::move(options)));
  const int64_t sent_ns = lease->clock_.MonotonicNs();
  StatusOr<uint64_t> revision = lease->Write(0);
  if (!revision.ok()) {
    if (revision.status().code() == StatusCode::kAborted)
      return Aborted("somebody else holds ", lease->options_.key);
    return Annotate(revision.status(), "the lease ", lease->options_.key);
  }
  lease->token_ = *revision;
  lease->Renewed(*revision, sent_ns);
  lease->renew_ = [self = lease.get()] {
    // What fails here shows in Check() when it is too late, and not before.
    IgnoreError(self->Confirm(), "tried again");
  };
  const int64_t period_ms = std::max<int64_t>(1, lease->options_.ttl_ms / kRenewals);
  lease->ticket_ = host.timer().After(period_ms, period_ms, &lease->renew_);
  return lease;
}

Lease::~Lease() {
  host_.timer().Cancel(std::exchange(ticket_, 0));
  if (token_ == 0 || lost_) return;
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(options_.key);
  write.flags = KVS_KV_DELETE | KVS_KV_COMPARE;
  {
    const std::lock_guard lock(mutex_);
    write.expected = revision_;
  }
  sdk::OwnedCall call("lease");
  call.WithTimeoutMs(std::min(options_.ttl_ms, kTimeoutMaxMs));
  IgnoreError(sdk::ApplyOne(kv_, call, write).status(), "it ends by itself");
}

StatusOr<uint64_t> Lease::Write(uint64_t expected) const {
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(options_.key);
  write.value = sdk::Bytes(std::string_view(value_));
  write.flags = KVS_KV_COMPARE;
  write.expected = expected;
  write.ttl_ms = static_cast<uint32_t>(options_.ttl_ms);
  sdk::OwnedCall call("lease");
  call.WithTimeoutMs(std::min(options_.ttl_ms / kRenewals, kTimeoutMaxMs));
  return sdk::ApplyOne(kv_, call, write);
}

StatusOr<uint64_t> Lease::ReadOwn() const {
  auto range = sdk::Record<kvs_kv_range_t>();
  range.key = sdk::Str(options_.key);
  sdk::Owned<kvs_kv_entries_t> found;
  sdk::OwnedCall call("lease");
  call.WithTimeoutMs(std::min(options_.ttl_ms / kRenewals, kTimeoutMaxMs));
  KVS_RETURN_IF_ERROR(sdk::Await(kv_.get(), call, &range, found.out()));
  const bool own = found->n_entries > 0 && sdk::TextOf(found->entries[0].value) == value_;
  return own ? found->entries[0].revision : 0;
}

// Holds mutex_, or is alone.
void Lease::Renewed(uint64_t revision, int64_t sent_ns) {
  revision_ = revision;
  good_until_ns_ = sent_ns + (options_.ttl_ms - options_.ttl_ms / 4) * 1'000'000;
}

Status Lease::Check() const {
  if (lost_) return Aborted("the lease ", options_.key, " is lost to somebody else");
  if (clock_.MonotonicNs() >= good_until_ns_)
    return Aborted("the lease ", options_.key, " could not be renewed in time");
  return OkStatus();
}

Status Lease::Confirm() {
  const std::lock_guard lock(mutex_);
  if (lost_) return Aborted("the lease ", options_.key, " is lost to somebody else");
  int64_t sent_ns = clock_.MonotonicNs();
  StatusOr<uint64_t> revision = Write(revision_);
  if (!revision.ok() && revision.status().code() == StatusCode::kAborted) {
    // An answer that never came may have been a yes: then the entry is ours, of another revision.
    KVS_ASSIGN_OR_RETURN(const uint64_t own, ReadOwn());
    if (own != 0) {
      sent_ns = clock_.MonotonicNs();
      revision = Write(own);
    }
  }
  if (!revision.ok()) {
    if (revision.status().code() != StatusCode::kAborted)
      return Annotate(revision.status(), "the lease ", options_.key);
    lost_ = true;
    return Aborted("the lease ", options_.key, " is lost to somebody else");
  }
  Renewed(*revision, sent_ns);
  return OkStatus();
}

}  // namespace kvs::sharing
