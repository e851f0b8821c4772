// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include <vector>

#include "kvs/sdk/str.h"

namespace kvs::api::remote_read {

Status OpenQuery(const sdk::SourceRef& source, const sdk::Call& call, const wire::ReadQuery& query,
                 bool sorted, sdk::OpenSelection* out) {
  std::vector<kvs_matcher_t> matchers;
  for (const wire::ReadMatcher& matcher : query.matchers) {
    if (matcher.type > KVS_MATCH_NOT_REGEX)
      return InvalidArgument("matcher of label ", matcher.name, " has the unknown type ",
                             matcher.type);
    matchers.push_back(
        {sdk::Str(matcher.name), sdk::Str(matcher.value), static_cast<int32_t>(matcher.type), 0});
  }
  auto select = sdk::Record<kvs_select_t>();
  select.flags = sorted ? KVS_SELECT_SORTED : 0;
  select.min_ms = query.min_ms;
  select.max_ms = query.max_ms;
  select.matchers = {matchers.data(), matchers.size()};
  select.func = sdk::Str(query.hints.func);
  select.step_ms = query.hints.step_ms;
  select.range_ms = query.hints.range_ms;
  return sdk::Await(source.select(), call, &select, out->out());
}

std::span<const kvs_chunk_t> ChunksOf(const kvs_series_batch_t& batch, uint32_t row) {
  if (batch.chunk_begin == nullptr) return {};
  return {batch.chunks + batch.chunk_begin[row],
          batch.chunk_begin[row + 1] - batch.chunk_begin[row]};
}

void AppendLabels(std::string& out, const kvs_label_columns_t& labels, uint32_t row) {
  for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
    wire::AppendReadLabel(out, {sdk::View(labels.symbols[labels.refs[i]]),
                                sdk::View(labels.symbols[labels.refs[i + 1]])});
  }
}

}  // namespace kvs::api::remote_read
