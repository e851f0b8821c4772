// SPDX-License-Identifier: Apache-2.0
#include "kvs/auth/grants.h"

#include <algorithm>
#include <exception>

#include <yaml-cpp/yaml.h>

#include "kvs/base/glob.h"
#include "kvs/promql/ast.h"
#include "kvs/promql/matcher.h"
#include "kvs/promql/parser.h"

namespace kvs::auth {
namespace {

StatusOr<std::vector<std::string>> Texts(const YAML::Node& node, std::string_view key) {
  std::vector<std::string> out;
  if (node.IsScalar()) {
    out.push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (const auto& item : node) {
      if (!item.IsScalar())
        return InvalidArgument("line ", item.Mark().line + 1, ": ", key,
                               " has an entry that is no text");
      out.push_back(item.Scalar());
    }
  } else {
    return InvalidArgument("line ", node.Mark().line + 1, ": ", key, " is no list of texts");
  }
  for (const std::string& text : out) {
    if (text.empty())
      return InvalidArgument("line ", node.Mark().line + 1, ": ", key, " has an empty entry");
  }
  return out;
}

Status ReadKey(const std::string& key, const YAML::Node& value, const GrantsFormat& format,
               Grant& grant) {
  const int line = value.Mark().line + 1;
  if (key == "subjects" || key == "subject") {
    KVS_ASSIGN_OR_RETURN(grant.subjects, Texts(value, key));
  } else if (key == "tenants") {
    KVS_ASSIGN_OR_RETURN(grant.tenants, Texts(value, key));
  } else if (key == "rights") {
    KVS_ASSIGN_OR_RETURN(const std::vector<std::string> words, Texts(value, key));
    for (const std::string& word : words) {
      const auto right = ParseRight(word);
      if (!right.ok()) return Annotate(right.status(), "line ", line);
      grant.rights |= *right;
    }
  } else if (key == "matchers") {
    if (!value.IsScalar())
      return InvalidArgument("line ", line, ": matchers is no selector such as '{env=\"prod\"}'");
    auto matchers = ParseLabelMatchers(value.Scalar());
    if (!matchers.ok()) return Annotate(matchers.status(), "line ", line, ": matchers");
    grant.matchers = *std::move(matchers);
  } else if (std::find(format.more.begin(), format.more.end(), key) != format.more.end()) {
    if (!value.IsScalar()) return InvalidArgument("line ", line, ": ", key, " is no text");
    grant.more[key] = value.Scalar();
  } else {
    return InvalidArgument("line ", line, ": unknown key ", key,
                           " (known: subjects, tenants, rights, matchers)");
  }
  return OkStatus();
}

StatusOr<Grant> ReadGrant(const YAML::Node& node, const GrantsFormat& format) {
  Grant grant;
  grant.line = node.Mark().line + 1;
  if (!node.IsMap())
    return InvalidArgument("line ", grant.line, ": an entry of ", format.list, " is no table");
  for (const auto& entry : node)
    KVS_RETURN_IF_ERROR(ReadKey(entry.first.Scalar(), entry.second, format, grant));
  if (grant.subjects.empty())
    return InvalidArgument("line ", grant.line, ": the entry names no subject");
  if (grant.rights == 0)
    return InvalidArgument("line ", grant.line, ": the entry gives no rights (read, write, admin)");
  if ((grant.rights & (kRead | kWrite)) != 0 && grant.tenants.empty()) {
    return InvalidArgument("line ", grant.line,
                           ": the entry names no tenants; \"*\" stands for all");
  }
  return grant;
}

}  // namespace

StatusOr<uint32_t> ParseRight(std::string_view word) {
  if (word == "read") return uint32_t{kRead};
  if (word == "write") return uint32_t{kWrite};
  if (word == "admin") return uint32_t{kAdmin};
  return InvalidArgument("unknown right ", word, " (known: read, write, admin)");
}

StatusOr<std::vector<LabelMatcher>> ParseLabelMatchers(std::string_view selector) {
  KVS_ASSIGN_OR_RETURN(const std::vector<promql::Matcher> parsed,
                       promql::ParseMetricSelector(selector));
  std::vector<LabelMatcher> out;
  for (const promql::Matcher& m : parsed) {
    // A regular expression that cannot be compiled is found here, not at the first query.
    KVS_RETURN_IF_ERROR(promql::MatchesEmpty(m).status());
    const int32_t type = m.op == promql::MatchOp::kEqual      ? 0
                         : m.op == promql::MatchOp::kNotEqual ? 1
                         : m.op == promql::MatchOp::kRegex    ? 2
                                                              : 3;
    out.push_back({m.name, type, m.value});
  }
  return out;
}

StatusOr<std::vector<Grant>> ParseGrants(const std::string& yaml, const GrantsFormat& format) {
  // yaml-cpp throws at whatever it does not like.
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap())
      return InvalidArgument("line 1: the file is no table with the key ", format.list);
    std::vector<Grant> out;
    for (const auto& entry : root) {
      if (entry.first.Scalar() != format.list) {
        return InvalidArgument("line ", entry.first.Mark().line + 1, ": unknown key ",
                               entry.first.Scalar(), " (known: ", format.list, ")");
      }
      if (entry.second.IsNull()) continue;
      if (!entry.second.IsSequence())
        return InvalidArgument("line ", entry.second.Mark().line + 1, ": ", format.list,
                               " is no list");
      for (const auto& item : entry.second) {
        KVS_ASSIGN_OR_RETURN(Grant grant, ReadGrant(item, format));
        out.push_back(std::move(grant));
      }
    }
    return out;
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument(e.what());
  }
}

const Grant* FindGrant(std::span<const Grant> grants, std::span<const std::string_view> names) {
  for (const Grant& grant : grants) {
    for (const std::string& subject : grant.subjects) {
      for (const std::string_view name : names) {
        if (FitsPattern(subject, name)) return &grant;
      }
    }
  }
  return nullptr;
}

}  // namespace kvs::auth
