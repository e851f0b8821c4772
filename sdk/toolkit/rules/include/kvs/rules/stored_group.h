// SPDX-License-Identifier: Apache-2.0
// Rule groups in a bucket, as Mimir keeps them: one object a group, rules/TENANT/NAMESPACE/GROUP
// with the two names in URL-safe base64, and in it the protobuf message RuleGroupDesc. What that
// message has no place for (limit and labels of a group) stands in its `options`, which other
// readers skip.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/rules/rule_file.h"

namespace kvs::rules {

struct StoredGroup {
  std::string tenant;
  std::string namespace_name;
  Group group;
  friend bool operator==(const StoredGroup&, const StoredGroup&) = default;
};

/// "rules/"
inline constexpr std::string_view kRulesPrefix = "rules/";

std::string EncodeGroup(const StoredGroup& stored);
/// DataLoss for bytes that are no such message. [any]
StatusOr<StoredGroup> DecodeGroup(std::string_view bytes);

/// rules/TENANT/b64(NAMESPACE)/b64(GROUP)
std::string GroupKey(std::string_view tenant, std::string_view namespace_name,
                     std::string_view group);
/// rules/TENANT/b64(NAMESPACE)/
std::string NamespacePrefix(std::string_view tenant, std::string_view namespace_name);
/// Tenant, namespace and the group's name of a key; InvalidArgument for another.
struct KeyParts {
  std::string tenant, namespace_name, group;
};
StatusOr<KeyParts> ParseGroupKey(std::string_view key);

/// base64.URLEncoding, padded.
std::string Base64Url(std::string_view text);
StatusOr<std::string> FromBase64Url(std::string_view text);

}  // namespace kvs::rules
