// SPDX-License-Identifier: Apache-2.0
#include "addresses.h"

#include <algorithm>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/base/trim.h"

namespace kvs::notifier::email {
namespace {

// Where the address ends that begins here: at a comma outside of quotes and brackets.
StatusOr<size_t> EndOf(std::string_view list) {
  bool quoted = false, bracketed = false, had_brackets = false;
  for (size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '<' || c == '>')) {
      if (bracketed == (c == '<')) return InvalidArgument("a stray ", std::string_view(&c, 1));
      if (c == '<' && std::exchange(had_brackets, true)) return InvalidArgument("a second <");
      bracketed = c == '<';
    } else if (c == ',' && !quoted && !bracketed) {
      return i;
    }
  }
  if (quoted) return InvalidArgument("a quote that does not end");
  if (bracketed) return InvalidArgument("a < without its >");
  return list.size();
}

Status CheckAddress(std::string_view address) {
  const size_t at = address.rfind('@');
  const bool clean = std::all_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f &&
           std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
  if (!clean || at == std::string_view::npos || at == 0 || at + 1 == address.size() ||
      address.find('@') != at)
    return InvalidArgument(Quote(address), " is no address");
  return OkStatus();
}

}  // namespace

StatusOr<std::vector<std::string>> ParseAddresses(std::string_view list) {
  std::vector<std::string> out;
  while (true) {
    KVS_ASSIGN_OR_RETURN(const size_t end, EndOf(list));
    std::string_view one = Trimmed(list.substr(0, end));
    if (const size_t open = one.rfind('<'); open != std::string_view::npos && one.ends_with('>'))
      one = Trimmed(one.substr(open + 1, one.size() - open - 2));
    KVS_RETURN_IF_ERROR(CheckAddress(one));
    out.emplace_back(one);
    if (end == list.size()) return out;
    list.remove_prefix(end + 1);
  }
}

}  // namespace kvs::notifier::email
