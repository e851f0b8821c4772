// SPDX-License-Identifier: Apache-2.0
#include "line_cursor.h"

#include "kvs/base/quote.h"

#include "numbers.h"

namespace kvs::promql {
namespace {

// The letters of Inf and NaN, in any case, but not x, which begins a repetition.
bool IsLetterBeforeX(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) < 'x';
}

}  // namespace

Status LineCursor::ReadSignedNumber(double* value) {
  const size_t start = pos_;
  bool minus = false;
  if (Peek() == '+' || Peek() == '-') minus = Take() == '-';
  const size_t number_start = pos_;
  if (TakeWhile([](char c) { return IsDigit(c) || c == '.'; }).empty()) {
    TakeWhile(IsLetterBeforeX);
  } else if (Peek() == 'e' || Peek() == 'E') {
    Take();
    if (Peek() == '+' || Peek() == '-') Take();
    TakeWhile(IsDigit);
  }
  const StatusOr<double> parsed = ParseNumber(text_.substr(number_start, pos_ - number_start));
  if (!parsed.ok()) {
    pos_ = start;
    return Unexpected("series values", "number or \"stale\"");
  }
  *value = minus ? -*parsed : *parsed;
  return OkStatus();
}

Status LineCursor::Unexpected(std::string_view where, std::string_view expected) const {
  size_t width = 0;
  const Rune rune = DecodeRune(text_, pos_, &width);
  std::string message =
      AtEnd() ? "unexpected end of input" : StrCat("unexpected ", QuoteRune(rune));
  if (!where.empty()) StrAppend(message, " in ", where);
  if (!expected.empty()) StrAppend(message, ", expected ", expected);
  return Error(pos_, message);
}

Status LineCursor::ErrorAt(const Token& token, const Lexer& lexer, std::string_view where,
                           std::string_view expected) const {
  const auto pos = static_cast<size_t>(token.pos);
  if (token.type == TokenType::kError) return Error(pos, lexer.error());
  return Error(pos, "unexpected ", Describe(token), " in ", where, ", expected ", expected);
}

}  // namespace kvs::promql
