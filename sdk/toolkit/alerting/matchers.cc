// SPDX-License-Identifier: Apache-2.0
#include "kvs/alerting/matchers.h"

#include <algorithm>
#include <tuple>

#include "kvs/base/quote.h"
#include "kvs/base/rune.h"
#include "kvs/model/utf8.h"

#include "matcher_syntax.h"

namespace kvs::alerting {
namespace {

// The escapes of OpenMetrics, which both syntaxes read back.
std::string EscapeValue(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

bool HasReserved(std::string_view name) {
  size_t width = 0;
  for (size_t at = 0; at < name.size(); at += width) {
    if (IsReserved(DecodeRune(name, at, &width))) return true;
  }
  return false;
}

}  // namespace

StatusOr<Matchers> ParseMatchers(std::string_view text, Syntax syntax) {
  if (syntax == Syntax::kClassic) return ParseClassicMatchers(text);
  StatusOr<Matchers> utf8 = ParseUtf8Matchers(text);
  if (syntax == Syntax::kUtf8) return utf8;
  StatusOr<Matchers> classic = ParseClassicMatchers(text);
  if (!classic.ok()) return utf8.ok() ? std::move(utf8) : std::move(classic);
  return classic;
}

StatusOr<model::Matcher> ParseMatcher(std::string_view text, Syntax syntax) {
  if (syntax == Syntax::kClassic) return ParseClassicMatcher(text);
  if (text.starts_with('{') || text.ends_with('}'))
    return InvalidArgument("unexpected open or close brace: ", text);
  const auto one = [&]() -> StatusOr<model::Matcher> {
    KVS_ASSIGN_OR_RETURN(Matchers matchers, ParseUtf8Matchers(text));
    if (matchers.empty()) return InvalidArgument("no matchers");
    if (matchers.size() > 1) return InvalidArgument("expected 1 matcher, found ", matchers.size());
    return std::move(matchers.front());
  };
  StatusOr<model::Matcher> utf8 = one();
  if (syntax == Syntax::kUtf8) return utf8;
  StatusOr<model::Matcher> classic = ParseClassicMatcher(text);
  if (!classic.ok()) return utf8.ok() ? std::move(utf8) : std::move(classic);
  return classic;
}

bool IsLabelName(std::string_view name, Syntax syntax) {
  return model::IsValidLabelName(
      name, syntax == Syntax::kClassic ? model::NameScheme::kLegacy : model::NameScheme::kUtf8);
}

void Sort(Matchers& matchers) {
  std::sort(matchers.begin(), matchers.end(), [](const model::Matcher& a, const model::Matcher& b) {
    return std::tuple(std::string_view(a.name()), std::string_view(a.value()), a.type()) <
           std::tuple(std::string_view(b.name()), std::string_view(b.value()), b.type());
  });
}

bool MatchesAll(const Matchers& matchers, const model::Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& matcher) {
    return matcher.Matches(labels.Get(matcher.name()));
  });
}

std::string Format(const model::Matcher& matcher) {
  const std::string_view type = model::MatchTypeText(matcher.type());
  if (HasReserved(matcher.name()))
    return StrCat(Quote(matcher.name()), type, Quote(matcher.value()));
  return StrCat(matcher.name(), type, '"', EscapeValue(matcher.value()), '"');
}

std::string Format(const Matchers& matchers) {
  std::string out = "{";
  for (const model::Matcher& matcher : matchers) {
    if (out.size() > 1) out += ',';
    out += Format(matcher);
  }
  return out + "}";
}

}  // namespace kvs::alerting
