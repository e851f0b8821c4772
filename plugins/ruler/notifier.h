// SPDX-License-Identifier: Apache-2.0
// Sends alerts to Alertmanagers over their API v2. Each Alertmanager has a thread and queues of its
// own, so a slow one holds up no other, and tenants take turns. What does not fit is dropped,
// oldest first: firing alerts are sent again anyway.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/rules/alerts.h"
#include "kvs/sdk/host.h"

#include "config.h"
#include "metrics.h"

namespace kvs::ruler {

/// The alerts as POST /api/v2/alerts takes them. `expr` is linked below `external_url`.
std::string AlertToJson(const rules::Alert& alert, std::string_view external_url,
                        std::string_view expr);

class Notifier {
 public:
  /// Sends `body`, a JSON array, for a tenant; false when it was not taken. Called from the
  /// Alertmanager's own thread.
  using Send = std::function<Status(const std::string& url, const std::string& tenant,
                                    const std::string& body)>;

  Notifier(sdk::Host host, const Config& config, const Metrics& metrics, Send send);
  ~Notifier();
  Status Start();
  /// What is queued is dropped; what is being sent ends first. [main]
  void Stop();

  /// Queues for every Alertmanager. Never waits. [any]
  void Enqueue(const std::string& tenant, std::vector<rules::Alert> alerts,
               const std::string& expr);

 private:
  struct Target;
  void Run(Target& target);

  const sdk::Host host_;
  const Metrics& metrics_;
  const Send send_;
  const std::string external_url_;
  const size_t queue_max_;
  std::vector<std::unique_ptr<Target>> targets_;
};

/// Sends with libcurl. [worker or own thread]
Notifier::Send HttpSend(const Config& config);

}  // namespace kvs::ruler
