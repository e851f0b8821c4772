// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/notice.h"

#include <deque>

#include "kvs/sdk/owned.h"

namespace kvs::testkit {

struct Notice::Raw {
  explicit Raw(const Notice& notice) {
    receiver = sdk::Record<kvs_receiver_t>();
    receiver.name = sdk::Str(notice.receiver);
    receiver.settings = sdk::Str(notice.settings);
    receiver.external_url = sdk::Str(notice.external_url);
    receiver.templates = Of(notice.templates);
    receiver.n_templates = notice.templates.size();
  }
  const kvs_pair_t* Of(const Pairs& from) {
    std::vector<kvs_pair_t>& out = pairs.emplace_back();
    for (const auto& [name, value] : from) out.push_back({sdk::Str(name), sdk::Str(value)});
    return out.data();
  }
  std::deque<std::vector<kvs_pair_t>> pairs;
  kvs_receiver_t receiver;
};

Status Notice::Check(const sdk::NotifierRef& notifier) const {
  const Raw raw(*this);
  return sdk::Await(notifier.check(), sdk::OwnedCall(tenant), &raw.receiver, nullptr);
}

Status Notice::Send(const sdk::NotifierRef& notifier, const kvs_cancel_t* cancel) {
  Raw raw(*this);
  std::vector<kvs_alert_t> list;
  for (const Alert& alert : alerts) {
    auto& out = list.emplace_back();
    out.labels = raw.Of(alert.labels);
    out.n_labels = alert.labels.size();
    out.annotations = raw.Of(alert.annotations);
    out.n_annotations = alert.annotations.size();
    out.starts_ms = alert.starts_ms;
    out.ends_ms = alert.ends_ms;
    out.generator_url = sdk::Str(alert.generator_url);
    out.fingerprint = alert.fingerprint;
  }
  auto in = sdk::Record<kvs_notification_t>();
  in.receiver = &raw.receiver;
  in.group_key = sdk::Str(group_key);
  in.group_labels = raw.Of(group_labels);
  in.n_group_labels = group_labels.size();
  in.alerts = list.data();
  in.n_alerts = list.size();
  in.memory = raw.Of(memory);
  in.n_memory = memory.size();
  in.reason = sdk::Str(reason);
  in.route_labels = raw.Of(route_labels);
  in.n_route_labels = route_labels.size();
  sdk::Owned<kvs_delivery_t> out;
  const sdk::OwnedCall call(tenant, cancel);
  const Status status = sdk::Await(notifier.notify(), call, &in, out.out());
  Pairs given;
  for (uint64_t i = 0; i < out->n_memory; ++i)
    given.emplace_back(sdk::Text(out->memory[i].name), sdk::Text(out->memory[i].value));
  if (status.ok()) memory = std::move(given);
  return status;
}

}  // namespace kvs::testkit
