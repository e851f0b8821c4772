// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/selection.h"

#include <algorithm>

namespace kvs::tsdb {
namespace {

uint64_t SizeOf(const PostingsGroup& group) {
  uint64_t out = 0;
  for (const ByteRange& list : group.lists) out += list.size();
  return out;
}

// The lists of the values that are in the matcher's known set.
Status AddKnownValues(const IndexHeader& header, const model::Matcher& matcher,
                      PostingsGroup* group) {
  for (const std::string& value : matcher.set_matches()) {
    if (value.empty() || matcher.Matches(value) == matcher.is_negative()) continue;
    KVS_ASSIGN_OR_RETURN(const ByteRange list, header.FindPostings(matcher.name(), value));
    if (!list.empty()) group->lists.push_back(list);
  }
  return OkStatus();
}

// The lists of the values for which matcher.Matches() is `wanted`.
Status AddValues(const IndexHeader& header, const model::Matcher& matcher, bool wanted,
                 PostingsGroup* group) {
  // Both describe the condition without its negation.
  const bool positive = wanted != matcher.is_negative();
  if (positive && !matcher.set_matches().empty()) return AddKnownValues(header, matcher, group);
  const std::string_view prefix = positive ? matcher.prefix() : std::string_view();
  ValueCursor values = header.Values(matcher.name(), prefix);
  while (values.Next()) {
    if (!values.value().starts_with(prefix)) break;
    if (matcher.Matches(values.value()) == wanted) group->lists.push_back(values.postings());
  }
  return values.status();
}

StatusOr<SeriesSet> ReadGroup(const PostingsGroup& group, const ByteSource& index) {
  std::vector<SeriesSet> sets(group.lists.size());
  Bytes scratch;
  for (size_t i = 0; i < sets.size(); ++i) {
    const ByteRange& list = group.lists[i];
    KVS_ASSIGN_OR_RETURN(const auto bytes,
                         index.Read(list.begin, static_cast<size_t>(list.size()), &scratch));
    KVS_RETURN_IF_ERROR(DecodePostings(bytes, list.begin, &sets[i]));
  }
  if (sets.size() == 1) return std::move(sets[0]);
  return Union(sets);
}

}  // namespace

StatusOr<SelectionPlan> PlanSelection(const IndexHeader& header,
                                      std::span<const model::Matcher> matchers) {
  SelectionPlan plan;
  bool adds = false;
  for (const model::Matcher& matcher : matchers) {
    PostingsGroup group;
    // Where the empty value matches, series without the label are selected, and no list has them:
    // those of the other values are taken away.
    group.subtracts = matcher.Matches("");
    KVS_RETURN_IF_ERROR(AddValues(header, matcher, !group.subtracts, &group));
    if (group.lists.empty()) {
      if (group.subtracts) continue;
      return SelectionPlan{};
    }
    adds |= !group.subtracts;
    plan.groups.push_back(std::move(group));
  }
  if (!adds) plan.groups.push_back({false, {header.all_postings()}});
  // What adds first, and the shortest first of these, so that little is left early.
  std::stable_sort(plan.groups.begin(), plan.groups.end(),
                   [](const PostingsGroup& a, const PostingsGroup& b) {
                     if (a.subtracts != b.subtracts) return b.subtracts;
                     return SizeOf(a) < SizeOf(b);
                   });
  return plan;
}

StatusOr<SeriesSet> RunSelection(const SelectionPlan& plan, const ByteSource& index) {
  SeriesSet out;
  bool first = true;
  for (const PostingsGroup& group : plan.groups) {
    if (!first && out.empty()) break;
    KVS_ASSIGN_OR_RETURN(SeriesSet set, ReadGroup(group, index));
    if (first) {
      out = std::move(set);
    } else {
      out = group.subtracts ? Subtract(out, set) : Intersect(out, set);
    }
    first = false;
  }
  return out;
}

}  // namespace kvs::tsdb
