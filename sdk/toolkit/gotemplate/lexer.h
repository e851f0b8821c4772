// SPDX-License-Identifier: Apache-2.0
// Template text to items, with the rules of Go's text/template/parse.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kvs::gotemplate::internal {

enum class ItemType : uint8_t {
  kError,  // Text is the message.
  kBool,
  kChar,  // Printable ASCII that means something, such as a comma.
  kCharConstant,
  kAssign,
  kDeclare,
  kEof,
  kField,
  kIdentifier,
  kLeftDelim,
  kLeftParen,
  kNumber,
  kPipe,
  kRawString,
  kRightDelim,
  kRightParen,
  kSpace,
  kString,
  kText,
  kVariable,
  // Keywords; all that follow are.
  kBlock,
  kBreak,
  kContinue,
  kDot,
  kDefine,
  kElse,
  kEnd,
  kIf,
  kNil,
  kRange,
  kTemplate,
  kWith,
};

struct Item {
  ItemType type = ItemType::kEof;
  size_t pos = 0;  // Byte offset in the text.
  int line = 1;
  std::string text;  // As written; of an error its message.
};

/// As messages of the parser show it.
std::string Describe(const Item& item);

class Lexer {
 public:
  /// `text` outlives the lexer. `break_ok`: whether break and continue are keywords.
  explicit Lexer(std::string_view text) : text_(text) {}
  Item Next();

 private:
  Item Make(ItemType type);
  Item Error(std::string message);
  bool AtRightDelim(bool* trim) const;
  Item LexText();
  Item LexInsideAction();
  Item LexIdentifier();
  Item LexFieldOrVariable(ItemType type);
  Item LexQuoted(char quote, ItemType type, std::string_view what);
  Item LexRaw();
  Item LexNumber();
  bool ScanNumber();
  void AcceptRun(std::string_view valid);
  bool AtTerminator() const;
  char Peek() const { return pos_ < text_.size() ? text_[pos_] : '\0'; }

  std::string_view text_;
  size_t pos_ = 0;
  size_t start_ = 0;
  int line_ = 1;
  int start_line_ = 1;
  int parens_ = 0;
  bool inside_ = false;  // Of an action.
  bool ended_ = false;
};

}  // namespace kvs::gotemplate::internal
