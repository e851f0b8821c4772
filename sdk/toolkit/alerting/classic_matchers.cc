// SPDX-License-Identifier: Apache-2.0
// The classic syntax: a legacy name, an operator, and the rest, in double quotes or not.
#include <optional>
#include <string>
#include <vector>

#include "kvs/base/trim.h"
#include "kvs/model/utf8.h"

#include "matcher_syntax.h"

namespace kvs::alerting {
namespace {

constexpr std::string_view kBlanks = "\t\n\f\r ";

bool IsNameByte(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         (!first && c >= '0' && c <= '9');
}

std::optional<model::MatchType> TakeOperator(std::string_view* text) {
  using model::MatchType;
  const auto take = [text](std::string_view op) {
    if (!text->starts_with(op)) return false;
    text->remove_prefix(op.size());
    return true;
  };
  if (take("=~")) return MatchType::kRegex;
  if (take("=")) return MatchType::kEqual;
  if (take("!=")) return MatchType::kNotEqual;
  if (take("!~")) return MatchType::kNotRegex;
  return std::nullopt;
}

StatusOr<std::string> Unescape(std::string_view raw) {
  std::string_view text = raw;
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  if (!model::IsValidUtf8(text)) return InvalidArgument("matcher value not valid UTF-8: ", raw);
  const auto stray = [raw] {
    return InvalidArgument("matcher value contains unescaped double quote: ", raw);
  };
  std::string out;
  bool closed = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      if (!quoted || i + 1 != text.size()) return stray();
      closed = true;
    } else if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (next == 'n') {
        out += '\n';
      } else {
        // Anything else but a quote or a backslash was no escape.
        if (next != '"' && next != '\\') out += '\\';
        out += next;
      }
    } else {
      out += c;
    }
  }
  if (quoted && !closed) return stray();
  return out;
}

// At commas outside of quotes. What is behind the last one counts unless it is blank.
std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> out;
  bool quoted = false, escaped = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',' && !quoted) {
      out.push_back(text.substr(begin, i - begin));
      begin = i + 1;
      continue;
    }
    if (c == '"' && !escaped) quoted = !quoted;
    // A comma between quotes leaves an escape as it is.
    if (c != ',') escaped = c == '\\' && !escaped;
  }
  const std::string_view last = Trimmed(text.substr(begin), kBlanks);
  if (!last.empty()) out.push_back(last);
  return out;
}

}  // namespace

StatusOr<model::Matcher> ParseClassicMatcher(std::string_view text) {
  std::string_view rest = Trimmed(text, kBlanks);
  size_t n = 0;
  while (n < rest.size() && IsNameByte(rest[n], n == 0)) ++n;
  const std::string_view name = rest.substr(0, n);
  rest = Trimmed(rest.substr(n), kBlanks);
  const std::optional<model::MatchType> type = TakeOperator(&rest);
  if (name.empty() || !type.has_value()) return InvalidArgument("bad matcher format: ", text);
  KVS_ASSIGN_OR_RETURN(const std::string value, Unescape(Trimmed(rest, kBlanks)));
  return model::Matcher::Make(*type, name, value);
}

StatusOr<Matchers> ParseClassicMatchers(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  Matchers out;
  for (const std::string_view part : Split(text)) {
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher, ParseClassicMatcher(part));
    out.push_back(std::move(matcher));
  }
  return out;
}

}  // namespace kvs::alerting
