// SPDX-License-Identifier: Apache-2.0
#include "watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kvs/sdk/kv_write.h"
#include "kvs/sdk/owned.h"

namespace kvs::ring::kv {
namespace {

constexpr int64_t kWatchMs = 10'000;
constexpr int64_t kRetryMs = 500;
constexpr int64_t kJudgeMs = 500;
constexpr int64_t kWatcherTimeoutMs = 10'000;

constexpr std::string_view kStates[] = {"PENDING", "JOINING", "ACTIVE", "LEAVING", "Unhealthy"};

std::string_view StateInMetrics(const PictureMember& member) {
  return member.healthy ? NameOf(member.instance.state) : "Unhealthy";
}

bool Same(const PictureMember& a, const PictureMember& b) {
  const Instance &x = a.instance, &y = b.instance;
  return a.healthy == b.healthy && x.id == y.id && x.address == y.address && x.zone == y.zone &&
         x.state == y.state && x.tokens == y.tokens && x.registered_ms == y.registered_ms &&
         x.read_only == y.read_only && x.read_only_changed_ms == y.read_only_changed_ms;
}

}  // namespace

Watcher::Watcher(sdk::Host host, const Config& config, const Metrics& metrics, std::string self)
    : config_(config),
      metrics_(metrics),
      host_(host),
      clock_(host.clock()),
      log_(host.log()),
      self_(std::move(self)),
      watch_ms_(std::max<int64_t>(100, std::min(kWatchMs, config.heartbeat_timeout.ms / 4))) {}

void Watcher::Start(sdk::KvRef kv, std::function<void()> changed) {
  kv_ = kv;
  changed_ = std::move(changed);
  run_ = [this] { Run(); };
  thread_ = host_.executor().StartThread("ring-watch", &run_);
  judge_ = [this] { Judge(); };
  judge_ticket_ = host_.timer().After(kJudgeMs, kJudgeMs, &judge_);
}

void Watcher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  stopping_.notify_all();
  host_.timer().Cancel(std::exchange(judge_ticket_, 0));
  if (thread_ != nullptr) host_.executor().JoinThread(std::exchange(thread_, nullptr));
}

std::shared_ptr<const Picture> Watcher::picture() const {
  const std::lock_guard lock(mutex_);
  return picture_;
}

int64_t Watcher::SilentMs(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(id);
  return found == known_.end() ? 0 : std::max<int64_t>(0, contact_ms_ - found->second.heard_ms);
}

// On a thread of its own: reads everybody, then follows the changes.
void Watcher::Run() {
  const std::string prefix = config_.Prefix();
  uint64_t revision = 0;
  bool has_read = false;
  while (!stop_.cancelled()) {
    sdk::OwnedCall call("ring", stop_.raw());
    sdk::Owned<kvs_kv_entries_t> found;
    Status status;
    if (!has_read) {
      call.WithTimeoutMs(kWatcherTimeoutMs);
      auto range = sdk::Record<kvs_kv_range_t>();
      range.is_prefix = 1;
      range.key = sdk::Str(prefix);
      status = sdk::Await(kv_.get(), call, &range, found.out());
    } else {
      call.WithTimeoutMs(watch_ms_);
      auto watch = sdk::Record<kvs_kv_watch_t>();
      watch.is_prefix = 1;
      watch.key = sdk::Str(prefix);
      watch.after = revision;
      status = sdk::Await(kv_.watch(), call, &watch, found.out());
    }
    if (status.ok()) {
      revision = std::max(revision, found->revision);
      Note(*found, !std::exchange(has_read, true));
      Judge();
      continue;
    }
    // Of a watch that no store has answered.
    if (has_read && status.code() == StatusCode::kDeadlineExceeded) continue;
    if (stop_.cancelled()) break;
    // A store that cannot be watched is read again and again.
    const bool read_again =
        status.code() == StatusCode::kOutOfRange || status.code() == StatusCode::kUnimplemented;
    has_read = has_read && !read_again;
    if (!has_read) revision = 0;
    if (!read_again) {
      metrics_.failures.With({config_.name}).Add();
      log_.Warn("the kv store does not answer: the ring stays as it was",
                {{"ring", config_.name}, {"error", status.message()}});
    }
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, std::chrono::milliseconds(std::min(kRetryMs, watch_ms_)),
                       [this] { return stop_.cancelled(); });
  }
}

// `complete`: the entries are all there are.
void Watcher::Note(const kvs_kv_entries_t& entries, bool complete) {
  const size_t prefix = config_.Prefix().size();
  const std::lock_guard lock(mutex_);
  Contact();
  std::map<std::string, Known> before;
  if (complete) before.swap(known_);
  for (uint64_t i = 0; i < entries.n_entries; ++i) {
    const kvs_kv_entry_t& entry = entries.entries[i];
    const std::string id(sdk::View(entry.key).substr(prefix));
    if (entry.revision == 0) {
      known_.erase(id);
      continue;
    }
    StatusOr<Instance> instance = Instance::FromJson(id, sdk::TextOf(entry.value));
    if (!instance.ok()) {
      log_.Warn("the kv store has a member that cannot be read",
                {{"key", sdk::View(entry.key)}, {"error", instance.status().message()}});
      continue;
    }
    Known& known = known_[id];
    known.revision = entry.revision;
    known.heard_ms = contact_ms_;
    if (complete) {
      // When it was heard of is not known but by its own clock, or by what was known before the
      // watch broke off.
      const auto old = before.find(id);
      if (old == before.end()) {
        known.heard_ms -= std::max<int64_t>(0, clock_.NowMs() - instance->heartbeat_ms);
      } else if (old->second.instance.heartbeat_ms == instance->heartbeat_ms) {
        known.heard_ms = old->second.heard_ms;
      }
    }
    known.instance = *std::move(instance);
  }
  has_read_ = true;
}

void Watcher::Contact() {
  const int64_t now_ns = clock_.MonotonicNs();
  // A longer silence than a watch lasts was an absence.
  if (contacted_ns_ != 0)
    contact_ms_ += std::min((now_ns - contacted_ns_) / 1'000'000, 2 * watch_ms_);
  contacted_ns_ = now_ns;
}

void Watcher::Judge() {
  std::vector<std::pair<std::string, uint64_t>> forget;
  {
    const std::lock_guard lock(mutex_);
    if (!has_read_) return;
    std::vector<PictureMember> members;
    const int64_t forget_ms = config_.auto_forget_unhealthy_periods * config_.heartbeat_timeout.ms;
    for (const auto& [id, known] : known_) {
      const int64_t silent_ms = contact_ms_ - known.heard_ms;
      members.push_back({known.instance, silent_ms <= config_.heartbeat_timeout.ms, id == self_});
      if (config_.join && forget_ms > 0 && silent_ms > forget_ms && id != self_)
        forget.emplace_back(id, known.revision);
    }
    TellOldest(members);
    const bool same = picture_ != nullptr && picture_->members().size() == members.size() &&
                      std::equal(members.begin(), members.end(), picture_->members().begin(), Same);
    if (!same) {
      TellMembers(members);
      const uint64_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
      picture_ = std::make_shared<const Picture>(
          epoch, std::move(members),
          Picture::Options{static_cast<uint32_t>(config_.replication_factor),
                           config_.zone_awareness_enabled},
          picture_.get());
      epoch_.store(epoch, std::memory_order_release);
    }
    if (same && forget.empty()) return;
  }
  if (changed_) changed_();
  for (const auto& [id, revision] : forget) Forget(id, revision);
}

void Watcher::TellMembers(const std::vector<PictureMember>& members) const {
  std::map<std::string_view, double> states;
  for (const std::string_view state : kStates) states[state] = 0;
  double tokens = 0;
  metrics_.member_tokens.Remove({config_.name});  // Of who is gone.
  for (const PictureMember& member : members) {
    ++states[StateInMetrics(member)];
    tokens += member.instance.tokens;
    metrics_.member_tokens.With({config_.name, member.instance.id}).Set(member.instance.tokens);
    if (member.is_self) metrics_.own_tokens.With({config_.name}).Set(member.instance.tokens);
  }
  for (const auto& [state, n] : states) metrics_.members.With({config_.name, state}).Set(n);
  metrics_.tokens.With({config_.name}).Set(tokens);
}

void Watcher::TellOldest(const std::vector<PictureMember>& members) const {
  std::map<std::string_view, int64_t> oldest_ms;
  for (const std::string_view state : kStates) oldest_ms[state] = 0;
  for (const PictureMember& member : members) {
    int64_t& oldest = oldest_ms[StateInMetrics(member)];
    const int64_t heartbeat_ms = member.instance.heartbeat_ms;
    if (oldest == 0 || heartbeat_ms < oldest) oldest = heartbeat_ms;
  }
  for (const auto& [state, ms] : oldest_ms)
    metrics_.oldest.With({config_.name, state}).Set(static_cast<double>(ms / 1'000));
}

void Watcher::Forget(const std::string& id, uint64_t revision) {
  const std::string key = config_.Prefix() + id;
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(key);
  // It may have come back, or another member may have been faster.
  write.flags = KVS_KV_DELETE | KVS_KV_COMPARE;
  write.expected = revision;
  sdk::OwnedCall call("ring", stop_.raw());
  call.WithTimeoutMs(kWatcherTimeoutMs);
  const Status status = sdk::ApplyOne(kv_, call, write).status();
  if (status.ok())
    log_.Warn("a member that was not heard of for long is forgotten",
              {{"ring", config_.name}, {"instance", id}});
}

}  // namespace kvs::ring::kv
