// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <unistd.h>

#include <utility>

namespace kvs::ring::kv {
namespace {

std::string IdOf(const Config& config) {
  if (!config.join) return "";
  if (!config.instance_id.empty()) return config.instance_id;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

}  // namespace

KvRing::KvRing(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      clock_(host.clock()),
      metrics_(host.metrics()),
      id_(IdOf(config_)),
      watcher_(host, config_, metrics_, id_),
      member_(config_.join ? std::make_unique<Member>(host, config_, metrics_, id_) : nullptr),
      page_(host, config_, watcher_, member_.get()) {}

sdk::Outcome KvRing::Start(const sdk::Call&, sdk::Completer&) {
  page_.Use(kv);
  if (http) KVS_RETURN_IF_ERROR(page_.Add(http));
  ShowHealth();
  watcher_.Start(kv, [this] { ShowHealth(); });
  if (member_ != nullptr) member_->Start(kv, holders);
  return OkStatus();
}

sdk::Outcome KvRing::Drain(const sdk::Call&, sdk::Completer& completer) {
  if (member_ == nullptr) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    member_->Leave();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome KvRing::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (http) http.RemoveAll(host_.component());
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    if (member_ != nullptr) member_->Stop();
    watcher_.Stop();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

void KvRing::ShowHealth() {
  const sdk::Health health = host_.health();
  const std::shared_ptr<const Picture> picture = watcher_.picture();
  if (picture == nullptr) return health.NotReady("reading the ring from the kv store");
  if (member_ == nullptr) return health.Ready();
  for (const PictureMember& member : picture->members()) {
    if (!member.is_self) continue;
    if (member.instance.state == State::kActive) return health.Ready();
    return health.NotReady(NameOf(member.instance.state));
  }
  health.NotReady("not in the ring yet");
}

sdk::Outcome KvRing::Snapshot(const sdk::Call& call, const kvs_ring_query_t& in,
                              kvs_ring_snapshot_t& out, sdk::Completer&) {
  const std::shared_ptr<const Picture> picture = watcher_.picture();
  if (picture == nullptr)
    return Unavailable("the ring of ", config_.name, "s has not been read from the kv store yet")
        .Retryable();
  Picture::HandOut(picture, call.tenant(), in, clock_.NowMs(), out);
  return OkStatus();
}

}  // namespace kvs::ring::kv
