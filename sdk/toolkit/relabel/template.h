// SPDX-License-Identifier: Apache-2.0
// Template: text with $1, ${1}, $name and ${name} in it, as Go's regexp expands them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::relabel {

class Template {
 public:
  Template() = default;
  /// `groups`: numbers of named groups.
  Template(std::string_view text, const std::map<std::string, int>& groups);

  /// Appends the text with the groups filled in. A group that there is not is empty.
  void Expand(const std::vector<std::string_view>& groups, std::string& out) const;
  /// Whether nothing has to be filled in.
  bool is_plain() const { return pieces_.empty() || (pieces_.size() == 1 && pieces_[0].group < 0); }

 private:
  struct Piece {
    std::string text;
    int group = -1;  // -1: the text.
  };
  void AddText(std::string_view text);
  std::vector<Piece> pieces_;
};

}  // namespace kvs::relabel
