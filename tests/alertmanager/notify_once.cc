// SPDX-License-Identifier: Apache-2.0
// notify_once: tells a receiver of an Alertmanager file about a group of alerts, once, by the
// notifiers of a configuration, and prints how each way ended. What tests compare with
// Alertmanager.
//
//   notify_once PLUGINDIR NOTIFIERS.toml ALERTMANAGER.yml RECEIVER GROUP.json
//
// Exit codes: 0 everybody was told; 1 somebody was not; 2 something cannot be used.
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "kvs/alerting/config.h"
#include "kvs/base/str_cat.h"
#include "kvs/http/json_members.h"
#include "kvs/testkit/notice.h"

#include "kernel/graph/plan.h"
#include "kernel/lifecycle/lifecycle.h"
#include "kernel/lifecycle/standard_edges.h"
#include "kernel/main/plan_maker.h"
#include "kernel/services/host.h"

namespace kvs {
namespace {

std::string ReadFile(const char* path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

using Pairs = testkit::Notice::Pairs;

Pairs ReadPairs(http::JsonMembers& in, std::string_view name) {
  std::map<std::string, std::string> map;
  in.Inside(name, [&map](http::JsonMembers& members) { members.GetAll(&map); });
  return Pairs(map.begin(), map.end());
}

StatusOr<testkit::Notice> ReadGroup(const std::string& json) {
  testkit::Notice out("");
  out.alerts.clear();
  KVS_RETURN_IF_ERROR(http::ReadJsonObject("the group", json, [&out](http::JsonMembers& in) {
    in.Get("key", &out.group_key);
    in.Get("external_url", &out.external_url);
    in.Get("reason", &out.reason);
    out.group_labels = ReadPairs(in, "labels");
    in.ForEach("alerts", [&out](http::JsonMembers& a) {
      auto& alert = out.alerts.emplace_back();
      alert.labels = ReadPairs(a, "labels");
      alert.annotations = ReadPairs(a, "annotations");
      a.Get("starts_ms", &alert.starts_ms);
      a.Get("ends_ms", &alert.ends_ms);
      a.Get("generator_url", &alert.generator_url);
      std::string fingerprint;
      a.Get("fingerprint", &fingerprint);
      alert.fingerprint = std::stoull(fingerprint, nullptr, 16);
    });
  }));
  return out;
}

/// Calls `use` with the notifier for a type.
class Notifiers {
 public:
  Notifiers(const char* plugin_dir, const char* config)
      : maker_(config, kernel::Environment::Process(), {plugin_dir}),
        services_(Quiet()),
        edges_(services_),
        lifecycle_(services_, &edges_) {}

  Status Start() {
    kernel::Diagnostics diagnostics;
    plan_ = maker_.Make(&diagnostics);
    const bool created = plan_ != nullptr && lifecycle_.CreateAndLink(plan_, &diagnostics);
    if (!diagnostics.ok()) std::fputs(diagnostics.ToText().c_str(), stderr);
    if (!created) return InvalidArgument("the notifiers cannot be created");
    return lifecycle_.Start();
  }
  StatusOr<sdk::NotifierRef> Find(const std::string& type) {
    for (const kernel::PlanComponent& component : plan_->components) {
      const StatusOr<kvs_iface_t> iface =
          lifecycle_.Find(component.name)->GetInterface(KVS_NOTIFIER_V1);
      if (!iface.ok()) continue;
      const sdk::NotifierRef notifier(*iface);
      if (notifier.type() == type) return notifier;
    }
    return NotFound("no notifier for ", type);
  }
  void Stop() { lifecycle_.DrainAndStop(); }

 private:
  static kernel::ServicesOptions Quiet() {
    kernel::ServicesOptions options;
    options.log.level = kernel::LogLevel::kWarn;
    return options;
  }
  kernel::PlanMaker maker_;
  kernel::Services services_;
  kernel::StandardEdges edges_;
  kernel::Lifecycle lifecycle_;
  std::shared_ptr<const kernel::Plan> plan_;
};

StatusOr<bool> TellAll(char** argv) {
  KVS_ASSIGN_OR_RETURN(const alerting::Config config, alerting::ParseConfig(ReadFile(argv[3])));
  const alerting::Receiver* const receiver = config.FindReceiver(argv[4]);
  if (receiver == nullptr) return NotFound("no receiver ", argv[4]);
  KVS_ASSIGN_OR_RETURN(testkit::Notice notice, ReadGroup(ReadFile(argv[5])));
  notice.receiver = receiver->name;
  bool all = true;
  Notifiers notifiers(argv[1], argv[2]);
  KVS_RETURN_IF_ERROR(notifiers.Start());
  for (const alerting::Integration& way : receiver->integrations) {
    notice.settings = way.settings;
    Status status;
    if (const StatusOr<sdk::NotifierRef> found = notifiers.Find(way.type); found.ok()) {
      status = notice.Send(*found);
    } else {
      status = found.status();
    }
    std::printf("%s: %s%s\n", way.type.c_str(), status.ok() ? "sent" : status.message().c_str(),
                status.retryable() ? " (again later)" : "");
    all = all && status.ok();
  }
  notifiers.Stop();
  return all;
}

}  // namespace
}  // namespace kvs

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: notify_once PLUGINDIR NOTIFIERS.toml ALERTMANAGER.yml RECEIVER GROUP.json\n",
               stderr);
    return 2;
  }
  const kvs::StatusOr<bool> all = kvs::TellAll(argv);
  if (all.ok()) return *all ? 0 : 1;
  std::fprintf(stderr, "notify_once: %s\n", all.status().message().c_str());
  return 2;
}
