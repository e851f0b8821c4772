// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

bool IsSeparator(std::string_view line) {
  return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\r');
}

bool SaysNothing(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos || line[first] == '#';
}

// The documents of a file, each with as many empty lines in front as make its lines count as in the
// file. Without those that say nothing.
std::vector<std::string> Documents(std::string_view text) {
  std::vector<std::string> out(1);
  std::vector<bool> says(1);
  size_t n_lines = 0;
  for (size_t begin = 0; begin < text.size(); ++n_lines) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (IsSeparator(line)) {
      out.emplace_back(n_lines, '\n');
      says.push_back(false);
    }
    StrAppend(out.back(), line, "\n");
    says.back() = says.back() || !(IsSeparator(line) || SaysNothing(line));
    begin = end + 1;
  }
  for (size_t i = out.size(); i-- > 0;) {
    if (!says[i]) out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return out;
}

}  // namespace

StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return NotFound("path '", path, "' does not exist");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return Unavailable("cannot read ", path);
  return text;
}

StatusOr<std::vector<std::string>> FilesIn(const std::string& folder) {
  std::vector<std::string> out;
  try {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string ending = entry.path().extension().string();
      if (!entry.is_directory() && (ending == ".yml" || ending == ".yaml"))
        out.push_back(entry.path().string());
    }
  } catch (const std::filesystem::filesystem_error& e) {
    return NotFound("--rule-dirs: ", e.what());
  }
  std::sort(out.begin(), out.end());
  return out;
}

StatusOr<Namespaces> ReadNamespaces(const std::vector<std::string>& files) {
  Namespaces out;
  for (const std::string& file : files) {
    KVS_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    for (const std::string& document : Documents(text)) {
      rules::ParsedRules parsed = rules::ParseRuleFile(document);
      if (!parsed.errors.empty()) return InvalidArgument(file, ": ", parsed.errors[0]);
      const std::string name = parsed.namespace_name.empty()
                                   ? std::filesystem::path(file).stem().string()
                                   : parsed.namespace_name;
      if (!out.emplace(name, std::move(parsed.groups)).second)
        return InvalidArgument(file, ": namespace ", name,
                               " has been read from another file or document already");
    }
  }
  return out;
}

}  // namespace kvs::tools
