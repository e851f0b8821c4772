// SPDX-License-Identifier: Apache-2.0
// HTML output: follows where in a document the output stands, and escapes what an action prints
// accordingly, with the rules of Go's html/template. That one decides when it parses; following the
// output decides the same for every template whose branches end where they began, which
// html/template demands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate::internal {

class HtmlEscaper {
 public:
  /// Text of the author: passes, but for comments, which are left out.
  void Literal(std::string_view text, std::string& out);
  /// What an action printed.
  void Dynamic(const Value& value, std::string& out);

 private:
  enum class State : uint8_t {
    kText,
    kTag,
    kAttributeName,
    kAfterName,
    kBeforeValue,
    kValue,
    kComment,
    kRaw
  };
  enum class Meaning : uint8_t { kPlain, kUrl, kCss, kJs };

  size_t TagOpen(std::string_view text, size_t at);
  void EndTag();
  static Meaning MeaningOf(std::string_view attribute);

  State state_ = State::kText;
  Meaning meaning_ = Meaning::kPlain;  // Of the attribute's value, or of the raw element.
  char quote_ = '\0';                  // Around the value; 0: none.
  bool in_query_ = false;              // Behind the ? or # of a URL.
  bool url_began_ = false;
  std::string element_;  // The element whose tag is open, or whose raw text this is.
  std::string attribute_;
};

/// & < > " ' as entities, and + in `for_template`, as html/template has it. [any]
std::string EscapeHtml(std::string_view text, bool for_template);
/// Inside a string of JavaScript. [any]
std::string EscapeJs(std::string_view text);

}  // namespace kvs::gotemplate::internal
