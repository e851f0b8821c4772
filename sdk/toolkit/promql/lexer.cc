// SPDX-License-Identifier: Apache-2.0
#include "lexer.h"

#include <utility>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"

#include "numbers.h"

namespace kvs::promql {
namespace {

constexpr std::string_view kDecimal = "0123456789";
constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF";

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsAlpha(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsAlphaNumeric(char c) {
  return IsAlpha(c) || IsDigit(c);
}
bool IsIn(char c, std::string_view set) {
  return c != '\0' && set.find(c) != std::string_view::npos;
}

// step, range, min_of, max_of: what a word inside brackets may begin with.
bool MayBeginDurationWord(char c) {
  return IsIn(c, "srmSRM");
}

int HexValue(Rune r) {
  if (r >= '0' && r <= '9') return r - '0';
  if (r >= 'a' && r <= 'f') return r - 'a' + 10;
  if (r >= 'A' && r <= 'F') return r - 'A' + 10;
  return 16;
}

}  // namespace

Token Lexer::Next() {
  if (failed_) return Token{TokenType::kError, static_cast<int32_t>(start_), {}};
  while (true) {
    if (IsBlank(Peek())) {
      SkipBlanks();
    } else if (Peek() == '#' && (brace_open_ || !in_duration_)) {
      SkipComment();
    } else {
      break;
    }
  }
  start_ = pos_;
  if (brace_open_) return InBraces();
  return in_duration_ ? InDuration() : InStatement();
}

Token Lexer::InStatement() {
  if (AtEof()) return AtEnd();
  const char c = input_[pos_];
  if (IsDigit(c) || (c == '.' && pos_ + 1 < input_.size() && IsDigit(input_[pos_ + 1])))
    return Digits();
  if (IsAlpha(c)) return bracket_open_ ? WordInBrackets() : Word();
  if (c == ':') return bracket_open_ ? Colon() : Word();
  const Rune rune = PeekRune();
  ++pos_;
  switch (c) {
    case ',':
      return Emit(TokenType::kComma);
    case '*':
      return Emit(TokenType::kMul);
    case '/':
      return Emit(TokenType::kDiv);
    case '%':
      return Emit(TokenType::kMod);
    case '+':
      return Emit(TokenType::kAdd);
    case '-':
      return Emit(TokenType::kSub);
    case '^':
      return Emit(TokenType::kPow);
    case '@':
      return Emit(TokenType::kAt);
    case '=':
      if (Peek() == '~') return Fail("unexpected character after '=': '~'");
      return MaybeTwo('=', TokenType::kEqual, TokenType::kAssign);
    case '!':
      if (Peek() == '=') return MaybeTwo('=', TokenType::kNotEqual, TokenType::kNotEqual);
      return Fail(StrCat("unexpected character after '!': ", QuoteRune(PeekRune())));
    case '<':
      if (Peek() == '/') return MaybeTwo('/', TokenType::kTrimUpper, TokenType::kLess);
      return MaybeTwo('=', TokenType::kLessEqual, TokenType::kLess);
    case '>':
      if (Peek() == '/') return MaybeTwo('/', TokenType::kTrimLower, TokenType::kGreater);
      return MaybeTwo('=', TokenType::kGreaterEqual, TokenType::kGreater);
    case '"':
    case '\'':
      return QuotedString(c);
    case '`':
      return RawString();
    case '(':
    case ')':
      return Paren(c);
    case '{':
      brace_open_ = true;
      return Emit(TokenType::kLeftBrace);
    case '[':
      return OpenBracket();
    case ']':
      return CloseBracket();
    default:
      return Fail(StrCat("unexpected character: ", QuoteRune(rune)));
  }
}

Token Lexer::InBraces() {
  if (AtEof()) return Fail("unexpected end of input inside braces");
  const char c = input_[pos_];
  if (IsAlpha(c)) {
    while (IsAlphaNumeric(Peek())) ++pos_;
    return Emit(TokenType::kIdentifier);
  }
  const Rune rune = PeekRune();
  ++pos_;
  switch (c) {
    case ',':
      return Emit(TokenType::kComma);
    case '"':
    case '\'':
      return QuotedString(c);
    case '`':
      return RawString();
    case '=':
      return MaybeTwo('~', TokenType::kRegex, TokenType::kAssign);
    case '!':
      if (Peek() == '~') return MaybeTwo('~', TokenType::kNotRegex, TokenType::kNotRegex);
      if (Peek() == '=') return MaybeTwo('=', TokenType::kNotEqual, TokenType::kNotEqual);
      return Fail(StrCat("unexpected character after '!' inside braces: ", QuoteRune(PeekRune())));
    case '{':
      return Fail("unexpected left brace '{'");
    case '}':
      brace_open_ = false;
      return Emit(TokenType::kRightBrace);
    default:
      return Fail(StrCat("unexpected character inside braces: ", QuoteRune(rune)));
  }
}

Token Lexer::InDuration() {
  if (AtEof()) return Fail("unexpected end of input in duration expression");
  const char c = input_[pos_];
  if (IsDigit(c) || (c == '.' && pos_ + 1 < input_.size() && IsDigit(input_[pos_ + 1]))) {
    got_number_ = true;
    in_duration_ = false;
    return Digits();
  }
  const Rune rune = PeekRune();
  ++pos_;
  switch (c) {
    case '+':
      return Emit(TokenType::kAdd);
    case '-':
      return Emit(TokenType::kSub);
    case '*':
      return Emit(TokenType::kMul);
    case '/':
      return Emit(TokenType::kDiv);
    case '%':
      return Emit(TokenType::kMod);
    case '^':
      return Emit(TokenType::kPow);
    case ',':
      return Emit(TokenType::kComma);
    case '(':
    case ')':
      return Paren(c);
    case ']':
      got_colon_ = false;
      return CloseBracket();
    case ':':
      if (got_number_ && !got_colon_) {
        got_colon_ = true;
        return Emit(TokenType::kColon);
      }
      start_ = pos_;  // These two are reported behind the colon.
      return Fail(got_number_ ? "unexpected repeated colon in duration expression"
                              : "unexpected colon before duration in duration expression");
    default:
      break;
  }
  if (MayBeginDurationWord(c)) {
    const TokenType word = ScanDurationKeyword();
    if (word != TokenType::kIdentifier) return Emit(word);
  }
  return Fail(StrCat("unexpected character in duration expression: ", QuoteRune(rune)));
}

Token Lexer::AtEnd() {
  if (paren_depth_ != 0) return Fail("unclosed left parenthesis");
  if (bracket_open_) return Fail("unclosed left bracket");
  return Emit(TokenType::kEof);
}

Token Lexer::Digits() {
  if (ScanNumber()) return Emit(TokenType::kNumber);
  if (ScanDuration()) return Emit(TokenType::kDuration);
  return Fail(
      StrCat("bad number or duration syntax: ", Quote(input_.substr(start_, pos_ - start_))));
}

Token Lexer::QuotedString(char quote) {
  while (true) {
    size_t width = 0;
    const Rune r = DecodeRune(input_, pos_, &width);
    pos_ += width;
    if (r == kEofRune || r == '\n') return Fail("unterminated quoted string");
    if (r == kRuneError) return Fail("invalid UTF-8 rune");
    if (r == '\\' && !CheckEscape(quote)) return Fail(std::move(error_));
    if (r == quote) return Emit(TokenType::kString);
  }
}

Token Lexer::RawString() {
  while (true) {
    size_t width = 0;
    const Rune r = DecodeRune(input_, pos_, &width);
    pos_ += width;
    if (r == kEofRune) return Fail("unterminated raw string");
    if (r == kRuneError) return Fail("invalid UTF-8 rune");
    if (r == '`') return Emit(TokenType::kString);
  }
}

// Skips an escape sequence, whose backslash has been read. False when it is none; error_ then says
// why.
bool Lexer::CheckEscape(char quote) {
  const auto next = [this] {
    size_t width = 0;
    const Rune r = DecodeRune(input_, pos_, &width);
    pos_ += width;
    return r;
  };
  Rune r = next();
  int digits = 0;
  int base = 16;
  int64_t max = kMaxRune;
  switch (r) {
    case 'a':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'v':
    case '\\':
      return true;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
      digits = 3, base = 8, max = 255;
      break;
    case 'x':
      digits = 2, max = 255, r = next();
      break;
    case 'u':
      digits = 4, r = next();
      break;
    case 'U':
      digits = 8, r = next();
      break;
    default:
      if (r == quote) return true;
      error_ = r == kEofRune ? "escape sequence not terminated"
                             : StrCat("unknown escape sequence ", RuneName(r));
      return false;
  }
  int64_t value = 0;
  for (; digits > 0; --digits) {
    const int digit = HexValue(r);
    if (digit >= base) {
      error_ = r == kEofRune ? "escape sequence not terminated"
                             : StrCat("illegal character ", RuneName(r), " in escape sequence");
      return false;
    }
    value = value * base + digit;
    if (digits > 1) r = next();
  }
  if (value > max || (value >= 0xD800 && value < 0xE000)) {
    error_ = "escape sequence is an invalid Unicode code point";
    return false;
  }
  return true;
}

Token Lexer::Word() {
  while (IsAlphaNumeric(Peek()) || Peek() == ':') ++pos_;
  const std::string_view word = input_.substr(start_, pos_ - start_);
  const TokenType type = FindKeyword(word);
  switch (type) {
    case TokenType::kIdentifier:
      return Emit(word.find(':') == std::string_view::npos ? TokenType::kIdentifier
                                                           : TokenType::kMetricIdentifier);
    // Young keywords: without a parenthesis they stay names, so that no older query changes its
    // meaning.
    case TokenType::kFill:
    case TokenType::kFillLeft:
    case TokenType::kFillRight:
      return Emit(LeftParenFollows() ? type : TokenType::kIdentifier);
    default:
      return Emit(type);
  }
}

Token Lexer::WordInBrackets() {
  const char first = input_[pos_++];
  if (MayBeginDurationWord(first)) {
    const TokenType word = ScanDurationKeyword();
    if (word != TokenType::kIdentifier) return Emit(word);
  }
  return Fail(StrCat("unexpected character: ", QuoteRune(first), ", expected ':'"));
}

Token Lexer::Colon() {
  if (got_colon_) return Fail("unexpected colon ':'");
  got_colon_ = true;
  ++pos_;
  return Emit(TokenType::kColon);
}

Token Lexer::Paren(char paren) {
  if (paren == '(') {
    ++paren_depth_;
    return Emit(TokenType::kLeftParen);
  }
  if (--paren_depth_ >= 0) return Emit(TokenType::kRightParen);
  start_ = pos_;  // Reported behind the parenthesis.
  return Fail("unexpected right parenthesis ')'");
}

Token Lexer::OpenBracket() {
  if (bracket_open_) return Fail("unexpected left bracket '['");
  bracket_open_ = true;
  in_duration_ = true;
  got_colon_ = false;
  return Emit(TokenType::kLeftBracket);
}

Token Lexer::CloseBracket() {
  if (!bracket_open_) return Fail("unexpected right bracket ']'");
  bracket_open_ = false;
  in_duration_ = false;
  return Emit(TokenType::kRightBracket);
}

Token Lexer::MaybeTwo(char second, TokenType then, TokenType alone) {
  if (Peek() != second) return Emit(alone);
  ++pos_;
  return Emit(then);
}

// Takes the longest text that looks like a number, which ParseNumber() may still refuse. On false
// the text taken so far may be the beginning of a duration, or is what the error shows.
bool Lexer::ScanNumber() {
  std::string_view digits = kDecimal;
  bool hexadecimal = false;
  if (Accept("0") && Accept("xX")) {
    Accept("_");
    digits = kHexadecimal;
    hexadecimal = true;
  }
  bool got_dot = false;
  bool got_exponent = false;
  Accept(".");
  Accept(digits);
  while (true) {
    const char c = Peek();
    if (c == '.') {
      ++pos_;
      if (got_dot || Accept("_.") || hexadecimal) return false;
      got_dot = true;
    } else if (c == 'e' || c == 'E') {
      // Also in a hexadecimal number beyond its first digit: Prometheus reads 0x1e5 and refuses
      // 0x1e.
      ++pos_;
      if (got_exponent) return false;
      got_exponent = true;
      Accept("+-");
      if (Accept("._eE") || AtEof()) return false;
    } else if (c == '_') {
      ++pos_;
      if (Accept("._eE") || AtEof()) return false;
    } else if (IsIn(c, digits)) {
      while (IsIn(Peek(), digits)) ++pos_;
    } else {
      break;
    }
  }
  return !IsAlphaNumeric(Peek());
}

// Goes on where ScanNumber() stopped: units, each of which but the last is followed by digits.
bool Lexer::ScanDuration() {
  if (!Accept("smhdwy")) return false;
  Accept("s");
  while (Accept(kDecimal)) {
    while (Accept(kDecimal)) continue;
    if (!Accept("smhdw")) return false;
    Accept("s");
  }
  if (!IsAlphaNumeric(Peek())) return true;
  ++pos_;  // So that the error shows what was wrong.
  return false;
}

// The rest of a word whose first letter has been taken; kIdentifier when it is none that durations
// know.
TokenType Lexer::ScanDurationKeyword() {
  while (IsAlpha(Peek())) ++pos_;
  const TokenType type = FindKeyword(input_.substr(start_, pos_ - start_));
  switch (type) {
    case TokenType::kStep:
    case TokenType::kRange:
    case TokenType::kMinOf:
    case TokenType::kMaxOf:
      return type;
    default:
      return TokenType::kIdentifier;
  }
}

bool Lexer::LeftParenFollows() const {
  const size_t next = input_.find_first_not_of(" \t\n\r", pos_);
  return next != std::string_view::npos && input_[next] == '(';
}

void Lexer::SkipBlanks() {
  while (IsBlank(Peek())) ++pos_;
}

void Lexer::SkipComment() {
  while (!AtEof() && Peek() != '\n' && Peek() != '\r') ++pos_;
}

Rune Lexer::PeekRune() const {
  size_t width = 0;
  return DecodeRune(input_, pos_, &width);
}

bool Lexer::Accept(std::string_view set) {
  if (AtEof() || !IsIn(input_[pos_], set)) return false;
  ++pos_;
  return true;
}

Token Lexer::Emit(TokenType type) {
  return Token{type, static_cast<int32_t>(start_), input_.substr(start_, pos_ - start_)};
}

Token Lexer::Fail(std::string message) {
  error_ = std::move(message);
  failed_ = true;
  return Token{TokenType::kError, static_cast<int32_t>(start_), {}};
}

}  // namespace kvs::promql
