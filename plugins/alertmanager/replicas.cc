// SPDX-License-Identifier: Apache-2.0
#include "replicas.h"

#include <iterator>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {
namespace {

// Of states that go in one request. A state is small, but there may be thousands of tenants; what
// is above goes with the next request.
constexpr size_t kBodyBytes = 4 << 20;

}  // namespace

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

StatusOr<Replicas::Answers> Replicas::Send(std::string_view body, size_t n, bool wants_theirs,
                                           Silent* silent) {
  KVS_ASSIGN_OR_RETURN(const sharing::Share share, ring_.Of("alertmanager"));
  std::vector<sharing::Share::Worker> others = share.Everybody();
  std::erase_if(others, [&](const auto& one) { return silent->contains(one.id); });
  Answers out = peers_->Ask(
      sdk::OwnedCall(""), others,
      {.method = "POST",
       .path = StrCat(config_.prefix, "/replicas/state?exchange=", wants_theirs ? "true" : "false"),
       .body = body,
       .content_type = "application/x-protobuf"});
  std::erase_if(out, [&](const peers::Peers::Answer& answer) {
    const bool ok = answer.reply.ok() && answer.reply->code == 200;
    (ok ? metrics_.replications : metrics_.replications_failed).Add(static_cast<double>(n));
    if (!ok) {
      silent->insert(answer.id);
      host_.log().Warn("another Alertmanager could not be told of silences and notifications",
                       {{"tenants", StrCat(n)},
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
  pending.ends.insert(pending.ends.end(), changes.ends.begin(), changes.ends.end());
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
    Silent silent;
    for (auto at = pending.begin(); at != pending.end();) {
      std::string body;
      size_t n = 0;
      for (; at != pending.end() && body.size() < kBodyBytes; ++at, ++n)
        body += EncodeFullState(at->first, at->second);
      IgnoreError(Send(body, n, false, &silent).status(), "it comes with the next exchange");
    }
  }
}

Status Replicas::Exchange(const std::vector<Exchanged>& tenants) {
  if (!any()) return OkStatus();
  Silent silent;
  for (size_t i = 0; i < tenants.size() && !stopping();) {
    std::string body;
    std::map<std::string_view, const Exchanged*> asked;
    for (; i < tenants.size() && body.size() < kBodyBytes; ++i) {
      body += EncodeFullState(tenants[i].tenant, tenants[i].state());
      asked.emplace(tenants[i].tenant, &tenants[i]);
    }
    KVS_ASSIGN_OR_RETURN(const Answers answers, Send(body, asked.size(), true, &silent));
    for (const peers::Peers::Answer& answer : answers) {
      size_t skipped = 0;
      const StatusOr<std::map<std::string, FullState>> theirs =
          DecodeFullStates(answer.reply->body, &skipped);
      if (!theirs.ok()) {
        host_.log().Error("the state of another Alertmanager cannot be read",
                          {{"replica", answer.id}, {"error", theirs.status().message()}});
        continue;
      }
      if (skipped > 0)
        host_.log().Warn(
            "silences of another Alertmanager are not understood, and do not hold here",
            {{"replica", answer.id}, {"silences", StrCat(skipped)}});
      for (const auto& [tenant, state] : *theirs) {
        if (const auto found = asked.find(tenant); found != asked.end())
          found->second->merge(state);
      }
    }
    for (const auto& [tenant, one] : asked) one->done(!answers.empty());
  }
  return OkStatus();
}

}  // namespace kvs::alertmanager
