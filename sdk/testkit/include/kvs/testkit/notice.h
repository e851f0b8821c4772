// SPDX-License-Identifier: Apache-2.0
// Notice: a notification as tests of notifiers like to write it, and how it is sent. By default it
// is one that fires, of the group {alertname="Down"}, with what needs escaping in it.
//
//   testkit::Notice notice(R"({"url": "http://127.0.0.1:1234/"})");
//   const Status status = notice.Send(sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&notifier)));
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/notifier.h"

namespace kvs::testkit {

class Notice {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  struct Alert {
    Pairs labels, annotations;
    int64_t starts_ms = 1'767'323'045'678;
    int64_t ends_ms = 0;
    std::string generator_url = "http://g/?a=b&c=d";
    uint64_t fingerprint = 0x956fbf9253780420;
  };

  explicit Notice(std::string settings) : settings(std::move(settings)) {}

  /// Delivers, on this thread and that of the notifier. `memory` is what it gave back. [worker]
  Status Send(const sdk::NotifierRef& notifier, const kvs_cancel_t* cancel = nullptr);
  Status Check(const sdk::NotifierRef& notifier) const;
  Notice& Resolved() {
    for (Alert& alert : alerts) alert.ends_ms = 1'767'323'105'678;
    return *this;
  }

  std::string settings, tenant = "tenant-a", receiver = "r.x";
  std::string external_url = "http://am.example/x", group_key = "{}:{alertname=\"Down\"}";
  std::string reason = "first notification";
  Pairs templates, group_labels{{"alertname", "Down"}}, route_labels, memory;
  std::vector<Alert> alerts{
      {{{"alertname", "Down"}, {"instance", "a<b>&c"}, {"job", "node"}, {"severity", "page"}},
       {{"summary", "s \"q\" \u00fc"}}}};

 private:
  struct Raw;
};

}  // namespace kvs::testkit
