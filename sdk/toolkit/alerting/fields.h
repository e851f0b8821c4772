// SPDX-License-Identifier: Apache-2.0
// Fields: what a table of the configuration may have, as data: names, kinds and defaults. One walk
// checks a table against its fields, another writes it as JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "kvs/base/status.h"

namespace kvs::alerting {

enum class Kind : uint8_t {
  kText,
  kSecret,
  kFile,  // The name of a file on the server.
  kUrl,   // http or https.
  kSecretUrl,
  kHostPort,
  kBool,
  kInt,
  kDuration,    // Prometheus': 1h30m, 1d.
  kGoDuration,  // Go's: 1.5h, 300ms.
  kTextList,
  kTextMap,
  kAny,
  kTable,
  kTableList,
};

struct Field {
  const char* name;
  Kind kind;
  /// Value where none is given; null: then the field is left out.
  const char* fallback = nullptr;
  std::span<const Field> fields = {};  ///< Of kTable and kTableList.
};
using Fields = std::span<const Field>;

/// Where a table stands, for messages, and what was noticed on the way.
struct Place {
  std::string path;                 ///< "receivers.pager.pagerduty_configs"
  std::vector<std::string>* files;  ///< Paths of the fields of kind kFile that are set.
};

/// Puts the line before the message.
Status AtLine(const YAML::Node& node, const Status& status);

/// Checks that `node` is a table of nothing but `fields`, each with a value of its kind. A node
/// that is null or not there has none. InvalidArgument names line and field.
Status CheckTable(const YAML::Node& node, Fields fields, const Place& place);

/// The value of a scalar, or empty.
std::string TextOf(const YAML::Node& table, const char* name);
/// Whether a value stands there; a secret of "" counts as none, as in Go.
bool IsSet(const YAML::Node& table, const char* name);

/// The table as a JSON object: values as given, then defaults, in the order of `fields`.
std::string ToJson(const YAML::Node& node, Fields fields);

/// "1", "yes", "on", "true" and so on, in the words of YAML 1.1, in which the files are written.
StatusOr<bool> ParseBool(const YAML::Node& node);

}  // namespace kvs::alerting
