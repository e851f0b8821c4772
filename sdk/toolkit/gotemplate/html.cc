// SPDX-License-Identifier: Apache-2.0
#include "html.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "kvs/base/rune.h"
#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/json.h"

namespace kvs::gotemplate::internal {
namespace {

constexpr std::string_view kUnsafe =
    "ZgotmplZ";  // What html/template prints in the place of a value that it cannot make safe.
constexpr std::string_view kBlanks = " \t\n\f\r";

bool IsBlank(char c) {
  return kBlanks.find(c) != std::string_view::npos;
}
bool IsAlpha(char c) {
  return (c | 32) >= 'a' && (c | 32) <= 'z';
}
bool IsAlnum(char c) {
  return IsAlpha(c) || (c >= '0' && c <= '9');
}
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
}

std::string AsciiLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

bool IsRawElement(std::string_view name) {
  return name == "script" || name == "style" || name == "textarea" || name == "title";
}

// Already escaped text inside an attribute: entities stay.
std::string Normalize(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

// In a value without quotes blanks and more would end it.
std::string EscapeUnquoted(std::string_view text) {
  if (text.empty()) return std::string(kUnsafe);
  std::string out;
  for (const char c : EscapeHtml(text, true)) {
    if (IsBlank(c) || c == '\v' || c == '=' || c == '`') {
      StrAppend(out, "&#", static_cast<int>(c), ";");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string PercentEncode(std::string_view text, bool normalize) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool reserved = std::string_view("!#$&*+,/:;=?@[]").find(c) != std::string_view::npos;
    const bool escape = c == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2]));
    if (IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
        (normalize && (reserved || escape))) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

bool IsSafeUrl(std::string_view url) {
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.substr(0, colon).find('/') != std::string_view::npos)
    return true;
  const std::string scheme = AsciiLower(url.substr(0, colon));
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

std::string FilterCss(std::string_view text) {
  for (const char c : text) {
    if (std::string_view("\0\"'()/;@[\\]`{}<>", 16).find(c) != std::string_view::npos)
      return std::string(kUnsafe);
  }
  const std::string lower = AsciiLower(text);
  if (lower.find("expression") != std::string::npos ||
      lower.find("mozbinding") != std::string::npos)
    return std::string(kUnsafe);
  return std::string(text);
}

}  // namespace

std::string EscapeHtml(std::string_view text, bool for_template) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '+':
        if (for_template) {
          out += "&#43;";
          break;
        }
        [[fallthrough]];
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string EscapeJs(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t width = 0;
    const Rune rune = DecodeRune(text, i, &width);
    switch (rune) {
      case '\\':
        out += "\\\\";
        break;
      case '\'':
        out += "\\'";
        break;
      case '"':
        out += "\\\"";
        break;
      case '<':
        out += "\\u003C";
        break;
      case '>':
        out += "\\u003E";
        break;
      case '&':
        out += "\\u0026";
        break;
      case '=':
        out += "\\u003D";
        break;
      default:
        if (rune < ' ' || !IsPrintable(rune)) {
          char buffer[16];
          std::snprintf(buffer, sizeof buffer, "\\u%04X", static_cast<unsigned>(rune));
          out += buffer;
        } else {
          out.append(text.substr(i, width));
        }
    }
    i += width;
  }
  return out;
}

HtmlEscaper::Meaning HtmlEscaper::MeaningOf(std::string_view attribute) {
  if (attribute.starts_with("on")) return Meaning::kJs;
  if (attribute == "style") return Meaning::kCss;
  for (const std::string_view name :
       {"href", "src", "action", "formaction", "cite", "data", "poster", "background", "codebase",
        "longdesc", "manifest", "usemap", "xmlns", "icon", "profile", "classid", "archive"}) {
    if (attribute == name) return Meaning::kUrl;
  }
  if (attribute.find("src") != std::string_view::npos ||
      attribute.find("uri") != std::string_view::npos ||
      attribute.find("url") != std::string_view::npos) {
    return Meaning::kUrl;
  }
  return Meaning::kPlain;
}

// At "<": returns how far it went; the name of an element opens its tag.
size_t HtmlEscaper::TagOpen(std::string_view text, size_t at) {
  size_t i = at + 1;
  const bool closing = i < text.size() && text[i] == '/';
  if (closing) ++i;
  if (i >= text.size() || !IsAlpha(text[i])) return at + 1;  // A lone "<" is text.
  const size_t begin = i;
  while (i < text.size() && (IsAlnum(text[i]) || text[i] == ':' || text[i] == '-')) ++i;
  element_ = closing ? "" : AsciiLower(text.substr(begin, i - begin));
  state_ = State::kTag;
  return i;
}

void HtmlEscaper::EndTag() {
  state_ = State::kText;
  if (!IsRawElement(element_)) return;
  state_ = State::kRaw;
  meaning_ = element_ == "script"  ? Meaning::kJs
             : element_ == "style" ? Meaning::kCss
                                   : Meaning::kPlain;
}

void HtmlEscaper::Literal(std::string_view text, std::string& out) {
  size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    switch (state_) {
      case State::kComment: {
        const size_t end = text.find("-->", i);
        if (end == std::string_view::npos) return;
        i = end + 3;
        state_ = State::kText;
        continue;
      }
      case State::kText:
        if (text.substr(i).starts_with("<!--")) {
          state_ = State::kComment;
          i += 4;
          continue;
        }
        if (c == '<') {
          const size_t end = TagOpen(text, i);
          out.append(text.substr(i, end - i));
          i = end;
          continue;
        }
        break;
      case State::kRaw:
        if (c == '<' && AsciiLower(text.substr(i, element_.size() + 2)) == "</" + element_) {
          const size_t end = TagOpen(text, i);
          out.append(text.substr(i, end - i));
          i = end;
          continue;
        }
        break;
      case State::kTag:
        if (c == '>') {
          EndTag();
        } else if (!IsBlank(c) && c != '/') {
          attribute_.assign(1, Lower(c));
          state_ = State::kAttributeName;
        }
        break;
      case State::kAttributeName:
        if (c == '=') {
          state_ = State::kBeforeValue;
        } else if (c == '>') {
          EndTag();
        } else if (IsBlank(c)) {
          state_ = State::kAfterName;
        } else if (c == '/') {
          state_ = State::kTag;
        } else {
          attribute_.push_back(Lower(c));
        }
        break;
      case State::kAfterName:
        if (c == '=') {
          state_ = State::kBeforeValue;
        } else if (c == '>') {
          EndTag();
        } else if (!IsBlank(c)) {
          attribute_.assign(1, Lower(c));
          state_ = State::kAttributeName;
        }
        break;
      case State::kBeforeValue:
        if (IsBlank(c)) break;
        if (c == '>') {
          EndTag();
          break;
        }
        state_ = State::kValue;
        meaning_ = MeaningOf(attribute_);
        in_query_ = url_began_ = false;
        quote_ = c == '"' || c == '\'' ? c : '\0';
        if (quote_ != '\0') break;
        continue;  // The first byte of a value without quotes.
      case State::kValue:
        if (quote_ != '\0' ? c == quote_ : IsBlank(c) || c == '>') {
          state_ = State::kTag;
          if (c == '>') EndTag();
          break;
        }
        url_began_ = true;
        if (c == '?' || c == '#') in_query_ = true;
        break;
    }
    out.push_back(c);
    ++i;
  }
}

void HtmlEscaper::Dynamic(const Value& value, std::string& out) {
  if (state_ == State::kComment) return;
  const std::string text = value.is_nil() ? std::string() : value.Print();
  const Content content = value.content();
  if (state_ == State::kText) {
    out += content == Content::kHtml ? text : EscapeHtml(text, true);
    return;
  }
  if (state_ == State::kRaw) {
    if (meaning_ == Meaning::kJs) {
      out += content == Content::kJs ? text : ToJson(value, true);
    } else if (meaning_ == Meaning::kCss) {
      out += content == Content::kCss ? text : FilterCss(text);
    } else {
      out += content == Content::kHtml ? Normalize(text) : EscapeHtml(text, true);
    }
    return;
  }
  if (state_ == State::kBeforeValue) {
    state_ = State::kValue;
    meaning_ = MeaningOf(attribute_);
    in_query_ = url_began_ = false;
    quote_ = '\0';
  }
  if (state_ != State::kValue) {  // A name of an attribute or element: letters and digits only.
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), IsAlnum) &&
                       MeaningOf(AsciiLower(text)) == Meaning::kPlain;
    out += plain ? text : std::string(kUnsafe);
    return;
  }
  std::string safe = text;
  switch (meaning_) {
    case Meaning::kPlain:
      break;
    case Meaning::kJs:
      safe = content == Content::kJs ? text : ToJson(value, true);
      break;
    case Meaning::kCss:
      safe = content == Content::kCss ? text : FilterCss(text);
      break;
    case Meaning::kUrl:
      if (content != Content::kUrl && !url_began_ && !IsSafeUrl(text)) safe = StrCat("#", kUnsafe);
      safe = PercentEncode(safe, !in_query_ || content == Content::kUrl);
      url_began_ = true;
      if (text.find_first_of("?#") != std::string::npos) in_query_ = true;
      break;
  }
  if (quote_ == '\0') {
    out += EscapeUnquoted(safe);
  } else {
    out += content == Content::kHtml && meaning_ == Meaning::kPlain ? Normalize(safe)
                                                                    : EscapeHtml(safe, true);
  }
}

}  // namespace kvs::gotemplate::internal
