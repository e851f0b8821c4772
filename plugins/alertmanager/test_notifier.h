// SPDX-License-Identifier: Apache-2.0
// A notifier that remembers what it was told, and a configuration that tells it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/notifier.h"
#include "kvs/sdk/str.h"

namespace kvs::alertmanager {

class FakeNotifier final : public sdk::Notifier {
 public:
  std::string_view Type() const noexcept override { return "webhook"; }
  sdk::Outcome CheckReceiver(const sdk::Call&, const kvs_receiver_t& in, sdk::Completer&) override {
    if (sdk::View(in.settings).find("refused.example") == std::string_view::npos) return OkStatus();
    return InvalidArgument("url: that host is refused");
  }
  sdk::Outcome Notify(const sdk::Call& call, const kvs_notification_t& in, kvs_delivery_t& out,
                      sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    ++attempts;
    if (!failure.ok()) return failure;
    std::string text = StrCat(call.tenant(), " ", sdk::View(in.receiver->name), " ",
                              sdk::View(in.group_key), " (", sdk::View(in.reason), "):");
    for (uint64_t i = 0; i < in.n_alerts; ++i) {
      const kvs_alert_t& alert = in.alerts[i];
      for (uint64_t k = 0; k < alert.n_labels; ++k) {
        if (sdk::View(alert.labels[k].name) == "n")
          StrAppend(text, " ", sdk::View(alert.labels[k].value), alert.ends_ms == 0 ? "+" : "-");
      }
    }
    for (uint64_t i = 0; i < in.n_route_labels; ++i)
      StrAppend(text, " ", sdk::View(in.route_labels[i].name), "=",
                sdk::View(in.route_labels[i].value));
    for (uint64_t i = 0; i < in.n_memory; ++i)
      StrAppend(text, " memory=", sdk::View(in.memory[i].value));
    told.push_back(text);
    struct Held {
      std::string value;
      kvs_pair_t pair;
    };
    auto held = std::make_unique<Held>();
    held->value = StrCat("m", told.size());
    held->pair = {sdk::Str("id"), sdk::Str(held->value)};
    out.memory = &held->pair;
    out.n_memory = 1;
    sdk::HandOut(out, std::move(held));
    return OkStatus();
  }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(told, {});
  }
  void FailWith(Status status) {
    const std::lock_guard lock(mutex_);
    failure = std::move(status);
  }

  std::mutex mutex_;
  std::vector<std::string> told;
  Status failure;
  int attempts = 0;
};

inline constexpr const char* kConfig = R"(
route: {receiver: hook, group_by: [g], group_wait: 10s, group_interval: 30s, repeat_interval: 5m}
receivers: [{name: hook, webhook_configs: [{url: 'http://x'}]}]
inhibit_rules: [{source_matchers: ['s="1"'], target_matchers: ['t="1"'], equal: [g]}]
)";

}  // namespace kvs::alertmanager
