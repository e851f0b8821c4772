// SPDX-License-Identifier: Apache-2.0
#include "replicas.h"

#include <iterator>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {

Replicas::Replicas(sdk::Host host, const Config& config, const Metrics& metrics)
    : host_(host), config_(config), metrics_(metrics) {}

Status Replicas::Start(sdk::RingRef ring) {
  ring_.Use(ring);
  if (!ring) return OkStatus();
  peers_ = std::make_unique<peers::Peers>(
      host_, peers::PeersOptions{.timeout_ms = config_.peers_timeout.ms,
                                 .ca_file = config_.peers_ca_file,
                                 .cert_file = config_.peers_cert_file,
                                 .key_file = config_.peers_key_file,
                                 .bearer_token = config_.peers_bearer_token.value,
                                 .thread = "alert-peers"});
  return peers_->Start();
}

void Replicas::Stop() {
  if (peers_ == nullptr) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    while (sending_) idle_.wait(mutex_);
  }
  peers_->Stop();
}

int64_t Replicas::WaitMs() const {
  if (!any()) return 0;
  const StatusOr<sharing::Share> share = ring_.Of("alertmanager");
  // Who does not know of others does not wait: twice is better than never.
  if (!share.ok()) return 0;
  int64_t position = 0;
  for (const sharing::Share::Worker& one : share->Everybody()) {
    if (one.is_self) break;
    ++position;
  }
  return position * config_.peer_timeout.ms;
}

StatusOr<std::vector<peers::Peers::Answer>> Replicas::Send(const std::string& tenant,
                                                           const FullState& state,
                                                           bool wants_theirs) {
  KVS_ASSIGN_OR_RETURN(const sharing::Share share, ring_.Of("alertmanager"));
  const std::string body = EncodeFullState(tenant, state);
  std::vector<peers::Peers::Answer> out = peers_->Ask(
      sdk::OwnedCall(tenant), share.Everybody(),
      {.method = "POST",
       .path = StrCat(config_.prefix, "/replicas/state?exchange=", wants_theirs ? "true" : "false"),
       .body = body,
       .content_type = "application/x-protobuf"});
  std::erase_if(out, [&](const peers::Peers::Answer& answer) {
    const bool ok = answer.reply.ok() && answer.reply->code == 200;
    (ok ? metrics_.replications : metrics_.replications_failed).Add();
    if (!ok) {
      host_.log().Warn("another Alertmanager could not be told of silences and notifications",
                       {{"tenant", tenant},
                        {"replica", answer.id},
                        {"error", answer.reply.ok() ? StrCat("it answers ", answer.reply->code)
                                                    : answer.reply.status().message()}});
    }
    return !ok;
  });
  return out;
}

void Replicas::Spread(const std::string& tenant, FullState changes) {
  if (!any()) return;
  const MutexLock lock(mutex_);
  if (stopping_) return;
  FullState& pending = pending_[tenant];
  std::move(changes.silences.begin(), changes.silences.end(), std::back_inserter(pending.silences));
  std::move(changes.entries.begin(), changes.entries.end(), std::back_inserter(pending.entries));
  if (std::exchange(sending_, true)) return;
  host_.executor().PostWorker([this] { SendPending(); });
}

void Replicas::SendPending() {
  while (true) {
    std::map<std::string, FullState> pending;
    {
      const MutexLock lock(mutex_);
      pending.swap(pending_);
      if (pending.empty()) {
        sending_ = false;
        idle_.notify_all();
        return;
      }
    }
    for (const auto& [tenant, state] : pending)
      IgnoreError(Send(tenant, state, false).status(), "it comes with the next exchange");
  }
}

Status Replicas::Exchange(const std::string& tenant, const FullState& state,
                          const std::function<void(const FullState&)>& merge) {
  if (!any()) return OkStatus();
  KVS_ASSIGN_OR_RETURN(const std::vector<peers::Peers::Answer> answers, Send(tenant, state, true));
  for (const peers::Peers::Answer& answer : answers) {
    const StatusOr<FullState> theirs = DecodeFullState(answer.reply->body);
    if (theirs.ok()) {
      merge(*theirs);
    } else {
      host_.log().Error(
          "the state of another Alertmanager cannot be read",
          {{"tenant", tenant}, {"replica", answer.id}, {"error", theirs.status().message()}});
    }
  }
  return OkStatus();
}

}  // namespace kvs::alertmanager
