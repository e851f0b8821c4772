// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/notifier_base.h"

#include <utility>

#include "kvs/alerting/templates.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/sigv4/digests.h"

#include "firewall.h"
#include "metrics.h"
#include "oauth2.h"
#include "peer.h"
#include "rate_limits.h"
#include "secrets.h"

namespace kvs::notify {
namespace {

constexpr size_t kRecentMax = 1000;  // Receivers of which settings and templates stay read.

http_client::HttpOptions ClientOptions(const Options& options, std::string_view type) {
  http_client::HttpOptions out;
  out.connect_timeout_ms = options.connect_timeout.ms;
  out.stall_timeout_ms = options.request_timeout.ms;
  out.max_connections = options.max_connections;
  out.peer = "the receiver";
  out.ca_setting = "tls_config.ca";
  out.cert_setting = "tls_config.cert or tls_config.key";
  out.thread = std::string(type.substr(0, 15));
  return out;
}

struct HeldMemory {
  Memory memory;
  std::vector<kvs_pair_t> raw;
};

void HandOutMemory(Memory memory, kvs_delivery_t& out) {
  if (memory.empty()) return;
  auto held = std::make_unique<HeldMemory>();
  held->memory = std::move(memory);
  for (const auto& [name, value] : held->memory)
    held->raw.push_back({sdk::Str(name), sdk::Str(value)});
  out.memory = held->raw.data();
  out.n_memory = held->raw.size();
  sdk::HandOut(out, std::move(held));
}

}  // namespace

Status NotifierBase::CheckSecrets(const Settings& settings, const Secrets& secrets,
                                  std::initializer_list<const char*> names) {
  for (const char* name : names) KVS_RETURN_IF_ERROR(secrets.Check(settings, name));
  return OkStatus();
}

struct NotifierBase::Prepared {
  Settings settings;
  gotemplate::TemplateSet templates;
  Status checked;
};

StatusOr<std::string> Delivery::Secret(std::string_view name) const {
  return secrets.Get(settings, name);
}

StatusOr<http_client::PeerOptions> Delivery::Peer(const Settings& tls_config) const {
  http_client::PeerOptions out;
  KVS_RETURN_IF_ERROR(ReadTls(tls_config, secrets, out));
  if (firewall.blocks_anything())
    out.may_connect = [this](const sockaddr& address) { return firewall.Check(address); };
  return out;
}

NotifierBase::NotifierBase(sdk::Host host, const Options& options, std::string_view type)
    : host_(host),
      options_(options),
      type_(type),
      metrics_(std::make_unique<const Metrics>(host.metrics())),
      secrets_(std::make_unique<const Secrets>(options)),
      firewall_(std::make_unique<Firewall>()),
      rate_limits_(std::make_unique<RateLimits>(host, type)),
      client_(std::make_unique<http_client::HttpClient>(host, ClientOptions(options, type))),
      tokens_(std::make_unique<TokenSource>(host, *client_)) {}

NotifierBase::~NotifierBase() = default;

sdk::Outcome NotifierBase::Start(const sdk::Call&, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(
      *firewall_, Firewall::Make(options_.block_private_addresses, options_.block_cidr_networks));
  KVS_RETURN_IF_ERROR(client_->Start());
  started_ = true;
  return OkStatus();
}

sdk::Outcome NotifierBase::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (!started_) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  client_->Abort();
  // The last one may leave on the client's own thread, which cannot be joined there.
  gate_.Close([this, done] {
    host_.executor().PostWorker([this, done] {
      client_->Stop();
      (*done)(OkStatus());
    });
  });
  return sdk::Pending();
}

StatusOr<std::shared_ptr<const NotifierBase::Prepared>> NotifierBase::Prepare(
    const kvs_receiver_t& in) {
  std::string content = sdk::Text(in.settings);
  for (uint64_t i = 0; i < in.n_templates; ++i)
    StrAppend(content, "\n", in.templates[i].name.size, "\n", sdk::View(in.templates[i].name), "\n",
              in.templates[i].value.size, "\n", sdk::View(in.templates[i].value));
  const std::string key = sigv4::Sha256(content);
  {
    const MutexLock lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return recent_.front().second;
    }
  }
  KVS_ASSIGN_OR_RETURN(Settings settings, Settings::Parse(sdk::View(in.settings)));
  std::vector<std::pair<std::string, std::string>> files;
  for (uint64_t i = 0; i < in.n_templates; ++i)
    files.emplace_back(sdk::Text(in.templates[i].name), sdk::Text(in.templates[i].value));
  KVS_ASSIGN_OR_RETURN(
      gotemplate::TemplateSet templates,
      alerting::NotificationTemplates(files, [host = host_] { return host.clock().NowMs(); }));
  Status checked = CheckSettings(settings, *secrets_);
  auto made = std::make_shared<const Prepared>(
      Prepared{std::move(settings), std::move(templates), std::move(checked)});
  const MutexLock lock(mutex_);
  if (by_key_.find(key) == by_key_.end()) {
    recent_.emplace_front(key, made);
    by_key_.emplace(recent_.front().first, recent_.begin());
  }
  if (recent_.size() > kRecentMax) {
    by_key_.erase(recent_.back().first);
    recent_.pop_back();
  }
  return std::shared_ptr<const Prepared>(std::move(made));
}

sdk::Outcome NotifierBase::CheckReceiver(const sdk::Call&, const kvs_receiver_t& in,
                                         sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const Prepared> prepared, Prepare(in));
  return prepared->checked;
}

sdk::Outcome NotifierBase::Notify(const sdk::Call& call, const kvs_notification_t& in,
                                  kvs_delivery_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, DoNotify(call, in, out));
}

sdk::Task NotifierBase::DoNotify(sdk::Call call, const kvs_notification_t& in,
                                 kvs_delivery_t& out) {
  sdk::Co<Status> telling = Tell(call, in, out);
  Status ended = co_await telling;
  metrics_->requests.With({type_, ended.ok()          ? "sent"
                                  : ended.retryable() ? "retry"
                                                      : "failed"})
      .Add();
  co_return ended;
}

sdk::Co<Status> NotifierBase::Tell(const sdk::Call& call, const kvs_notification_t& in,
                                   kvs_delivery_t& out) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || !started_)
    co_return Unavailable("the notifier is not started, or stops").Retryable();
  if (const Status alive = call.CheckAlive(); !alive.ok()) co_return alive;
  const StatusOr<std::shared_ptr<const Prepared>> prepared = Prepare(*in.receiver);
  if (!prepared.ok()) co_return prepared.status();
  if (!(*prepared)->checked.ok()) co_return (*prepared)->checked;
  if (const Status may = rate_limits_->Take(limits, call); !may.ok()) co_return may;
  const StatusOr<Firewall> firewall = rate_limits_->FirewallOf(limits, call, *firewall_);
  if (!firewall.ok()) co_return firewall.status();

  const Settings& settings = (*prepared)->settings;
  const Group group = ReadGroup(in, MaxAlerts(settings));
  Rendering rendering((*prepared)->templates, gotemplate::NotificationValue(group.data));
  sdk::OwnedCall bounded(call, call.tenant());
  bounded.WithTimeoutMs(options_.request_timeout.ms);
  if (const int64_t own_ms = settings.DurationMs("timeout"); own_ms > 0)
    bounded.WithTimeoutMs(own_ms);
  const sdk::Call one = bounded.call();
  Delivery delivery{one, settings, group, rendering, *secrets_, *firewall, {}};
  sdk::Co<Status> delivering = Deliver(delivery);
  const Status ended = co_await delivering;
  if (!ended.ok()) {
    // Its own time is over, not that of whoever asked: another attempt may have more luck.
    const bool own = ended.code() == StatusCode::kDeadlineExceeded && call.CheckAlive().ok();
    co_return own ? Unavailable("the receiver did not answer in time").Retryable() : ended;
  }
  HandOutMemory(std::move(delivery.memory), out);
  co_return OkStatus();
}

}  // namespace kvs::notify
