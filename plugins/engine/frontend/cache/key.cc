// SPDX-License-Identifier: Apache-2.0
#include "cache/key.h"

#include "kvs/base/str_cat.h"
#include "kvs/sdk/identity.h"

namespace kvs::engine::frontend {
namespace {

// With its length, so that no two lists of texts look the same.
void AppendText(std::string& out, std::string_view text) {
  StrAppend(out, text.size(), ":", text);
}

}  // namespace

std::string CacheKey(const sdk::Call& call, const kvs_query_t& query, std::string_view printed,
                     std::string_view generation, int64_t interval_ms, int64_t interval) {
  std::string out = "frontend/1/";
  AppendText(out, call.tenant());
  AppendText(out, sdk::EncodeMatchers(sdk::BindingMatchers(call)));
  AppendText(out, generation);
  AppendText(out, printed);
  const int64_t phase = ((query.start_ms % query.step_ms) + query.step_ms) % query.step_ms;
  StrAppend(out, "/", query.step_ms, "/", phase, "/", query.lookback_ms, "/",
            query.max_resolution_ms, "/", interval_ms, "/", interval);
  return out;
}

}  // namespace kvs::engine::frontend
