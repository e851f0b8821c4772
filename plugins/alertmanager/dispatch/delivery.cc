// SPDX-License-Identifier: Apache-2.0
#include "delivery.h"

#include <algorithm>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

namespace kvs::alertmanager {
namespace {

kvs_pair_t Pair(std::string_view name, std::string_view value) {
  return {sdk::Str(name), sdk::Str(value)};
}
Pairs TextsOf(const model::Labels& labels) {
  Pairs out;
  for (const model::LabelView& label : labels) out.emplace_back(label.name, label.value);
  return out;
}
std::vector<kvs_pair_t> LendPairs(const Pairs& pairs) {
  std::vector<kvs_pair_t> out;
  out.reserve(pairs.size());
  for (const auto& [name, value] : pairs) out.push_back(Pair(name, value));
  return out;
}

kvs_receiver_t LendReceiver(const std::string& name, const alerting::Integration& integration,
                            const std::vector<kvs_pair_t>& templates,
                            const std::string& external_url) {
  auto out = sdk::Record<kvs_receiver_t>();
  out.index = static_cast<uint32_t>(integration.index);
  out.name = sdk::Str(name);
  out.settings = sdk::Str(integration.settings);
  out.templates = templates.data();
  out.n_templates = templates.size();
  out.external_url = sdk::Str(external_url);
  return out;
}

}  // namespace

StatusOr<Notifiers> Notifiers::Make(const std::vector<sdk::NotifierRef>& refs) {
  Notifiers out;
  for (const sdk::NotifierRef& ref : refs) {
    const std::string type(ref.type());
    if (!out.refs_.emplace(type, ref).second)
      return AlreadyExists("two notifiers are for ", type, "_configs");
  }
  return out;
}

const sdk::NotifierRef* Notifiers::Find(std::string_view integration) const {
  const auto found = refs_.find(integration);
  return found == refs_.end() ? nullptr : &found->second;
}

std::string Notifiers::names() const {
  std::string out;
  for (const auto& [type, ref] : refs_) StrAppend(out, out.empty() ? "" : ", ", type);
  return out;
}

Status Notifiers::Check(const sdk::Call& call, const TenantConfig& config,
                        const std::string& external_url) const {
  const std::vector<kvs_pair_t> templates = LendPairs(config.templates());
  for (const alerting::Receiver& receiver : config.config().receivers) {
    for (const alerting::Integration& integration : receiver.integrations) {
      const sdk::NotifierRef* const ref = Find(integration.type);
      if (ref == nullptr)
        return InvalidArgument("receiver ", Quote(receiver.name), ": ", integration.type,
                               "_configs is not served here; there is ",
                               refs_.empty() ? "none" : names());
      const kvs_receiver_t in = LendReceiver(receiver.name, integration, templates, external_url);
      const Status status = sdk::Await(ref->check(), call, &in, nullptr);
      if (!status.ok())
        return Annotate(status, "receiver ", Quote(receiver.name), ", ", integration.type,
                        "_configs[", integration.index, "]");
    }
  }
  return OkStatus();
}

gotemplate::NotificationData DataOf(const Group& group, const std::vector<AlertPtr>& alerts,
                                    int64_t now_ms, const std::string& external_url) {
  gotemplate::NotificationData out;
  out.receiver = gotemplate::QuoteMeta(group.route->options().receiver);
  out.external_url = external_url;
  out.group_labels = TextsOf(group.labels);
  out.alerts.reserve(alerts.size());
  for (const AlertPtr& alert : alerts) {
    const bool resolved = alert->ResolvedAt(now_ms);
    out.alerts.push_back({resolved ? "resolved" : "firing", TextsOf(alert->labels),
                          alert->annotations, alert->starts_ms, resolved ? alert->ends_ms : 0,
                          alert->generator_url, FingerprintText(alert->fingerprint)});
  }
  gotemplate::Summarize(&out);
  return out;
}

void Delivery::Lend(const std::string& external_url) {
  const Flush& what = flush->flush;
  templates_ = LendPairs(config->templates());
  memory_ = LendPairs(memory);
  route_labels_ = LendPairs(flush->route_labels);
  receiver_ = LendReceiver(way.receiver, *integration, templates_, external_url);
  group_labels_.clear();
  for (const model::LabelView& label : what.group->labels)
    group_labels_.push_back(Pair(label.name, label.value));
  // All pairs first: what points into them must not move.
  std::vector<std::pair<size_t, size_t>> sizes;
  pairs_.clear();
  for (const AlertPtr& alert : alerts) {
    const size_t begin = pairs_.size();
    for (const model::LabelView& label : alert->labels)
      pairs_.push_back(Pair(label.name, label.value));
    sizes.emplace_back(pairs_.size() - begin, alert->annotations.size());
    for (const auto& [name, value] : alert->annotations) pairs_.push_back(Pair(name, value));
  }
  raw_alerts_.assign(alerts.size(), {});
  const kvs_pair_t* at = pairs_.data();
  for (size_t i = 0; i < alerts.size(); ++i) {
    const Alert& alert = *alerts[i];
    kvs_alert_t& raw = raw_alerts_[i];
    raw.labels = at;
    raw.n_labels = sizes[i].first;
    raw.annotations = at + sizes[i].first;
    raw.n_annotations = sizes[i].second;
    at += sizes[i].first + sizes[i].second;
    raw.starts_ms = alert.starts_ms;
    // An alert does not end while it is being told of.
    raw.ends_ms = alert.ResolvedAt(what.now_ms) ? alert.ends_ms : 0;
    raw.generator_url = sdk::Str(alert.generator_url);
    raw.fingerprint = alert.fingerprint;
  }
  notification_ = sdk::Record<kvs_notification_t>();
  notification_.receiver = &receiver_;
  notification_.group_key = sdk::Str(what.group->key);
  notification_.group_labels = group_labels_.data();
  notification_.n_group_labels = group_labels_.size();
  notification_.alerts = raw_alerts_.data();
  notification_.n_alerts = raw_alerts_.size();
  notification_.reason = sdk::Str(NewsText(news));
  notification_.route_labels = route_labels_.data();
  notification_.n_route_labels = route_labels_.size();
  notification_.memory = memory_.data();
  notification_.n_memory = memory_.size();
}

Pairs Delivery::TakeMemory() {
  Pairs out;
  for (uint64_t i = 0; i < answer_->n_memory; ++i)
    out.emplace_back(sdk::Text(answer_->memory[i].name), sdk::Text(answer_->memory[i].value));
  std::sort(out.begin(), out.end());
  answer_.Reset();
  return out;
}

}  // namespace kvs::alertmanager
