// SPDX-License-Identifier: Apache-2.0
#include "text_functions.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include <re2/re2.h>

#include "kvs/base/rune.h"
#include "kvs/base/str_cat.h"
#include "kvs/http/url.h"

namespace kvs::gotemplate::internal {
namespace {

Rune UpperRune(Rune r) {
  if (r >= 'a' && r <= 'z') return r - 32;
  if (r == 0xF7 || r == 0xDF) return r;
  if (r == 0xFF) return 0x178;
  if (r >= 0xE0 && r <= 0xFE) return r - 32;
  if (r >= 0x100 && r <= 0x137) return r & ~1;
  if (r >= 0x3B1 && r <= 0x3C9 && r != 0x3C2) return r - 32;
  if (r >= 0x430 && r <= 0x44F) return r - 32;
  if (r >= 0x450 && r <= 0x45F) return r - 80;
  return r;
}
Rune LowerRune(Rune r) {
  if (r >= 'A' && r <= 'Z') return r + 32;
  if (r == 0xD7) return r;
  if (r == 0x178) return 0xFF;
  if (r >= 0xC0 && r <= 0xDE) return r + 32;
  if (r >= 0x100 && r <= 0x137) return r | 1;
  if (r >= 0x391 && r <= 0x3A9) return r + 32;
  if (r >= 0x410 && r <= 0x42F) return r + 32;
  if (r >= 0x400 && r <= 0x40F) return r + 80;
  return r;
}

template <typename Fn>
std::string MapRunes(std::string_view text, Fn fn) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0, width = 0; i < text.size(); i += width) {
    const Rune rune = DecodeRune(text, i, &width);
    const Rune mapped = fn(rune);
    if (mapped == rune) {
      out.append(text.substr(i, width));
    } else {
      AppendRune(out, mapped);
    }
  }
  return out;
}

bool IsSeparator(Rune r) {
  if (r >= 0x80) return r == 0x85 || r == 0xA0 || (r >= 0x2000 && r <= 0x200A) || r == 0x3000;
  return !(r == '_' || (r >= '0' && r <= '9') || ((r | 32) >= 'a' && (r | 32) <= 'z'));
}

StatusOr<std::unique_ptr<RE2>> Compile(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) {
    std::string what = regex->error().substr(0, regex->error().find(':'));
    if (what == "missing )" || what == "missing ]") what.insert(8, "closing ");  // Go's words.
    return InvalidArgument("error parsing regexp: ", what, ": `", regex->error_arg(), "`");
  }
  return regex;
}

// Go's regexp.Expand.
void Expand(std::string& out, std::string_view replacement,
            const std::vector<re2::StringPiece>& groups, const std::map<std::string, int>& names,
            size_t max_bytes) {
  while (!replacement.empty() && out.size() <= max_bytes) {
    const size_t dollar = replacement.find('$');
    out.append(replacement.substr(0, dollar));
    if (dollar == std::string_view::npos) return;
    replacement.remove_prefix(dollar + 1);
    if (replacement.starts_with("$")) {
      out.push_back('$');
      replacement.remove_prefix(1);
      continue;
    }
    const bool braces = replacement.starts_with("{");
    std::string_view rest = replacement.substr(braces ? 1 : 0);
    size_t n = 0;
    while (n < rest.size() && !IsSeparator(static_cast<unsigned char>(rest[n]))) ++n;
    if (n == 0 || (braces && (n >= rest.size() || rest[n] != '}'))) {
      out.push_back('$');
      continue;
    }
    const std::string name(rest.substr(0, n));
    replacement = rest.substr(n + (braces ? 1 : 0));
    int group = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), group);
    if (error != std::errc() || end != name.data() + name.size()) {
      const auto found = names.find(name);
      group = found == names.end() ? -1 : found->second;
    }
    if (group >= 0 && static_cast<size_t>(group) < groups.size()) {
      out.append(groups[static_cast<size_t>(group)].data() == nullptr
                     ? ""
                     : groups[static_cast<size_t>(group)].data(),
                 groups[static_cast<size_t>(group)].size());
    }
  }
}

}  // namespace

std::string ToUpper(std::string_view text) {
  return MapRunes(text, UpperRune);
}
std::string ToLower(std::string_view text) {
  return MapRunes(text, LowerRune);
}

std::string Title(std::string_view text) {
  Rune previous = ' ';
  return MapRunes(text, [&previous](Rune rune) {
    const bool begins = IsSeparator(previous);
    previous = rune;
    return begins ? UpperRune(rune) : rune;
  });
}

std::string QueryEscape(std::string_view text) {
  return http::Escape(text, http::PlusSign::kIsSpace);
}

StatusOr<bool> RegexMatch(std::string_view pattern, std::string_view text) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<RE2> regex, Compile(pattern));
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex);
}

StatusOr<std::string> RegexReplaceAll(std::string_view pattern, std::string_view replacement,
                                      std::string_view text, size_t max_bytes) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<RE2> regex, Compile(pattern));
  const re2::StringPiece input(text.data(), text.size());
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex->NumberOfCapturingGroups()) + 1);
  std::string out;
  size_t last_end = 0;
  for (size_t search = 0; search <= text.size() && out.size() <= max_bytes;) {
    if (!regex->Match(input, search, text.size(), RE2::UNANCHORED, groups.data(),
                      static_cast<int>(groups.size())))
      break;
    const size_t begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    out.append(text.substr(last_end, begin - last_end));
    // An empty match right behind another one does not count.
    if (end > last_end || begin == 0)
      Expand(out, replacement, groups, regex->NamedCapturingGroups(), max_bytes);
    last_end = end;
    size_t width = 0;
    DecodeRune(text, search, &width);
    search = std::max(end, search + std::max<size_t>(width, 1));
    if (end > begin) search = end;
  }
  return out.append(text.substr(std::min(last_end, text.size())));
}

}  // namespace kvs::gotemplate::internal
