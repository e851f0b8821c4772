// SPDX-License-Identifier: Apache-2.0
#include "block_names.h"

#include <string_view>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/str.h"

namespace kvs::source::blocks {
namespace {

std::string NamesOf(const std::vector<tsdb::Ulid>& blocks) {
  std::string out;
  for (const tsdb::Ulid& block : blocks) StrAppend(out, out.empty() ? "" : "|", block.ToString());
  return out;
}

kvs_matcher_t MatcherOf(const std::string& names) {
  kvs_matcher_t out{};
  out.name = sdk::Str(kBlockNamesLabel);
  out.value = sdk::Str(names);
  out.type = KVS_MATCH_REGEX;
  return out;
}

}  // namespace

NamedSelect::NamedSelect(const kvs_select_t& of, const std::vector<tsdb::Ulid>& blocks)
    : names_(NamesOf(blocks)),
      matchers_(of.matchers.matchers, of.matchers.matchers + of.matchers.n),
      raw_(of) {
  matchers_.push_back(MatcherOf(names_));
  raw_.matchers = {matchers_.data(), matchers_.size()};
}

NamedLabelQuery::NamedLabelQuery(const kvs_label_query_t& of, const std::vector<tsdb::Ulid>& blocks)
    : names_(NamesOf(blocks)), raw_(of) {
  for (uint64_t i = 0; i < of.n_sets; ++i)
    matchers_.emplace_back(of.sets[i].matchers, of.sets[i].matchers + of.sets[i].n);
  if (matchers_.empty()) matchers_.emplace_back();  // Any series: of these blocks.
  for (std::vector<kvs_matcher_t>& set : matchers_) {
    set.push_back(MatcherOf(names_));
    sets_.push_back({set.data(), set.size()});
  }
  raw_.sets = sets_.data();
  raw_.n_sets = sets_.size();
}

StatusOr<std::optional<std::vector<tsdb::Ulid>>> TakeBlockNames(
    std::vector<kvs_matcher_t>* matchers) {
  std::optional<std::vector<tsdb::Ulid>> out;
  for (const kvs_matcher_t& matcher : *matchers) {
    if (sdk::View(matcher.name) != kBlockNamesLabel) continue;
    out.emplace();
    std::string_view left = sdk::View(matcher.value);
    while (!left.empty()) {
      const std::string_view name = left.substr(0, left.find('|'));
      KVS_ASSIGN_OR_RETURN(const tsdb::Ulid block, tsdb::Ulid::Parse(name));
      out->push_back(block);
      left.remove_prefix(std::min(left.size(), name.size() + 1));
    }
  }
  if (out.has_value()) {
    std::erase_if(*matchers, [](const kvs_matcher_t& matcher) {
      return sdk::View(matcher.name) == kBlockNamesLabel;
    });
  }
  return out;
}

}  // namespace kvs::source::blocks
