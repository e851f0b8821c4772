// SPDX-License-Identifier: Apache-2.0
#include "batch/query_batch.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kvs/promql/walk.h"
#include "kvs/sdk/str.h"

#include "batch/rehearsal.h"
#include "batch/shared_source.h"

namespace kvs::engine::promql {
namespace {

std::string KeyOfSelector(const ast::VectorSelector& selector) {
  std::vector<kvs_matcher_t> matchers;
  for (const ast::Matcher& m : selector.matchers)
    matchers.push_back({sdk::Str(m.name), sdk::Str(m.value), static_cast<int32_t>(m.op), 0});
  return MatchersKey({matchers.data(), matchers.size()});
}

/// Of each run, whether one of its selectors stands in several of them.
std::vector<bool> MayShare(const std::deque<QueryRun>& runs) {
  std::map<std::string, std::set<size_t>> users;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].expr() == nullptr) continue;
    for (const ast::VectorSelector* selector : ast::ExtractSelectors(*runs[i].expr()))
      users[KeyOfSelector(*selector)].insert(i);
  }
  std::vector<bool> out(runs.size(), false);
  for (const auto& [key, of] : users) {
    if (of.size() < 2) continue;
    for (const size_t i : of) out[i] = true;
  }
  return out;
}

}  // namespace

size_t RunBatch(const EngineParts& parts, const sdk::Call& caller, std::span<BatchItem> items,
                const BatchOptions& options) {
  std::deque<QueryRun> runs;
  for (BatchItem& item : items) {
    runs.emplace_back(parts, caller, *item.in, item.usage);
    item.status = runs.back().Prepare();
  }
  const int64_t timeout_ms = options.timeout_ms > 0
                                 ? std::min(options.timeout_ms, parts.config.timeout.ms)
                                 : parts.config.timeout.ms;
  SharedSource shared(parts.source, caller, timeout_ms, parts.memory,
                      parts.config.max_query_memory.bytes);
  if (items.size() > 1) {
    Rehearsal rehearsal;
    const std::vector<bool> may_share = MayShare(runs);
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].status.ok() && may_share[i])
        runs[i].Rehearse(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&rehearsal)));
    }
    shared.Plan(rehearsal.wanted());
  }
  const sdk::SourceRef source = shared.shared_reads() == 0
                                    ? parts.source
                                    : sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&shared));
  const auto evaluate = [&](uint64_t i) {
    if (items[i].status.ok())
      items[i].status = runs[i].Evaluate(source, options.timeout_ms, *items[i].out);
  };
  if (items.size() == 1 || options.max_parallel <= 1) {
    for (size_t i = 0; i < items.size(); ++i) evaluate(i);
  } else {
    parts.executor.Parallel(items.size(), options.max_parallel, evaluate);
  }
  return shared.shared_reads();
}

}  // namespace kvs::engine::promql
