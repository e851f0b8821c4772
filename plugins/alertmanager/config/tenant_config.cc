// SPDX-License-Identifier: Apache-2.0
#include "tenant_config.h"

#include <fnmatch.h>

#include <algorithm>
#include <exception>
#include <span>

#include <yaml-cpp/yaml.h>

#include "kvs/alerting/templates.h"
#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/wire/protobuf_fields.h"

namespace kvs::alertmanager {
namespace {

using wire::ProtoReader;
using wire::ProtoTag;
using wire::WireType;

bool ReadTemplate(ProtoReader& in, StoredConfig* config) {
  std::string_view name, text;
  if (!wire::EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return message.ReadString(&name);
        if (tag.Is(2, WireType::kBytes)) return message.ReadString(&text);
        return message.Skip(tag);
      }))
    return false;
  config->templates[std::string(name)] = text;
  return true;
}

bool IsPlainFileName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

// A table with nothing but these is Mimir's; whatever else is there is a file of Alertmanager's.
bool IsWrapper(const YAML::Node& root) {
  return root.IsMap() && (root["alertmanager_config"] || root["template_files"]);
}

StatusOr<StoredConfig> ReadWrapper(const YAML::Node& root) {
  StoredConfig out;
  for (const auto& entry : root) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (entry.second.IsNull()) continue;
    if (key == "alertmanager_config") {
      if (!entry.second.IsScalar())
        return InvalidArgument(
            "alertmanager_config takes a text: write `alertmanager_config: |` and indent the file "
            "below it, or send the file alone");
      out.yaml = entry.second.Scalar();
    } else if (key == "template_files") {
      if (!entry.second.IsMap())
        return InvalidArgument("template_files takes a table of names and texts");
      for (const auto& file : entry.second) {
        if (!file.first.IsScalar() || !file.second.IsScalar())
          return InvalidArgument("template_files takes a table of names and texts");
        out.templates[file.first.Scalar()] = file.second.Scalar();
      }
    }
  }
  if (out.yaml.empty())
    return InvalidArgument(
        "configuration provided is empty, if you'd like to remove your configuration please use "
        "the delete configuration endpoint");
  return out;
}

}  // namespace

std::string EncodeConfig(std::string_view tenant, const StoredConfig& config) {
  std::string out;
  wire::AppendBytesField(out, 1, tenant);
  if (!config.yaml.empty()) wire::AppendBytesField(out, 2, config.yaml);
  for (const auto& [name, text] : config.templates) {
    const size_t begin = wire::BeginMessage(out, 3);
    wire::AppendBytesField(out, 1, name);
    wire::AppendBytesField(out, 2, text);
    wire::EndMessage(out, begin);
  }
  return out;
}

StatusOr<StoredConfig> DecodeConfig(std::string_view bytes) {
  StoredConfig out;
  std::string_view yaml;
  ProtoReader in(wire::BytesOf(bytes));
  if (!wire::EachField(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(2, WireType::kBytes)) return message.ReadString(&yaml);
        if (tag.Is(3, WireType::kBytes)) return ReadTemplate(message, &out);
        return message.Skip(tag);
      }))
    return DataLoss("Alertmanager configuration: ", in.Error(wire::BytesOf(bytes)).message());
  out.yaml = yaml;
  return out;
}

StatusOr<StoredConfig> ParseBody(std::string_view body) {
  // yaml-cpp throws at whatever it does not like.
  try {
    const YAML::Node root = YAML::Load(std::string(body));
    if (IsWrapper(root)) return ReadWrapper(root);
    if (!root.IsMap())
      return InvalidArgument(
          "the body is neither a table with alertmanager_config and template_files nor an "
          "Alertmanager configuration file");
    return StoredConfig{std::string(body), {}};
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument(e.what());
  }
}

std::string FormatBody(const StoredConfig& config) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "template_files" << YAML::Value;
  if (config.templates.empty()) {
    out << YAML::Flow << YAML::BeginMap << YAML::EndMap;
  } else {
    out << YAML::BeginMap;
    for (const auto& [name, text] : config.templates)
      out << YAML::Key << name << YAML::Value << YAML::Literal << text;
    out << YAML::EndMap;
  }
  out << YAML::Key << "alertmanager_config" << YAML::Value << YAML::Literal << config.yaml
      << YAML::EndMap;
  return StrCat(out.c_str(), "\n");
}

// Templates are parsed for them alone, so who has none does not pay.
Status TenantConfig::ReadRouteLabels(std::function<int64_t()> now_ms) {
  std::vector<const alerting::Route*> labelled;
  root_->Walk([&labelled](const alerting::Route& route) {
    if (!route.options().labels.empty()) labelled.push_back(&route);
  });
  if (labelled.empty()) return OkStatus();
  KVS_ASSIGN_OR_RETURN(const gotemplate::TemplateSet set,
                       alerting::NotificationTemplates(templates_, std::move(now_ms)));
  for (const alerting::Route* route : labelled)
    route_labels_.try_emplace(route, set, route->options().labels);
  return OkStatus();
}

const gotemplate::RouteLabels* TenantConfig::LabelsOf(const alerting::Route& route) const {
  const auto found = route_labels_.find(&route);
  return found == route_labels_.end() ? nullptr : &found->second;
}

StatusOr<std::shared_ptr<const TenantConfig>> TenantConfig::Make(StoredConfig stored,
                                                                 std::function<int64_t()> now_ms) {
  auto out = std::make_shared<TenantConfig>();
  KVS_ASSIGN_OR_RETURN(out->config_, alerting::ParseConfig(stored.yaml));
  for (const std::string& pattern : out->config_.templates) {
    if (!IsPlainFileName(pattern))
      return InvalidArgument("invalid template name ", Quote(pattern),
                             ": the template name cannot contain any path");
    for (const auto& [name, text] : stored.templates) {
      const bool there = std::any_of(out->templates_.begin(), out->templates_.end(),
                                     [&n = name](const auto& t) { return t.first == n; });
      if (!there && fnmatch(pattern.c_str(), name.c_str(), 0) == 0)
        out->templates_.emplace_back(name, text);
    }
  }
  for (const auto& [name, text] : stored.templates) {
    if (!IsPlainFileName(name))
      return InvalidArgument("invalid template name ", Quote(name),
                             ": the template name cannot contain any path");
  }
  KVS_ASSIGN_OR_RETURN(out->public_yaml_, alerting::WithoutSecrets(stored.yaml));
  out->root_ = alerting::Route::Make(out->config_.route);
  KVS_RETURN_IF_ERROR(out->ReadRouteLabels(std::move(now_ms)));
  out->stored_ = std::move(stored);
  return std::shared_ptr<const TenantConfig>(std::move(out));
}

}  // namespace kvs::alertmanager
