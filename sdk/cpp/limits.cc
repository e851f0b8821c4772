// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/limits.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {

StatusOr<uint64_t> AskLimits(const LimiterRef& limiter, const Call& call, std::span<const std::string_view> names,
                             std::span<double> values) {
  std::fill(values.begin(), values.end(), std::numeric_limits<double>::quiet_NaN());
  if (!limiter) return uint64_t{0};
  std::vector<kvs_str_t> asked_names;
  asked_names.reserve(names.size());
  for (const std::string_view name : names) asked_names.push_back(Str(name));
  auto asked = Record<kvs_limit_names_t>();
  asked.names = asked_names.data();
  asked.n_names = asked_names.size();
  auto answer = Record<kvs_limit_values_t>();
  answer.values = values.data();
  KVS_RETURN_IF_ERROR(Await(limiter.limits(), call, &asked, &answer));
  return answer.epoch;
}

StatusOr<double> AskLimit(const LimiterRef& limiter, const Call& call, std::string_view name) {
  double value = 0;
  KVS_RETURN_IF_ERROR(AskLimits(limiter, call, {&name, 1}, {&value, 1}).status());
  return value;
}

StatusOr<std::string> AskTextLimit(const LimiterRef& limiter, const Call& call, std::string_view name) {
  if (!limiter) return std::string();
  const kvs_str_t asked_name = Str(name);
  auto asked = Record<kvs_limit_names_t>();
  asked.names = &asked_name;
  asked.n_names = 1;
  Owned<kvs_limit_texts_t> answer;
  const Status status = Await(limiter.texts(), call, &asked, answer.out());
  if (status.code() == StatusCode::kUnimplemented) return std::string();
  KVS_RETURN_IF_ERROR(status);
  return answer->n_texts == 1 ? Text(answer->texts[0]) : std::string();
}

uint32_t AskShardSize(const LimiterRef& limiter, const Call& call, std::string_view name,
                      int64_t configured) {
  // NaN, too, is not above 0.
  const StatusOr<double> limit = AskLimit(limiter, call, name);
  return static_cast<uint32_t>(limit.ok() && *limit > 0 ? *limit : static_cast<double>(configured));
}

}  // namespace kvs::sdk
