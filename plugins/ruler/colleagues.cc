// SPDX-License-Identifier: Apache-2.0
#include "colleagues.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>

#include "kvs/base/str_cat.h"

namespace kvs::ruler {
namespace {

namespace ondemand = simdjson::ondemand;

// What ?local=true says: only what this ruler evaluates.
constexpr std::string_view kLocal = "local=true";

template <typename Take>
Status ForEachOf(std::string_view body, std::string_view list, Take take) {
  const auto damaged = [&](simdjson::error_code code) {
    return DataLoss("the answer of another ruler cannot be read: ", simdjson::error_message(code));
  };
  const simdjson::padded_string padded(body);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array elements;
  if (const auto code = parser.iterate(padded).get(document)) return damaged(code);
  if (const auto code = document["data"][list].get_array().get(elements)) return damaged(code);
  for (auto element : elements) {
    ondemand::object object;
    if (const auto code = element.get_object().get(object)) return damaged(code);
    if (const auto code = take(object)) return damaged(code);
  }
  return OkStatus();
}

}  // namespace

std::string WorkKeyOf(std::string_view namespace_name, std::string_view group) {
  return StrCat(namespace_name, ";", group);
}

StatusOr<std::vector<GroupText>> ParseGroups(std::string_view body) {
  std::vector<GroupText> out;
  KVS_RETURN_IF_ERROR(ForEachOf(body, "groups", [&](ondemand::object& group) {
    std::string_view name, file, json;
    if (const auto code = group.find_field_unordered("name").get_string().get(name)) return code;
    GroupText& text = out.emplace_back();
    text.name = name;
    if (const auto code = group.find_field_unordered("file").get_string().get(file)) return code;
    text.namespace_name = file;
    if (const auto code = group.reset().error()) return code;
    if (const auto code = group.raw_json().get(json)) return code;
    text.json = json;
    return simdjson::SUCCESS;
  }));
  return out;
}

StatusOr<std::vector<AlertText>> ParseAlerts(std::string_view body) {
  std::vector<AlertText> out;
  KVS_RETURN_IF_ERROR(ForEachOf(body, "alerts", [&](ondemand::object& alert) {
    ondemand::object labels;
    std::string_view text, json;
    if (const auto code = alert.find_field_unordered("labels").get_object().get(labels))
      return code;
    if (const auto code = labels.raw_json().get(text)) return code;
    out.push_back({std::string(text), {}});
    if (const auto code = alert.reset().error()) return code;
    if (const auto code = alert.raw_json().get(json)) return code;
    out.back().json = json;
    return simdjson::SUCCESS;
  }));
  return out;
}

Colleagues::Colleagues(sdk::Host host, const Config& config) : host_(host), config_(config) {}

Status Colleagues::Start(sdk::RingRef ring) {
  ring_.Use(ring);
  if (!ring) return OkStatus();
  peers_ = std::make_unique<peers::Peers>(
      host_, peers::PeersOptions{.timeout_ms = config_.peers_timeout.ms,
                                 .ca_file = config_.peers_ca_file,
                                 .cert_file = config_.peers_cert_file,
                                 .key_file = config_.peers_key_file,
                                 .bearer_token = config_.peers_bearer_token.value,
                                 .thread = "ruler-peers"});
  return peers_->Start();
}

void Colleagues::Stop() {
  if (peers_ != nullptr) peers_->Stop();
}

std::vector<peers::Peers::Answer> Colleagues::Ask(const sdk::Call& call,
                                                  const sharing::Share& share, std::string path,
                                                  std::vector<std::string>* warnings) {
  std::vector<peers::Peers::Answer> answers =
      peers_->Ask(call, share.Everybody(), {.path = std::move(path)});
  std::erase_if(answers, [&](const peers::Peers::Answer& answer) {
    if (answer.reply.ok() && answer.reply->code == 200) return false;
    const std::string why = answer.reply.ok() ? StrCat("it answers ", answer.reply->code)
                                              : answer.reply.status().message();
    warnings->push_back(
        StrCat("groups that the ruler ", answer.id, " evaluates are missing: ", why));
    return true;
  });
  return answers;
}

void Colleagues::AddGroups(const sdk::Call& call, const sharing::Share& share,
                           std::string_view query, std::vector<GroupText>* groups,
                           std::vector<std::string>* warnings) {
  if (!any()) return;
  std::map<std::pair<std::string, std::string>, GroupText> merged;
  const auto add = [&](GroupText group) {
    const std::pair key(group.namespace_name, group.name);
    const auto [at, is_new] = merged.try_emplace(key, group);
    if (is_new) return;
    // It changes hands: who owns it now knows best.
    const auto workers = share.WorkersOf(WorkKeyOf(key.first, key.second));
    const bool by_owner = !workers.empty() &&
                          (group.ruler.empty() ? workers[0].is_self : workers[0].id == group.ruler);
    if (by_owner) at->second = std::move(group);
  };
  for (GroupText& group : *groups) add(std::move(group));
  const std::string path =
      StrCat(config_.prefix, "/api/v1/rules?", query, query.empty() ? "" : "&", kLocal);
  for (peers::Peers::Answer& answer : Ask(call, share, path, warnings)) {
    StatusOr<std::vector<GroupText>> theirs = ParseGroups(answer.reply->body);
    if (!theirs.ok()) {
      warnings->push_back(StrCat(answer.id, ": ", theirs.status().message()));
      continue;
    }
    for (GroupText& group : *theirs) {
      group.ruler = answer.id;
      add(std::move(group));
    }
  }
  groups->clear();
  for (auto& [key, group] : merged) groups->push_back(std::move(group));
}

void Colleagues::AddAlerts(const sdk::Call& call, const sharing::Share& share,
                           std::vector<AlertText>* alerts, std::vector<std::string>* warnings) {
  if (!any()) return;
  // Of one ruler two alerts may have the same labels; of two rulers they are one that changes
  // hands.
  std::set<std::string> told;
  for (const AlertText& alert : *alerts) told.insert(alert.labels);
  const std::string path = StrCat(config_.prefix, "/api/v1/alerts?", kLocal);
  for (peers::Peers::Answer& answer : Ask(call, share, path, warnings)) {
    StatusOr<std::vector<AlertText>> theirs = ParseAlerts(answer.reply->body);
    if (!theirs.ok()) {
      warnings->push_back(StrCat(answer.id, ": ", theirs.status().message()));
      continue;
    }
    std::erase_if(*theirs, [&](const AlertText& alert) { return told.contains(alert.labels); });
    for (AlertText& alert : *theirs) {
      told.insert(alert.labels);
      alerts->push_back(std::move(alert));
    }
  }
}

void Colleagues::TellOfChange(const sdk::Call& call, const sharing::Share& share) {
  if (!any()) return;
  for (const peers::Peers::Answer& answer :
       peers_->Ask(call, share.Everybody(), {.method = "POST", .path = "/ruler/sync"})) {
    if (answer.reply.ok() && answer.reply->code == 200) continue;
    host_.log().Warn(
        "another ruler could not be told of changed rules: it will see with its next poll",
        {{"user", call.tenant()},
         {"ruler", answer.id},
         {"error",
          answer.reply.ok() ? StrCat(answer.reply->code) : answer.reply.status().message()}});
  }
}

}  // namespace kvs::ruler
