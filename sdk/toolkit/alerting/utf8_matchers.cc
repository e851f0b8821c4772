// SPDX-License-Identifier: Apache-2.0
// The newer syntax: names and values of any UTF-8, bare while they have no reserved character, else
// in double quotes with Go's escapes. Positions in messages are columns of runes, begin and end.
#include <string>

#include "kvs/base/quote.h"
#include "kvs/model/utf8.h"

#include "matcher_syntax.h"

namespace kvs::alerting {
namespace {

enum class Kind { kEnd, kOpen, kClose, kComma, kOperator, kQuoted, kBare };

struct Token {
  Kind kind = Kind::kEnd;
  std::string_view text;
  size_t begin = 0;  // Columns.
  size_t end = 0;
};

std::string At(const Token& token) {
  return StrCat(token.begin, ":", token.end, ": ");
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// Looks at the next token without taking it.
  StatusOr<Token> Peek() {
    const Lexer before = *this;
    StatusOr<Token> token = Take();
    *this = before;
    return token;
  }

  StatusOr<Token> Take() {
    while (IsSpace(Look())) {
      Next();
      Drop();
    }
    const Rune rune = Look();
    switch (rune) {
      case kEofRune:
        return Token{Kind::kEnd, {}, columns_, columns_};
      case '{':
        return Single(Kind::kOpen);
      case '}':
        return Single(Kind::kClose);
      case ',':
        return Single(Kind::kComma);
      case '=':
      case '!':
        return TakeOperator();
      case '"':
        return TakeQuoted();
      default:
        break;
    }
    if (IsReserved(rune)) {
      Next();
      const Token bad = Emit(Kind::kBare);
      return InvalidArgument(At(bad), bad.text, ": invalid input");
    }
    while (Look() != kEofRune && !IsReserved(Look())) Next();
    return Emit(Kind::kBare);
  }

  size_t columns() const { return columns_; }

 private:
  Rune Look() const {
    size_t width = 0;
    return DecodeRune(text_, at_, &width);
  }
  void Next() {
    size_t width = 0;
    DecodeRune(text_, at_, &width);
    at_ += width;
    if (width > 0) ++columns_;
  }
  void Drop() {
    begin_ = at_;
    first_column_ = columns_;
  }
  Token Emit(Kind kind) {
    const Token token{kind, text_.substr(begin_, at_ - begin_), first_column_, columns_};
    Drop();
    return token;
  }
  Token Single(Kind kind) {
    Next();
    return Emit(kind);
  }

  StatusOr<Token> TakeOperator() {
    const bool negative = Look() == '!';
    Next();
    if (Look() == '~' || (negative && Look() == '=')) {
      Next();
    } else if (negative) {
      const Token bad = Emit(Kind::kOperator);
      if (at_ >= text_.size())
        return InvalidArgument(At(bad), "unexpected end of input, expected one of '=~'");
      return InvalidArgument(At(bad), bad.text, ": expected one of '=~'");
    }
    return Emit(Kind::kOperator);
  }

  StatusOr<Token> TakeQuoted() {
    Next();
    bool escaped = false;
    for (Rune rune = Look(); rune != kEofRune; rune = Look()) {
      if (rune == '"' && !escaped) {
        Next();
        return Emit(Kind::kQuoted);
      }
      escaped = rune == '\\' && !escaped;
      Next();
    }
    const Token bad = Emit(Kind::kQuoted);
    return InvalidArgument(At(bad), bad.text, ": missing end \"");
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;
  size_t columns_ = 0;
  size_t first_column_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  StatusOr<Matchers> Parse() {
    KVS_ASSIGN_OR_RETURN(Token token, lexer_.Peek());
    if (token.kind == Kind::kEnd) return Matchers();
    if (token.kind == Kind::kOpen) {
      in_braces_ = true;
      IgnoreError(lexer_.Take().status(), "it has just been looked at");
      KVS_ASSIGN_OR_RETURN(token, lexer_.Peek());
    }
    Matchers out;
    bool more = token.kind != Kind::kClose && token.kind != Kind::kEnd;
    while (more) {
      KVS_ASSIGN_OR_RETURN(model::Matcher matcher, ParseOne());
      out.push_back(std::move(matcher));
      KVS_ASSIGN_OR_RETURN(more, TakeComma());
    }
    KVS_RETURN_IF_ERROR(TakeEnd());
    return out;
  }

 private:
  StatusOr<Token> Expect(bool (*is_it)(Kind), std::string_view what) {
    KVS_ASSIGN_OR_RETURN(const Token token, Annotated(lexer_.Peek(), what));
    if (token.kind == Kind::kEnd) return InvalidArgument("end of input: ", what);
    if (!is_it(token.kind))
      return InvalidArgument(At(token), "unexpected ", token.text, ": ", what);
    return lexer_.Take();
  }

  static StatusOr<Token> Annotated(StatusOr<Token> token, std::string_view what) {
    if (token.ok()) return token;
    return InvalidArgument(token.status().message(), ": ", what);
  }

  static bool IsText(Kind kind) { return kind == Kind::kQuoted || kind == Kind::kBare; }

  static StatusOr<std::string> TextOf(const Token& token) {
    const auto invalid = [&token] {
      return InvalidArgument(At(token), token.text, ": invalid input");
    };
    std::string text(token.text);
    if (token.kind == Kind::kQuoted) {
      if (!IsWellQuoted(token.text)) return invalid();
      text = Unquote(token.text);
    }
    if (!model::IsValidUtf8(text)) return invalid();
    return text;
  }

  /// Whether what stands between the quotes has Go's escapes and no line break.
  static bool IsWellQuoted(std::string_view token) {
    const auto digits = [&](size_t at, size_t n, bool octal) {
      for (size_t i = at; i < at + n; ++i) {
        const char c = i < token.size() ? token[i] : '\0';
        const bool decimal = c >= '0' && c <= (octal ? '7' : '9');
        const bool hex = !octal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        if (!decimal && !hex) return false;
      }
      return true;
    };
    for (size_t i = 1; i + 1 < token.size(); ++i) {
      if (token[i] == '\n') return false;
      if (token[i] != '\\') continue;
      const char c = token[++i];
      if (std::string_view("abfnrtv\\\"").find(c) != std::string_view::npos) continue;
      size_t n = 0;
      if (c == 'x') n = 2;
      if (c == 'u') n = 4;
      if (c == 'U') n = 8;
      if (n > 0 && digits(i + 1, n, false)) {
        i += n;
        continue;
      }
      if (c >= '0' && c <= '3' && digits(i, 3, true)) {
        i += 2;
        continue;
      }
      return false;
    }
    return true;
  }

  StatusOr<model::Matcher> ParseOne() {
    using model::MatchType;
    KVS_ASSIGN_OR_RETURN(const Token name_token, Expect(&IsText, "expected label name"));
    KVS_ASSIGN_OR_RETURN(const std::string name, TextOf(name_token));
    KVS_ASSIGN_OR_RETURN(const Token op,
                         Expect([](Kind kind) { return kind == Kind::kOperator; },
                                "expected an operator such as '=', '!=', '=~' or '!~'"));
    KVS_ASSIGN_OR_RETURN(const Token value_token, Expect(&IsText, "expected label value"));
    KVS_ASSIGN_OR_RETURN(const std::string value, TextOf(value_token));
    const MatchType type = op.text == "="    ? MatchType::kEqual
                           : op.text == "!=" ? MatchType::kNotEqual
                           : op.text == "=~" ? MatchType::kRegex
                                             : MatchType::kNotRegex;
    StatusOr<model::Matcher> matcher = model::Matcher::Make(type, name, value);
    if (!matcher.ok())
      return InvalidArgument("failed to create matcher: ", matcher.status().message());
    return matcher;
  }

  /// Whether another matcher follows.
  StatusOr<bool> TakeComma() {
    constexpr std::string_view kCommaOrBrace = "expected a comma or close brace";
    KVS_ASSIGN_OR_RETURN(const Token token, Annotated(lexer_.Peek(), kCommaOrBrace));
    if (token.kind == Kind::kEnd || token.kind == Kind::kClose) return false;
    if (token.kind != Kind::kComma)
      return InvalidArgument(At(token), "unexpected ", token.text, ": ", kCommaOrBrace);
    IgnoreError(lexer_.Take().status(), "it has just been looked at");
    constexpr std::string_view kMatcherOrBrace = "expected a matcher or close brace after comma";
    KVS_ASSIGN_OR_RETURN(const Token next, Annotated(lexer_.Peek(), kMatcherOrBrace));
    if (next.kind == Kind::kEnd || next.kind == Kind::kClose) return false;
    if (!IsText(next.kind))
      return InvalidArgument(At(next), "unexpected ", next.text, ": ", kMatcherOrBrace);
    return true;
  }

  Status TakeEnd() {
    KVS_ASSIGN_OR_RETURN(const Token token, lexer_.Peek());
    const std::string column = StrCat("0:", lexer_.columns());
    if (in_braces_) {
      if (token.kind == Kind::kEnd)
        return InvalidArgument(column, ": end of input: expected close brace");
      if (token.kind != Kind::kClose)
        return InvalidArgument(column, ": ", At(token), "unexpected ", token.text,
                               ": expected close brace");
      IgnoreError(lexer_.Take().status(), "it has just been looked at");
    } else if (token.kind == Kind::kClose) {
      return InvalidArgument("0:", token.end, ": }: expected opening brace");
    }
    KVS_ASSIGN_OR_RETURN(const Token last, Annotated(lexer_.Peek(), "expected end of input"));
    if (last.kind != Kind::kEnd)
      return InvalidArgument(At(last), last.text, ": expected end of input");
    return OkStatus();
  }

  Lexer lexer_;
  bool in_braces_ = false;
};

}  // namespace

bool IsSpace(Rune rune) {
  switch (rune) {
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case ' ':
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return true;
    default:
      return rune >= 0x2000 && rune <= 0x200A;
  }
}

bool IsReserved(Rune rune) {
  return IsSpace(rune) ||
         (rune > 0 && rune < 128 &&
          std::string_view("{}!=~,\\\"'`").find(static_cast<char>(rune)) != std::string_view::npos);
}

StatusOr<Matchers> ParseUtf8Matchers(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace kvs::alerting
