// SPDX-License-Identifier: Apache-2.0
// The parameters of one request, read in the order and refused in the words of Prometheus.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kvs/abi/port/http_routes.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/base/status.h"
#include "kvs/http/params.h"
#include "kvs/promql/ast.h"
#include "kvs/promql/parser.h"

namespace kvs::api::prometheus {

/// `invalid parameter "NAME": REASON`, as bad data.
Status InvalidParameter(std::string_view name, const Status& reason);

/// From the query string, and from the form of a POST.
StatusOr<http::Params> ReadParams(const kvs_http_request_t& request);

/// A time; `otherwise` when it is missing.
StatusOr<int64_t> TimeParam(const http::Params& params, std::string_view name, int64_t otherwise);
/// A time that must be there.
StatusOr<int64_t> TimeParam(const http::Params& params, std::string_view name);
/// 0 when missing: no limit.
StatusOr<uint64_t> LimitParam(const http::Params& params, std::string_view name = "limit");

struct TimeRange {
  int64_t start_ms, end_ms;
};
/// `start` and `end`, each optional.
StatusOr<TimeRange> RangeParams(const http::Params& params);

/// The selectors of `match[]`, in the shape of the ABI. Movable, not copyable: it points into itself.
class MatchParams {
 public:
  static StatusOr<MatchParams> Parse(const http::Params& params);
  static MatchParams FromSelectors(const std::vector<const promql::VectorSelector*>& selectors);
  MatchParams(MatchParams&&) = default;
  MatchParams& operator=(MatchParams&&) = default;

  const std::vector<kvs_matchers_t>& sets() const { return sets_; }

 private:
  MatchParams() = default;
  void Add(std::vector<promql::Matcher> matchers);
  std::vector<std::vector<promql::Matcher>> owned_;
  std::vector<std::vector<kvs_matcher_t>> raw_;
  std::vector<kvs_matchers_t> sets_;
};

}  // namespace kvs::api::prometheus
