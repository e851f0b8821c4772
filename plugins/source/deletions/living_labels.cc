// SPDX-License-Identifier: Apache-2.0
#include "living_labels.h"

#include <algorithm>
#include <functional>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::source::deletions {
namespace {

constexpr size_t kValuesAtOnce = 1000;  // In one regular expression.

using Texts = std::set<std::string, std::less<>>;

// Visits series of the question that also match `matcher` and are not deleted, until visit() says
// that it has seen enough.
Status EachLiving(const LabelQuestion& question, const kvs_matcher_t& matcher,
                  const std::function<bool(const kvs_label_columns_t&, uint32_t row)>& visit) {
  const kvs_matchers_t all{nullptr, 0};
  std::span<const kvs_matchers_t> sets{question.query.sets, question.query.n_sets};
  if (sets.empty()) sets = {&all, 1};
  for (const kvs_matchers_t& set : sets) {
    const Matchers matchers = Joined(set, {&matcher, 1});
    auto select = sdk::Record<kvs_select_t>();
    select.flags = KVS_SELECT_NO_CHUNKS;
    select.min_ms = question.query.min_ms;
    select.max_ms = question.query.max_ms;
    select.matchers = {matchers.data(), matchers.size()};
    sdk::OpenSelection selection;
    KVS_RETURN_IF_ERROR(
        sdk::Await(question.next.select(), question.call, &select, selection.out()));
    while (true) {
      KVS_RETURN_IF_ERROR(question.call.CheckAlive());
      KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(question.call));
      if (batch == nullptr) break;
      for (uint32_t row = 0; row < batch->n_series; ++row) {
        if (question.deleted.Contains(batch->labels, row)) continue;
        if (visit(batch->labels, row)) return OkStatus();
      }
    }
  }
  return OkStatus();
}

// As an expression that matches this text alone.
void AppendQuoted(std::string_view text, std::string* expression) {
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
    if (!is_plain) expression->push_back('\\');
    expression->push_back(c);
  }
}

// Takes from `values` those that a living series has of the label.
Status EraseLiving(const LabelQuestion& question, Texts* values) {
  const std::string_view name = sdk::View(question.query.name);
  const std::vector<std::string> asked(values->begin(), values->end());
  for (size_t begin = 0; begin < asked.size(); begin += kValuesAtOnce) {
    const size_t end = std::min(asked.size(), begin + kValuesAtOnce);
    std::string expression;
    for (size_t i = begin; i < end; ++i) {
      if (i > begin) expression.push_back('|');
      AppendQuoted(asked[i], &expression);
    }
    size_t open = end - begin;
    const kvs_matcher_t matcher{question.query.name, sdk::Str(expression), KVS_MATCH_REGEX, 0};
    KVS_RETURN_IF_ERROR(
        EachLiving(question, matcher, [&](const kvs_label_columns_t& labels, uint32_t row) {
          for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
            if (sdk::View(labels.symbols[labels.refs[i]]) != name) continue;
            const auto found = values->find(sdk::View(labels.symbols[labels.refs[i + 1]]));
            if (found == values->end()) continue;
            values->erase(found);
            --open;
          }
          return open == 0;
        }));
  }
  return OkStatus();
}

// All that `method` gives but `gone`.
StatusOr<std::vector<std::string>> AllBut(
    const Texts& gone, const LabelQuestion& question,
    const sdk::Method<kvs_label_query_t, kvs_strings_t>& method) {
  kvs_label_query_t query = question.query;
  query.limit = 0;  // It counts what is left.
  sdk::Owned<kvs_strings_t> all;
  KVS_RETURN_IF_ERROR(sdk::Await(method, question.call, &query, all.out()));
  std::vector<std::string> out;
  for (uint64_t i = 0; i < all->n_items; ++i) {
    if (!gone.contains(sdk::View(all->items[i]))) out.push_back(sdk::Text(all->items[i]));
  }
  return out;
}

}  // namespace

StatusOr<std::vector<std::string>> LivingNames(const LabelQuestion& question) {
  Texts gone = question.deleted.names();
  for (const std::string& name : question.deleted.names()) {
    const kvs_matcher_t has_it{sdk::Str(name), {}, KVS_MATCH_NOT_EQUAL, 0};
    KVS_RETURN_IF_ERROR(
        EachLiving(question, has_it, [&](const kvs_label_columns_t&, uint32_t /*row*/) {
          gone.erase(name);
          return true;
        }));
  }
  return AllBut(gone, question, question.next.label_names());
}

StatusOr<std::vector<std::string>> LivingValues(const LabelQuestion& question) {
  Texts gone = question.deleted.ValuesOf(sdk::View(question.query.name));
  KVS_RETURN_IF_ERROR(EraseLiving(question, &gone));
  return AllBut(gone, question, question.next.label_values());
}

}  // namespace kvs::source::deletions
