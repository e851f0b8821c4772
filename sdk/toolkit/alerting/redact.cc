// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>
#include <string>

#include <yaml-cpp/yaml.h>

#include "kvs/alerting/config.h"

#include "fields.h"
#include "integrations.h"

namespace kvs::alerting {
namespace {

constexpr const char* kSecretText = "<secret>";

void RedactScalars(YAML::Node node) {
  if (node.IsScalar()) {
    node = kSecretText;
  } else if (node.IsSequence()) {
    for (YAML::Node item : node) RedactScalars(item);
  } else if (node.IsMap()) {
    for (auto entry : node) RedactScalars(entry.second);
  }
}

// Headers of requests: those for proxies are secret, of others what stands in `secrets`.
void RedactHeaders(std::string_view name, YAML::Node node) {
  if (name == "proxy_connect_header") {
    RedactScalars(node);
  } else if (name == "http_headers" && node.IsMap()) {
    for (auto header : node) {
      if (header.second.IsMap() && header.second["secrets"])
        RedactScalars(header.second["secrets"]);
    }
  }
}

void RedactTable(YAML::Node node, Fields fields) {
  if (!node || !node.IsMap()) return;
  for (auto entry : node) {
    if (!entry.first.IsScalar()) continue;
    const std::string name = entry.first.Scalar();
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&name](const Field& f) { return name == f.name; });
    if (field == fields.end()) continue;
    switch (field->kind) {
      case Kind::kSecret:
      case Kind::kSecretUrl:
        if (entry.second.IsScalar() && !entry.second.Scalar().empty()) entry.second = kSecretText;
        break;
      case Kind::kTable:
        RedactTable(entry.second, field->fields);
        break;
      case Kind::kTableList:
        if (!entry.second.IsSequence()) break;
        for (YAML::Node item : entry.second) RedactTable(item, field->fields);
        break;
      case Kind::kAny:
        RedactHeaders(name, entry.second);
        break;
      default:
        break;
    }
  }
}

void RedactReceivers(YAML::Node receivers) {
  if (!receivers || !receivers.IsSequence()) return;
  for (YAML::Node receiver : receivers) {
    if (!receiver.IsMap()) continue;
    for (auto entry : receiver) {
      const IntegrationKind* const kind =
          entry.first.IsScalar() ? FindIntegrationKind(entry.first.Scalar()) : nullptr;
      if (kind == nullptr || !entry.second.IsSequence()) continue;
      for (YAML::Node item : entry.second) RedactTable(item, kind->fields);
    }
  }
}

}  // namespace

StatusOr<std::string> WithoutSecrets(std::string_view yaml) {
  // yaml-cpp throws at whatever it does not like.
  try {
    YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) return InvalidArgument("the configuration is no table");
    RedactTable(root["global"], GlobalFields());
    RedactReceivers(root["receivers"]);
    YAML::Emitter out;
    out << root;
    return std::string(out.c_str()) + "\n";
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument(e.what());
  }
}

}  // namespace kvs::alerting
