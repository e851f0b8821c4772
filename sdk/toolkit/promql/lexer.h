// SPDX-License-Identifier: Apache-2.0
// Query text to tokens, one at a time, without allocation unless there is an error.
//
// What a character means depends on where it stands: inside braces every word is a label name,
// inside brackets words are parts of duration arithmetic, elsewhere they are keywords and names.
// The lexer follows brackets by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/rune.h"

#include "token.h"

namespace kvs::promql {

class Lexer {
 public:
  // `input` is borrowed until the lexer and its tokens are gone; at most 2^31 - 1 bytes.
  explicit Lexer(std::string_view input) : input_(input) {}

  // The next token. White space and comments are skipped. kEof at the end; kError once the text
  // cannot be tokens, and then for ever: error() says why, and the token's `pos` where.
  Token Next();

  const std::string& error() const { return error_; }

 private:
  Token InStatement();
  Token InBraces();
  Token InDuration();  // After '[' until the first number: there a word cannot be a name.
  Token AtEnd();
  Token Digits();
  Token QuotedString(char quote);
  Token RawString();
  Token Word();
  Token WordInBrackets();
  Token Colon();
  Token Paren(char paren);
  Token OpenBracket();
  Token CloseBracket();
  // Takes one more character of an operator: `then` if it is `second`, else `alone`.
  Token MaybeTwo(char second, TokenType then, TokenType alone);

  bool CheckEscape(char quote);
  bool ScanNumber();
  bool ScanDuration();
  TokenType ScanDurationKeyword();
  bool LeftParenFollows() const;
  void SkipBlanks();
  void SkipComment();

  char Peek() const { return pos_ < input_.size() ? input_[pos_] : '\0'; }
  bool AtEof() const { return pos_ >= input_.size(); }
  Rune PeekRune() const;
  // Takes the next character if it is one of `set`.
  bool Accept(std::string_view set);

  Token Emit(TokenType type);
  Token Fail(std::string message);

  const std::string_view input_;
  size_t pos_ = 0;
  size_t start_ = 0;  // Of the token being read.
  int paren_depth_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool in_duration_ = false;
  bool got_colon_ = false;
  bool got_number_ = false;  // Since the beginning of the text, as in Prometheus.
  std::string error_;
  bool failed_ = false;
};

}  // namespace kvs::promql
