// SPDX-License-Identifier: Apache-2.0
// NotifierBase: a notifier without its way of telling: settings and templates of receivers, made
// once and remembered by their content, limits of tenants, the client, the life of a component.
#pragma once

#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"
#include "kvs/http_client/http_client.h"
#include "kvs/notify/group.h"
#include "kvs/notify/options.h"
#include "kvs/notify/rendering.h"
#include "kvs/notify/settings.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/gate.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/notifier.h"
#include "kvs/sdk/task.h"

namespace kvs::notify {

class Firewall;
struct Metrics;
class RateLimits;
class Secrets;
class TokenSource;

/// One notification on its way: what a notifier makes its message of.
struct Delivery {
  const sdk::Call& call;
  const Settings& settings;
  const Group& group;
  Rendering& rendering;
  const Secrets& secrets;
  const Firewall& firewall;
  Memory memory;  ///< What it wants to know at the next one.

  /// The setting, or what its file says: `name` and name_file. Empty when there is neither.
  /// [worker]
  StatusOr<std::string> Secret(std::string_view name) const;
  /// How a peer is called that is no HTTP server: as a table tls_config says, and within the
  /// firewall. Borrows this. [worker]
  StatusOr<http_client::PeerOptions> Peer(const Settings& tls_config) const;
};

class NotifierBase : public sdk::Component, public sdk::Notifier {
 public:
  ~NotifierBase() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  std::string_view Type() const noexcept final { return type_; }
  sdk::Outcome CheckReceiver(const sdk::Call& call, const kvs_receiver_t& in,
                             sdk::Completer& completer) final;
  /// Renders on the caller's thread, so its port is a blocking one; waits on that of the client.
  sdk::Outcome Notify(const sdk::Call& call, const kvs_notification_t& in, kvs_delivery_t& out,
                      sdk::Completer& completer) final;

  sdk::LimiterRef limits;

 protected:
  /// `type` is static text.
  NotifierBase(sdk::Host host, const Options& options, std::string_view type);

  /// Whether secrets of these settings may be read where they say. [any]
  static Status CheckSecrets(const Settings& settings, const Secrets& secrets,
                             std::initializer_list<const char*> names);
  /// What is wrong with the settings, beside what Alertmanager's configuration refuses. [any]
  virtual Status CheckSettings(const Settings& settings, const Secrets& secrets) const = 0;
  /// Alerts that a message has room for; 0: any number. [any]
  virtual size_t MaxAlerts(const Settings& /*settings*/) const { return 0; }
  /// Tells. Begins on a worker, ends anywhere.
  virtual sdk::Co<Status> Deliver(Delivery& delivery) = 0;

  const sdk::Host& host() const { return host_; }
  const Options& options() const { return options_; }
  http_client::HttpClient& client() { return *client_; }
  TokenSource& tokens() { return *tokens_; }

 private:
  struct Prepared;
  StatusOr<std::shared_ptr<const Prepared>> Prepare(const kvs_receiver_t& in);
  sdk::Task DoNotify(sdk::Call call, const kvs_notification_t& in, kvs_delivery_t& out);
  sdk::Co<Status> Tell(const sdk::Call& call, const kvs_notification_t& in, kvs_delivery_t& out);

  const sdk::Host host_;
  const Options options_;
  const std::string_view type_;
  const std::unique_ptr<const Metrics> metrics_;
  const std::unique_ptr<const Secrets> secrets_;
  const std::unique_ptr<Firewall> firewall_;
  const std::unique_ptr<RateLimits> rate_limits_;
  const std::unique_ptr<http_client::HttpClient> client_;
  const std::unique_ptr<TokenSource> tokens_;
  sdk::Gate gate_;
  bool started_ = false;

  // Made of the content of settings and templates: the same of two tenants is the same.
  using Recent = std::list<std::pair<std::string, std::shared_ptr<const Prepared>>>;
  Mutex mutex_;
  Recent recent_ KVS_GUARDED_BY(mutex_);  // The last one used first.
  std::map<std::string_view, Recent::iterator> by_key_ KVS_GUARDED_BY(mutex_);
};

/// What plugin.cc says of every notifier.
template <typename T, typename C>
sdk::ComponentType<T, C> NotifierType(const char* name, const char* summary) {
  return sdk::ComponentType<T, C>(name, summary, KVS_BETA)
      .template Provides<sdk::Notifier>("notifier", "Tells receivers of one kind",
                                        KVS_PORT_BLOCKING)
      .MayRequire("limits", &NotifierBase::limits,
                  "Rates and firewalls of tenants; without it the settings here hold for all");
}

}  // namespace kvs::notify
