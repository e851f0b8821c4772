// SPDX-License-Identifier: Apache-2.0
#include "token.h"

#include <algorithm>
#include <iterator>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

namespace kvs::promql {
namespace {

struct Keyword {
  std::string_view word;
  TokenType type;
};

constexpr Keyword kKeywords[] = {
    {"anchored", TokenType::kAnchored},
    {"and", TokenType::kAnd},
    {"atan2", TokenType::kAtan2},
    {"avg", TokenType::kAvg},
    {"bool", TokenType::kBool},
    {"bottomk", TokenType::kBottomk},
    {"by", TokenType::kBy},
    {"count", TokenType::kCount},
    {"count_values", TokenType::kCountValues},
    {"end", TokenType::kEnd},
    {"fill", TokenType::kFill},
    {"fill_left", TokenType::kFillLeft},
    {"fill_right", TokenType::kFillRight},
    {"group", TokenType::kGroup},
    {"group_left", TokenType::kGroupLeft},
    {"group_right", TokenType::kGroupRight},
    {"ignoring", TokenType::kIgnoring},
    {"inf", TokenType::kNumber},
    {"limit_ratio", TokenType::kLimitRatio},
    {"limitk", TokenType::kLimitk},
    {"max", TokenType::kMax},
    {"max_of", TokenType::kMaxOf},
    {"min", TokenType::kMin},
    {"min_of", TokenType::kMinOf},
    {"nan", TokenType::kNumber},
    {"offset", TokenType::kOffset},
    {"on", TokenType::kOn},
    {"or", TokenType::kOr},
    {"quantile", TokenType::kQuantile},
    {"range", TokenType::kRange},
    {"smoothed", TokenType::kSmoothed},
    {"start", TokenType::kStart},
    {"stddev", TokenType::kStddev},
    {"stdvar", TokenType::kStdvar},
    {"step", TokenType::kStep},
    {"sum", TokenType::kSum},
    {"topk", TokenType::kTopk},
    {"unless", TokenType::kUnless},
    {"without", TokenType::kWithout},
};
constexpr size_t kLongestKeyword = 12;

constexpr bool KeywordsAreSorted() {
  for (size_t i = 0; i < std::size(kKeywords); ++i) {
    if (kKeywords[i].word.size() > kLongestKeyword) return false;
    if (i > 0 && !(kKeywords[i - 1].word < kKeywords[i].word)) return false;
  }
  return true;
}
static_assert(KeywordsAreSorted());

// At most ten runes, as messages show long literals.
std::string_view FirstRunes(std::string_view text, size_t count) {
  size_t i = 0;
  while (i < text.size() && count-- > 0) {
    ++i;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) ++i;
  }
  return text.substr(0, i);
}

std::string ShortQuoted(std::string_view text) {
  constexpr size_t kShownMax = 10;
  if (text.size() <= kShownMax) return Quote(text);
  return StrCat(Quote(FirstRunes(text, kShownMax)), "...");
}

}  // namespace

bool MayBeMetricName(TokenType t) {
  switch (t) {
    case TokenType::kIdentifier:
    case TokenType::kMetricIdentifier:
    case TokenType::kAnd:
    case TokenType::kOr:
    case TokenType::kUnless:
    case TokenType::kBy:
    case TokenType::kWithout:
    case TokenType::kOffset:
    case TokenType::kFill:
    case TokenType::kFillLeft:
    case TokenType::kFillRight:
    case TokenType::kAnchored:
    case TokenType::kSmoothed:
      return true;
    default:
      return IsAggregator(t) || IsPreprocessor(t);
  }
}

bool MayBeGroupingLabel(TokenType t) {
  switch (t) {
    case TokenType::kIdentifier:
    case TokenType::kMetricIdentifier:
    case TokenType::kAnd:
    case TokenType::kOr:
    case TokenType::kUnless:
    case TokenType::kAtan2:
      return true;
    case TokenType::kWithout:
      return false;  // As in Prometheus' grammar; quotes help.
    default:
      return IsAggregator(t) || IsKeyword(t) || IsPreprocessor(t);
  }
}

std::string Describe(const Token& token) {
  switch (token.type) {
    case TokenType::kEof:
      return "end of input";
    case TokenType::kError:
      return "error";
    case TokenType::kIdentifier:
      return StrCat("identifier ", Quote(token.text));
    case TokenType::kMetricIdentifier:
      return StrCat("metric identifier ", Quote(token.text));
    case TokenType::kString:
      return StrCat("string ", ShortQuoted(token.text));
    case TokenType::kNumber:
      return StrCat("number ", ShortQuoted(token.text));
    case TokenType::kDuration:
      return StrCat("duration ", ShortQuoted(token.text));
    default:
      break;
  }
  if (IsKeyword(token.type)) return StrCat("<", token.text, ">");
  if (IsOperator(token.type)) return StrCat("<op:", token.text, ">");
  if (IsAggregator(token.type)) return StrCat("<aggr:", token.text, ">");
  return ShortQuoted(token.text);
}

TokenType FindKeyword(std::string_view word) {
  if (word.size() > kLongestKeyword) return TokenType::kIdentifier;
  char lower[kLongestKeyword];
  std::transform(word.begin(), word.end(), lower,
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
  const std::string_view key(lower, word.size());
  const auto* const found =
      std::lower_bound(std::begin(kKeywords), std::end(kKeywords), key,
                       [](const Keyword& k, std::string_view w) { return k.word < w; });
  return found != std::end(kKeywords) && found->word == key ? found->type : TokenType::kIdentifier;
}

}  // namespace kvs::promql
