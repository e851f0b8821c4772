// SPDX-License-Identifier: Apache-2.0
#include "kvs/alerting/config.h"

#include <algorithm>
#include <exception>
#include <set>

#include <yaml-cpp/yaml.h>

#include "kvs/base/quote.h"
#include "kvs/base/units.h"
#include "kvs/model/utf8.h"

#include "fields.h"
#include "integrations.h"

namespace kvs::alerting {
namespace {

// Deeper trees are nobody's routing, and would be walked on the stack.
constexpr int kDepthMax = 100;

constexpr Field kRoute[] = {
    {"receiver", Kind::kText},
    {"group_by", Kind::kTextList},
    {"match", Kind::kTextMap},
    {"match_re", Kind::kTextMap},
    {"matchers", Kind::kTextList},
    {"mute_time_intervals", Kind::kTextList},
    {"active_time_intervals", Kind::kTextList},
    {"continue", Kind::kBool},
    {"routes", Kind::kAny},  // Each is checked as it is read.
    {"group_wait", Kind::kDuration},
    {"group_interval", Kind::kDuration},
    {"repeat_interval", Kind::kDuration},
    {"labels", Kind::kTextMap},
};
constexpr Field kInhibitRule[] = {
    {"name", Kind::kText},
    {"source_match", Kind::kTextMap},
    {"source_match_re", Kind::kTextMap},
    {"source_matchers", Kind::kTextList},
    {"target_match", Kind::kTextMap},
    {"target_match_re", Kind::kTextMap},
    {"target_matchers", Kind::kTextList},
    {"equal", Kind::kTextList},
};
constexpr Field kTimes[] = {{"start_time", Kind::kText}, {"end_time", Kind::kText}};
constexpr Field kInterval[] = {
    {"times", Kind::kTableList, nullptr, kTimes},
    {"weekdays", Kind::kTextList},
    {"days_of_month", Kind::kTextList},
    {"months", Kind::kTextList},
    {"years", Kind::kTextList},
    {"location", Kind::kText},
};
constexpr Field kNamedIntervals[] = {
    {"name", Kind::kText},
    {"time_intervals", Kind::kTableList, nullptr, kInterval},
};
constexpr Field kTop[] = {
    {"global", Kind::kAny},
    {"route", Kind::kAny},
    {"inhibit_rules", Kind::kAny},
    {"receivers", Kind::kAny},
    {"templates", Kind::kTextList},
    {"mute_time_intervals", Kind::kTableList, nullptr, kNamedIntervals},
    {"time_intervals", Kind::kTableList, nullptr, kNamedIntervals},
    {"tracing", Kind::kAny},  // The program's own, nothing of routing.
};

std::vector<std::string> TextList(const YAML::Node& node) {
  std::vector<std::string> out;
  if (node && node.IsSequence()) {
    for (const YAML::Node& item : node) out.push_back(item.Scalar());
  }
  return out;
}

// The items of a list, or none where it is not there.
StatusOr<std::vector<YAML::Node>> Items(const YAML::Node& node, std::string_view name) {
  std::vector<YAML::Node> out;
  if (!node || node.IsNull()) return out;
  if (!node.IsSequence()) return AtLine(node, InvalidArgument("field ", name, " takes a list"));
  for (const YAML::Node& item : node) out.push_back(item);
  return out;
}

class Reader {
 public:
  Reader(Syntax syntax, Config* out) : syntax_(syntax), out_(*out) {}

  Status Read(const YAML::Node& root) {
    if (!root || root.IsNull()) return InvalidArgument("no routes provided");
    KVS_RETURN_IF_ERROR(CheckTable(root, kTop, {"the configuration", nullptr}));
    if (const YAML::Node global = root["global"]) global_.reset(global);
    KVS_RETURN_IF_ERROR(ReadGlobal());
    KVS_ASSIGN_OR_RETURN(const auto receivers, Items(root["receivers"], "receivers"));
    for (const YAML::Node& receiver : receivers)
      KVS_RETURN_IF_ERROR(AtLine(receiver, ReadReceiver(receiver)));
    const YAML::Node route = root["route"];
    if (!route || route.IsNull()) return InvalidArgument("no routes provided");
    KVS_RETURN_IF_ERROR(ReadRoute(route, 0, &out_.route));
    KVS_RETURN_IF_ERROR(AtLine(route, CheckRoot()));
    KVS_RETURN_IF_ERROR(CheckReceivers(out_.route));
    KVS_RETURN_IF_ERROR(ReadIntervals(root["mute_time_intervals"], "mute time interval"));
    KVS_RETURN_IF_ERROR(ReadIntervals(root["time_intervals"], "time interval"));
    KVS_RETURN_IF_ERROR(CheckIntervals(out_.route));
    KVS_ASSIGN_OR_RETURN(const auto rules, Items(root["inhibit_rules"], "inhibit_rules"));
    for (const YAML::Node& rule : rules) KVS_RETURN_IF_ERROR(AtLine(rule, ReadInhibitRule(rule)));
    out_.templates = TextList(root["templates"]);
    return OkStatus();
  }

 private:
  Status ReadGlobal() {
    KVS_RETURN_IF_ERROR(CheckTable(global_, GlobalFields(), {"global", &out_.file_settings}));
    if (IsSet(global_, "resolve_timeout")) {
      KVS_ASSIGN_OR_RETURN(out_.resolve_timeout_ms,
                           ParseDurationMs(TextOf(global_, "resolve_timeout")));
    }
    return AtLine(global_, CheckGlobal(global_));
  }

  Status ReadReceiver(const YAML::Node& node) {
    if (!node.IsMap()) return InvalidArgument("receivers takes a list of tables");
    Receiver receiver;
    receiver.name = TextOf(node, "name");
    if (receiver.name.empty()) return InvalidArgument("missing name in receiver");
    if (out_.FindReceiver(receiver.name) != nullptr)
      return InvalidArgument("notification config name ", Quote(receiver.name), " is not unique");
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (key == "name" || key == "labels") continue;
      const IntegrationKind* const kind = FindIntegrationKind(key);
      if (kind == nullptr)
        return AtLine(entry.first, InvalidArgument("field ", key, " not found in receiver ",
                                                   Quote(receiver.name)));
      KVS_ASSIGN_OR_RETURN(const auto items, Items(entry.second, key));
      for (const YAML::Node& item : items) {
        KVS_RETURN_IF_ERROR(AtLine(item, ReadIntegration(item, *kind, &receiver)));
      }
    }
    out_.receivers.push_back(std::move(receiver));
    return OkStatus();
  }

  Status ReadIntegration(const YAML::Node& node, const IntegrationKind& kind, Receiver* receiver) {
    if (!node.IsMap()) return InvalidArgument("missing ", kind.type, " config");
    const std::string path = StrCat("receivers.", receiver->name, ".", kind.key);
    KVS_RETURN_IF_ERROR(CheckTable(node, kind.fields, {path, &out_.file_settings}));
    // What is filled in must not show up where the same node stands again, by a YAML alias.
    const YAML::Node settings = YAML::Clone(node);
    KVS_RETURN_IF_ERROR(kind.complete(settings, global_));
    Integration integration;
    integration.type = kind.type;
    integration.index = static_cast<size_t>(
        std::count_if(receiver->integrations.begin(), receiver->integrations.end(),
                      [&kind](const Integration& other) { return other.type == kind.type; }));
    const bool given = IsSet(settings, "send_resolved");
    integration.send_resolved = given ? *ParseBool(settings["send_resolved"])
                                      : std::string_view(kind.fields.front().fallback) == "true";
    integration.settings = ToJson(settings, kind.fields);
    receiver->integrations.push_back(std::move(integration));
    return OkStatus();
  }

  // Those of the older settings match and match_re, and of the newer one.
  Status ReadMatchers(const YAML::Node& node, const char* match, const char* match_re,
                      const char* matchers, Matchers* out) {
    const auto add = [&](const char* field, model::MatchType type) -> Status {
      for (const auto& entry : node[field]) {
        const std::string name = entry.first.Scalar();
        if (!model::IsValidLabelName(name, model::NameScheme::kLegacy))
          return InvalidArgument("invalid label name ", Quote(name));
        if (entry.second.IsNull() && type == model::MatchType::kRegex)
          return InvalidArgument("invalid regexp value for ", Quote(name));
        KVS_ASSIGN_OR_RETURN(model::Matcher matcher,
                             model::Matcher::Make(type, name, entry.second.Scalar()));
        out->push_back(std::move(matcher));
      }
      return OkStatus();
    };
    KVS_RETURN_IF_ERROR(add(match, model::MatchType::kEqual));
    KVS_RETURN_IF_ERROR(add(match_re, model::MatchType::kRegex));
    for (const std::string& line : TextList(node[matchers])) {
      KVS_ASSIGN_OR_RETURN(Matchers more, ParseMatchers(line, syntax_));
      out->insert(out->end(), more.begin(), more.end());
    }
    Sort(*out);
    return OkStatus();
  }

  Status ReadGroupBy(const YAML::Node& node, RouteConfig* out) {
    if (!node || node.IsNull()) return OkStatus();
    out->group_by.emplace();
    std::set<std::string> seen;
    for (const std::string& name : TextList(node)) {
      if (name == "...") {
        out->group_by_all = true;
        continue;
      }
      if (!IsLabelName(name, syntax_))
        return InvalidArgument("invalid label name ", Quote(name), " in group_by list");
      if (!seen.insert(name).second)
        return InvalidArgument("duplicated label ", Quote(name), " in group_by");
      out->group_by->push_back(name);
    }
    if (out->group_by_all && !seen.empty())
      return InvalidArgument(
          "cannot have wildcard group_by (`...`) and other labels at the same time");
    return OkStatus();
  }

  static Status ReadDuration(const YAML::Node& node, const char* field, bool may_be_zero,
                             std::optional<int64_t>* out) {
    if (!IsSet(node, field)) return OkStatus();
    KVS_ASSIGN_OR_RETURN(const int64_t ms, ParseDurationMs(TextOf(node, field)));
    if (ms == 0 && !may_be_zero) return InvalidArgument(field, " cannot be zero");
    *out = ms;
    return OkStatus();
  }

  Status ReadRoute(const YAML::Node& node, int depth, RouteConfig* out) {
    if (depth > kDepthMax)
      return AtLine(node, InvalidArgument("routes are nested deeper than ", kDepthMax, " levels"));
    KVS_RETURN_IF_ERROR(CheckTable(node, kRoute, {"route", nullptr}));
    out->receiver = TextOf(node, "receiver");
    out->continues = IsSet(node, "continue") && *ParseBool(node["continue"]);
    out->mute_time_intervals = TextList(node["mute_time_intervals"]);
    out->active_time_intervals = TextList(node["active_time_intervals"]);
    for (const auto& entry : node["labels"]) {
      const std::string name = entry.first.Scalar();
      if (!IsLabelName(name, syntax_))
        return AtLine(node,
                      InvalidArgument("invalid label name ", Quote(name), " in route labels"));
      out->labels[name] = entry.second.IsScalar() ? entry.second.Scalar() : "";
    }
    KVS_RETURN_IF_ERROR(
        AtLine(node, ReadMatchers(node, "match", "match_re", "matchers", &out->matchers)));
    KVS_RETURN_IF_ERROR(AtLine(node, ReadGroupBy(node["group_by"], out)));
    KVS_RETURN_IF_ERROR(AtLine(node, ReadDuration(node, "group_wait", true, &out->group_wait_ms)));
    KVS_RETURN_IF_ERROR(
        AtLine(node, ReadDuration(node, "group_interval", false, &out->group_interval_ms)));
    KVS_RETURN_IF_ERROR(
        AtLine(node, ReadDuration(node, "repeat_interval", false, &out->repeat_interval_ms)));
    KVS_ASSIGN_OR_RETURN(const auto routes, Items(node["routes"], "routes"));
    for (const YAML::Node& route : routes)
      KVS_RETURN_IF_ERROR(ReadRoute(route, depth + 1, &out->routes.emplace_back()));
    return OkStatus();
  }

  Status CheckRoot() const {
    const RouteConfig& root = out_.route;
    if (root.receiver.empty()) return InvalidArgument("root route must specify a default receiver");
    if (!root.matchers.empty()) return InvalidArgument("root route must not have any matchers");
    if (!root.mute_time_intervals.empty())
      return InvalidArgument("root route must not have any mute time intervals");
    if (!root.active_time_intervals.empty())
      return InvalidArgument("root route must not have any active time intervals");
    return OkStatus();
  }

  Status CheckReceivers(const RouteConfig& route) const {
    for (const RouteConfig& below : route.routes) KVS_RETURN_IF_ERROR(CheckReceivers(below));
    if (route.receiver.empty() || out_.FindReceiver(route.receiver) != nullptr) return OkStatus();
    return InvalidArgument("undefined receiver ", Quote(route.receiver), " used in route");
  }

  Status CheckIntervals(const RouteConfig& route) const {
    for (const RouteConfig& below : route.routes) KVS_RETURN_IF_ERROR(CheckIntervals(below));
    for (const auto* names : {&route.active_time_intervals, &route.mute_time_intervals}) {
      for (const std::string& name : *names) {
        if (out_.FindIntervals(name) == nullptr)
          return InvalidArgument("undefined time interval ", Quote(name), " used in route");
      }
    }
    return OkStatus();
  }

  static Status ReadRanges(const YAML::Node& node, StatusOr<Range> (*parse)(std::string_view),
                           std::optional<std::vector<Range>>* out) {
    if (!node || node.IsNull()) return OkStatus();
    out->emplace();
    for (const YAML::Node& item : node) {
      const StatusOr<Range> range = parse(item.Scalar());
      if (!range.ok()) return AtLine(item, range.status());
      (*out)->push_back(*range);
    }
    return OkStatus();
  }

  static StatusOr<TimeInterval> ReadInterval(const YAML::Node& node) {
    TimeInterval out;
    if (const YAML::Node times = node["times"]; times && times.IsSequence()) {
      out.times.emplace();
      for (const YAML::Node& item : times) {
        const StatusOr<Range> range =
            ParseTimes(TextOf(item, "start_time"), TextOf(item, "end_time"));
        if (!range.ok()) return AtLine(item, range.status());
        out.times->push_back(*range);
      }
    }
    KVS_RETURN_IF_ERROR(ReadRanges(node["weekdays"], &ParseWeekdays, &out.weekdays));
    KVS_RETURN_IF_ERROR(ReadRanges(node["days_of_month"], &ParseDaysOfMonth, &out.days_of_month));
    KVS_RETURN_IF_ERROR(ReadRanges(node["months"], &ParseMonths, &out.months));
    KVS_RETURN_IF_ERROR(ReadRanges(node["years"], &ParseYears, &out.years));
    if (IsSet(node, "location")) {
      StatusOr<TimeZone> zone = TimeZone::Load(TextOf(node, "location"));
      if (!zone.ok()) return AtLine(node["location"], zone.status());
      out.location = std::move(zone).value();
    }
    return out;
  }

  Status ReadIntervals(const YAML::Node& node, std::string_view what) {
    KVS_ASSIGN_OR_RETURN(const auto items, Items(node, what));
    for (const YAML::Node& item : items) {
      NamedIntervals named;
      named.name = TextOf(item, "name");
      if (named.name.empty()) return AtLine(item, InvalidArgument("missing name in ", what));
      if (out_.FindIntervals(named.name) != nullptr)
        return AtLine(item, InvalidArgument(what, " ", Quote(named.name), " is not unique"));
      KVS_ASSIGN_OR_RETURN(const auto intervals, Items(item["time_intervals"], "time_intervals"));
      for (const YAML::Node& interval : intervals) {
        KVS_ASSIGN_OR_RETURN(TimeInterval read, ReadInterval(interval));
        named.intervals.push_back(std::move(read));
      }
      out_.time_intervals.push_back(std::move(named));
    }
    return OkStatus();
  }

  Status ReadInhibitRule(const YAML::Node& node) {
    KVS_RETURN_IF_ERROR(CheckTable(node, kInhibitRule, {"inhibit rule", nullptr}));
    InhibitRule rule;
    if (node.IsMap()) {
      rule.name = TextOf(node, "name");
      KVS_RETURN_IF_ERROR(
          ReadMatchers(node, "source_match", "source_match_re", "source_matchers", &rule.source));
      KVS_RETURN_IF_ERROR(
          ReadMatchers(node, "target_match", "target_match_re", "target_matchers", &rule.target));
      rule.equal = TextList(node["equal"]);
    }
    for (const std::string& name : rule.equal) {
      if (!IsLabelName(name, syntax_))
        return InvalidArgument("invalid label name ", Quote(name), " in equal list");
    }
    out_.inhibit_rules.push_back(std::move(rule));
    return OkStatus();
  }

  const Syntax syntax_;
  Config& out_;
  YAML::Node global_;
};

template <typename Item>
const Item* FindByName(const std::vector<Item>& items, std::string_view name) {
  const auto at = std::find_if(items.begin(), items.end(),
                               [name](const Item& item) { return item.name == name; });
  return at == items.end() ? nullptr : &*at;
}

}  // namespace

const Receiver* Config::FindReceiver(std::string_view name) const {
  return FindByName(receivers, name);
}

const NamedIntervals* Config::FindIntervals(std::string_view name) const {
  return FindByName(time_intervals, name);
}

StatusOr<Config> ParseConfig(std::string_view yaml, Syntax syntax) {
  // yaml-cpp throws at whatever it does not like.
  try {
    Config config;
    KVS_RETURN_IF_ERROR(Reader(syntax, &config).Read(YAML::Load(std::string(yaml))));
    return config;
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument(e.what());
  }
}

}  // namespace kvs::alerting
