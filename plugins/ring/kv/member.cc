// SPDX-License-Identifier: Apache-2.0
#include "member.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kvs/sdk/kv_write.h"
#include "kvs/sdk/owned.h"

namespace kvs::ring::kv {
namespace {

constexpr int64_t kTickMs = 200;
constexpr int64_t kMemberTimeoutMs = 5'000;

}  // namespace

Member::Member(sdk::Host host, const Config& config, const Metrics& metrics, std::string id)
    : config_(config), metrics_(metrics), host_(host), clock_(host.clock()), log_(host.log()) {
  instance_.id = std::move(id);
}

void Member::Start(sdk::KvRef kv, std::vector<sdk::HolderRef> holders) {
  kv_ = kv;
  holders_ = std::move(holders);
  beat_ = [this] { Beat(); };
  ticket_ = host_.timer().After(0, kTickMs, &beat_);
}

void Member::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  stopping_.notify_all();
  host_.timer().Cancel(std::exchange(ticket_, 0));
}

Status Member::Publish() {
  std::string value;
  const std::string key = config_.Prefix() + instance_.id;
  {
    const std::lock_guard lock(mutex_);
    instance_.heartbeat_ms = clock_.NowMs();
    value = instance_.ToJson();
  }
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(key);
  write.value = sdk::Bytes(std::string_view(value));
  sdk::OwnedCall call("ring", stop_.raw());
  call.WithTimeoutMs(kMemberTimeoutMs);
  const Status status = sdk::ApplyOne(kv_, call, write).status();
  if (status.ok()) {
    metrics_.heartbeats.With({config_.name}).Add();
    const std::lock_guard lock(mutex_);
    beaten_ns_ = clock_.MonotonicNs();
  } else {
    metrics_.failures.With({config_.name}).Add();
  }
  return status;
}

Status Member::Remove() {
  const std::string key = config_.Prefix() + instance_.id;
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(key);
  write.flags = KVS_KV_DELETE;
  sdk::OwnedCall call("ring", stop_.raw());
  call.WithTimeoutMs(kMemberTimeoutMs);
  return sdk::ApplyOne(kv_, call, write).status();
}

Status Member::Register() {
  const std::string key = config_.Prefix() + instance_.id;
  auto range = sdk::Record<kvs_kv_range_t>();
  range.key = sdk::Str(key);
  sdk::Owned<kvs_kv_entries_t> found;
  sdk::OwnedCall call("ring", stop_.raw());
  call.WithTimeoutMs(kMemberTimeoutMs);
  KVS_RETURN_IF_ERROR(sdk::Await(kv_.get(), call, &range, found.out()));
  {
    const std::lock_guard lock(mutex_);
    const std::string id = instance_.id;
    instance_ = Instance();
    instance_.registered_ms = clock_.NowMs();
    if (found->n_entries > 0) {
      // An entry that cannot be read is written anew.
      StatusOr<Instance> old = Instance::FromJson(id, sdk::TextOf(found->entries[0].value));
      if (old.ok()) instance_ = *std::move(old);
    }
    instance_.id = id;
    instance_.address = config_.instance_addr;
    instance_.zone = config_.instance_availability_zone;
    instance_.tokens = static_cast<uint32_t>(config_.num_tokens);
    instance_.state = State::kJoining;
  }
  KVS_RETURN_IF_ERROR(Publish());
  const std::lock_guard lock(mutex_);
  registered_ = true;
  joined_ns_ = clock_.MonotonicNs();
  log_.Info("in the ring, and answers reads",
            {{"ring", config_.name}, {"instance", instance_.id}, {"address", instance_.address}});
  return OkStatus();
}

// Several times a second, and does something only when it is time. [worker]
void Member::Beat() {
  const std::unique_lock one(beating_, std::try_to_lock);
  if (!one.owns_lock() || stop_.cancelled()) return;
  bool registered = false, joins = false, due = false;
  {
    const int64_t now = clock_.MonotonicNs();
    const std::lock_guard lock(mutex_);
    registered = registered_;
    joins = registered && instance_.state == State::kJoining &&
            now - joined_ns_ >= config_.observe_period.ms * 1'000'000;
    due = registered && now - beaten_ns_ >= config_.heartbeat_period.ms * 1'000'000;
    if (joins) instance_.state = State::kActive;
  }
  Status status;
  if (!registered) {
    status = Register();
  } else if (joins || due) {
    status = Publish();
  }
  if (status.ok()) {
    if (joins) {
      active_ = true;
      log_.Info("takes writes", {{"ring", config_.name}});
    }
    return;
  }
  if (joins) {
    const std::lock_guard lock(mutex_);
    if (instance_.state == State::kActive) instance_.state = State::kJoining;
  }
  if (!stop_.cancelled())
    log_.Warn("the kv store does not take what this member says",
              {{"ring", config_.name}, {"error", status.message()}});
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, std::chrono::milliseconds(kTickMs),
                     [this] { return stop_.cancelled(); });
}

Status Member::SetReadOnly(bool read_only) {
  {
    const std::lock_guard lock(mutex_);
    if (!registered_) return Unavailable("this instance is not in the ring yet").Retryable();
    if (instance_.read_only == read_only) return OkStatus();
    instance_.read_only = read_only;
    instance_.read_only_changed_ms = clock_.NowMs();
  }
  return Publish();
}

bool Member::is_read_only() const {
  const std::lock_guard lock(mutex_);
  return instance_.read_only;
}

int64_t Member::read_only_changed_ms() const {
  const std::lock_guard lock(mutex_);
  return instance_.read_only_changed_ms;
}

// Whether nothing is kept.
bool Member::HandOver() {
  bool keeps = false;
  for (const sdk::HolderRef& holder : holders_) {
    auto out = sdk::Record<kvs_hand_over_t>();
    const Status status = sdk::Await(holder.hand_over(), sdk::OwnedCall("ring"), nullptr, &out);
    if (!status.ok())
      log_.Error("not everything could be handed over: it stays here",
                 {{"error", status.message()}});
    keeps = keeps || !status.ok() || out.keeps != 0;
  }
  return !keeps;
}

void Member::Leave() {
  {
    const std::lock_guard lock(mutex_);
    if (!registered_) return;
    instance_.state = State::kLeaving;
  }
  active_ = false;
  const Status leaving = Publish();
  if (!leaving.ok())
    log_.Warn("the ring does not know that this member is leaving", {{"error", leaving.message()}});
  const bool empty = HandOver();
  if (!empty && !config_.unregister_on_shutdown) {
    log_.Info("stays in the ring as LEAVING: it keeps data that comes back with it",
              {{"ring", config_.name}});
    return;
  }
  {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, std::chrono::milliseconds(config_.final_sleep.ms),
                       [this] { return stop_.cancelled(); });
    registered_ = false;
  }
  host_.timer().Cancel(std::exchange(ticket_, 0));  // Else a heartbeat would bring it back.
  const Status removed = Remove();
  if (removed.ok()) {
    log_.Info("left the ring", {{"ring", config_.name}});
  } else {
    log_.Warn("could not leave the ring: it will be forgotten", {{"error", removed.message()}});
  }
}

}  // namespace kvs::ring::kv
