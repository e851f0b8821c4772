// SPDX-License-Identifier: Apache-2.0
#include "template.h"

#include <algorithm>

namespace kvs::relabel {
namespace {

constexpr int kNoGroup = 1 << 20;  // Of a name that no group has: empty.

bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int GroupOf(std::string_view name, const std::map<std::string, int>& groups) {
  if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) {
    // As Go: a number with a leading zero, or a large one, is a name that no group has.
    if (name.size() > 5 || (name.size() > 1 && name[0] == '0')) return kNoGroup;
    return std::stoi(std::string(name));
  }
  const auto found = groups.find(std::string(name));
  return found == groups.end() ? kNoGroup : found->second;
}

}  // namespace

Template::Template(std::string_view text, const std::map<std::string, int>& groups) {
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    AddText(text.substr(0, dollar));
    if (dollar == std::string_view::npos) return;
    text.remove_prefix(dollar + 1);
    if (!text.empty() && text[0] == '$') {
      AddText("$");
      text.remove_prefix(1);
      continue;
    }
    const bool braced = !text.empty() && text[0] == '{';
    size_t end = braced ? 1 : 0;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    const std::string_view name = text.substr(braced ? 1 : 0, end - (braced ? 1 : 0));
    if (name.empty() || (braced && (end == text.size() || text[end] != '}'))) {
      AddText("$");  // Malformed: Go takes the dollar as it is.
      continue;
    }
    pieces_.push_back({"", GroupOf(name, groups)});
    text.remove_prefix(braced ? end + 1 : end);
  }
}

void Template::AddText(std::string_view text) {
  if (text.empty()) return;
  if (pieces_.empty() || pieces_.back().group >= 0) pieces_.emplace_back();
  pieces_.back().text += text;
}

void Template::Expand(const std::vector<std::string_view>& groups, std::string& out) const {
  for (const Piece& piece : pieces_) {
    if (piece.group < 0) {
      out += piece.text;
    } else if (static_cast<size_t>(piece.group) < groups.size()) {
      out += groups[static_cast<size_t>(piece.group)];
    }
  }
}

}  // namespace kvs::relabel
