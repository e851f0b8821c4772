// SPDX-License-Identifier: Apache-2.0
#include "lexer.h"

#include <algorithm>

#include "kvs/base/quote.h"
#include "kvs/base/rune.h"
#include "kvs/base/str_cat.h"

namespace kvs::gotemplate::internal {
namespace {

constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";
constexpr std::string_view kSpaces = " \t\r\n";

bool IsSpace(char c) {
  return kSpaces.find(c) != std::string_view::npos;
}

bool IsAlphaNumeric(Rune r) {
  if (r < 0) return false;
  if (r < 128) return r == '_' || (r >= '0' && r <= '9') || ((r | 32) >= 'a' && (r | 32) <= 'z');
  // Letters of other scripts; what else stands above ASCII and is seen is let through.
  return r != kRuneError && IsPrintable(r);
}

struct Keyword {
  std::string_view word;
  ItemType type;
};
constexpr Keyword kKeywords[] = {
    {"block", ItemType::kBlock},
    {"break", ItemType::kBreak},
    {"continue", ItemType::kContinue},
    {"define", ItemType::kDefine},
    {"else", ItemType::kElse},
    {"end", ItemType::kEnd},
    {"if", ItemType::kIf},
    {"nil", ItemType::kNil},
    {"range", ItemType::kRange},
    {"template", ItemType::kTemplate},
    {"with", ItemType::kWith},
};

}  // namespace

std::string Describe(const Item& item) {
  if (item.type == ItemType::kEof) return "EOF";
  if (item.type == ItemType::kError) return item.text;
  if (item.type >= ItemType::kBlock && item.type != ItemType::kDot)
    return StrCat("<", item.text, ">");
  if (item.type == ItemType::kDot) return "<.>";
  if (item.text.size() > 10) return StrCat(Quote(std::string_view(item.text).substr(0, 10)), "...");
  return Quote(item.text);
}

Item Lexer::Make(ItemType type) {
  Item item{type, start_, start_line_, std::string(text_.substr(start_, pos_ - start_))};
  line_ += static_cast<int>(std::count(item.text.begin(), item.text.end(), '\n'));
  start_ = pos_;
  start_line_ = line_;
  return item;
}

Item Lexer::Error(std::string message) {
  ended_ = true;
  return {ItemType::kError, start_, start_line_, std::move(message)};
}

Item Lexer::Next() {
  if (ended_) return {ItemType::kEof, pos_, start_line_, {}};
  return inside_ ? LexInsideAction() : LexText();
}

// "}}", or a blank, "-" and "}}", which trims what follows.
bool Lexer::AtRightDelim(bool* trim) const {
  const std::string_view rest = text_.substr(pos_);
  *trim =
      rest.size() >= 2 && IsSpace(rest[0]) && rest[1] == '-' && rest.substr(2).starts_with(kRight);
  return *trim || rest.starts_with(kRight);
}

Item Lexer::LexText() {
  const size_t left = text_.find(kLeft, pos_);
  if (left == std::string_view::npos) {
    pos_ = text_.size();
    if (pos_ > start_) return Make(ItemType::kText);
    ended_ = true;
    return {ItemType::kEof, pos_, start_line_, {}};
  }
  const size_t after = left + kLeft.size();
  const bool trims = after + 1 < text_.size() && text_[after] == '-' && IsSpace(text_[after + 1]);
  if (left > start_) {
    size_t end = left;
    if (trims) {
      while (end > start_ && IsSpace(text_[end - 1])) --end;
    }
    pos_ = end;
    if (end > start_) {
      Item item = Make(ItemType::kText);
      pos_ = left;
      line_ += static_cast<int>(std::count(text_.begin() + static_cast<ptrdiff_t>(end),
                                           text_.begin() + static_cast<ptrdiff_t>(left), '\n'));
      start_ = left;
      start_line_ = line_;
      return item;
    }
    pos_ = left;
    Make(ItemType::kText);  // For its line breaks.
  }
  // A comment, which is nothing.
  const size_t mark = trims ? after + 2 : after;
  if (text_.substr(mark).starts_with("/*")) {
    pos_ = mark;
    const size_t end = text_.find("*/", mark);
    if (end == std::string_view::npos) return Error("unclosed comment");
    pos_ = end + 2;
    bool trim = false;
    if (!AtRightDelim(&trim)) return Error("comment ends before closing delimiter");
    pos_ += (trim ? 2 : 0) + kRight.size();
    if (trim) {
      while (pos_ < text_.size() && IsSpace(text_[pos_])) ++pos_;
    }
    Make(ItemType::kText);
    return LexText();
  }
  pos_ = after;
  Item item = Make(ItemType::kLeftDelim);
  if (trims) {
    pos_ += 2;
    Make(ItemType::kSpace);
  }
  inside_ = true;
  parens_ = 0;
  return item;
}

Item Lexer::LexInsideAction() {
  bool trim = false;
  if (AtRightDelim(&trim)) {
    if (parens_ > 0) return Error("unclosed left paren");
    if (trim) {
      pos_ += 2;
      Make(ItemType::kSpace);
    }
    pos_ += kRight.size();
    Item item = Make(ItemType::kRightDelim);
    if (trim) {
      while (pos_ < text_.size() && IsSpace(text_[pos_])) ++pos_;
      Make(ItemType::kText);
    }
    inside_ = false;
    return item;
  }
  if (pos_ >= text_.size()) return Error("unclosed action");
  size_t width = 0;
  const Rune rune = DecodeRune(text_, pos_, &width);
  const char c = text_[pos_];
  if (IsSpace(c)) {
    while (pos_ < text_.size() && IsSpace(text_[pos_])) {
      if (AtRightDelim(&trim) && trim) {
        // " -}}" begins with this blank: it is the delimiter's.
        if (pos_ == start_) return LexInsideAction();
        break;
      }
      ++pos_;
    }
    return Make(ItemType::kSpace);
  }
  pos_ += width;
  switch (c) {
    case '=':
      return Make(ItemType::kAssign);
    case ':':
      if (Peek() != '=') return Error("expected :=");
      ++pos_;
      return Make(ItemType::kDeclare);
    case '|':
      return Make(ItemType::kPipe);
    case '"':
      return LexQuoted('"', ItemType::kString, "quoted string");
    case '`':
      return LexRaw();
    case '$':
      return LexFieldOrVariable(ItemType::kVariable);
    case '\'':
      return LexQuoted('\'', ItemType::kCharConstant, "character constant");
    case '.':
      if (pos_ < text_.size() && (Peek() < '0' || Peek() > '9'))
        return LexFieldOrVariable(ItemType::kField);
      if (pos_ >= text_.size()) return LexFieldOrVariable(ItemType::kField);
      --pos_;
      return LexNumber();
    case '(':
      ++parens_;
      return Make(ItemType::kLeftParen);
    case ')':
      if (--parens_ < 0) return Error("unexpected right paren");
      return Make(ItemType::kRightParen);
    default:
      break;
  }
  if (c == '+' || c == '-' || (c >= '0' && c <= '9')) {
    --pos_;
    return LexNumber();
  }
  if (IsAlphaNumeric(rune)) {
    pos_ -= width;
    return LexIdentifier();
  }
  if (c > ' ' && c < 127) return Make(ItemType::kChar);
  return Error(StrCat("unrecognized character in action: ", RuneName(rune)));
}

bool Lexer::AtTerminator() const {
  if (pos_ >= text_.size() || IsSpace(Peek())) return true;
  const char c = Peek();
  if (c == '.' || c == ',' || c == '|' || c == ':' || c == ')' || c == '(') return true;
  return text_.substr(pos_).starts_with(kRight);
}

Item Lexer::LexIdentifier() {
  size_t width = 0;
  while (IsAlphaNumeric(DecodeRune(text_, pos_, &width))) pos_ += width;
  const std::string_view word = text_.substr(start_, pos_ - start_);
  if (!AtTerminator())
    return Error(StrCat("bad character ", RuneName(DecodeRune(text_, pos_, &width))));
  for (const Keyword& keyword : kKeywords) {
    if (word == keyword.word) return Make(keyword.type);
  }
  if (word == "true" || word == "false") return Make(ItemType::kBool);
  return Make(ItemType::kIdentifier);
}

Item Lexer::LexFieldOrVariable(ItemType type) {
  if (AtTerminator())
    return Make(type == ItemType::kVariable ? ItemType::kVariable : ItemType::kDot);
  size_t width = 0;
  while (IsAlphaNumeric(DecodeRune(text_, pos_, &width))) pos_ += width;
  if (!AtTerminator())
    return Error(StrCat("bad character ", RuneName(DecodeRune(text_, pos_, &width))));
  return Make(type);
}

Item Lexer::LexQuoted(char quote, ItemType type, std::string_view what) {
  while (true) {
    if (pos_ >= text_.size() || text_[pos_] == '\n') return Error(StrCat("unterminated ", what));
    const char c = text_[pos_++];
    if (c == quote) return Make(type);
    if (c == '\\') {
      if (pos_ >= text_.size() || text_[pos_] == '\n') return Error(StrCat("unterminated ", what));
      ++pos_;
    }
  }
}

Item Lexer::LexRaw() {
  const size_t end = text_.find('`', pos_);
  if (end == std::string_view::npos) return Error("unterminated raw quoted string");
  pos_ = end + 1;
  return Make(ItemType::kRawString);
}

void Lexer::AcceptRun(std::string_view valid) {
  while (pos_ < text_.size() && valid.find(text_[pos_]) != std::string_view::npos) ++pos_;
}

bool Lexer::ScanNumber() {
  if (Peek() == '+' || Peek() == '-') ++pos_;
  std::string_view digits = "0123456789_";
  if (Peek() == '0') {
    ++pos_;
    if (Peek() == 'x' || Peek() == 'X') {
      ++pos_;
      digits = "0123456789abcdefABCDEF_";
    } else if (Peek() == 'o' || Peek() == 'O') {
      ++pos_;
      digits = "01234567_";
    } else if (Peek() == 'b' || Peek() == 'B') {
      ++pos_;
      digits = "01_";
    }
  }
  AcceptRun(digits);
  if (Peek() == '.') {
    ++pos_;
    AcceptRun(digits);
  }
  if (digits.size() == 11 && (Peek() == 'e' || Peek() == 'E')) {
    ++pos_;
    if (Peek() == '+' || Peek() == '-') ++pos_;
    AcceptRun("0123456789_");
  }
  if (digits.size() == 23 && (Peek() == 'p' || Peek() == 'P')) {
    ++pos_;
    if (Peek() == '+' || Peek() == '-') ++pos_;
    AcceptRun("0123456789_");
  }
  size_t width = 0;
  if (IsAlphaNumeric(DecodeRune(text_, pos_, &width))) {
    pos_ += width;
    return false;
  }
  return true;
}

Item Lexer::LexNumber() {
  if (!ScanNumber())
    return Error(StrCat("bad number syntax: ", Quote(text_.substr(start_, pos_ - start_))));
  return Make(ItemType::kNumber);
}

}  // namespace kvs::gotemplate::internal
