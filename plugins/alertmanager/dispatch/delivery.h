// SPDX-License-Identifier: Apache-2.0
// Delivery: one notification on its way to one receiver, in one way; and Notifiers, who carry them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/notifier.h"

#include "config/tenant_config.h"
#include "dispatcher.h"
#include "state/notification_log.h"

namespace kvs::alertmanager {

/// The notifiers that are wired, by the integration each is for. Immutable. [any]
class Notifiers {
 public:
  Notifiers() = default;
  /// AlreadyExists when two are for the same.
  static StatusOr<Notifiers> Make(const std::vector<sdk::NotifierRef>& refs);

  /// Null where there is none.
  const sdk::NotifierRef* Find(std::string_view integration) const;
  std::string names() const;

  /// Whether every receiver of a configuration can be reached. InvalidArgument names the one that
  /// cannot. [worker]
  Status Check(const sdk::Call& call, const TenantConfig& config,
               const std::string& external_url) const;

 private:
  std::map<std::string, sdk::NotifierRef, std::less<>> refs_;
};

/// The data of a notification about these alerts of a group, but for its reason.
gotemplate::NotificationData DataOf(const Group& group, const std::vector<AlertPtr>& alerts,
                                    int64_t now_ms, const std::string& external_url);

/// A flush on its way to every integration of its receiver.
struct FlushUnderWay {
  Flush flush;
  uint64_t generation = 0;  ///< Of the configuration it was made under.
  size_t n_open = 0;        ///< Deliveries that have not ended.
  bool failed = false;      ///< One of them has.

  std::once_flag labelled;  ///< By the first delivery that begins.
  Pairs route_labels;       ///< Rendered, of all alerts of the flush.
};

/// Lives until it has ended. Alerts are lent to the notifier from here.
struct Delivery {
  std::shared_ptr<FlushUnderWay> flush;
  TenantConfigPtr config;
  const alerting::Integration* integration = nullptr;  ///< Of `config`.
  Way way;
  std::string log_key;
  News news = News::kNone;       ///< Why.
  Told told;                     ///< What the log will say.
  std::vector<AlertPtr> alerts;  ///< What the receiver is told of; empty: nothing is sent.
  Pairs memory;                  ///< From the last delivery.

  bool waits_for_others = false;  ///< Another replica may have told it before its turn comes.
  uint32_t attempts = 0;
  int64_t backoff_ms = 0;
  Status last_error;
  int64_t attempt_began_ns = 0;

  /// Calls the notifier; `then` gets the end and what is to be remembered. [any]
  template <typename Then>
  void Start(const sdk::NotifierRef& notifier, const std::string& tenant,
             const std::string& external_url, const kvs_cancel_t* cancel, int64_t timeout_ms,
             Then then) {
    Lend(external_url);
    call_ = std::make_unique<sdk::OwnedCall>(tenant, cancel);
    call_->WithTimeoutMs(timeout_ms);
    sdk::Start(notifier.notify(), *call_, &notification_, answer_.out(), std::move(then));
  }
  /// Of the delivery that has just ended well; sorted by name.
  Pairs TakeMemory();

 private:
  void Lend(const std::string& external_url);

  std::unique_ptr<sdk::OwnedCall> call_;
  kvs_receiver_t receiver_{};
  kvs_notification_t notification_{};
  sdk::Owned<kvs_delivery_t> answer_;
  std::vector<kvs_alert_t> raw_alerts_;
  std::vector<kvs_pair_t> pairs_, templates_, group_labels_, route_labels_, memory_;
};
using DeliveryPtr = std::shared_ptr<Delivery>;

}  // namespace kvs::alertmanager
