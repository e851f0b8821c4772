// SPDX-License-Identifier: Apache-2.0
// Selectors in requests: text to matchers of the ABI. [any]
#pragma once

#include <string_view>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/base/status.h"
#include "kvs/promql/ast.h"

namespace kvs::api::cardinality {

/// {a="b"} as matchers. Movable, not copyable: it points into itself.
class Selector {
 public:
  /// Of no text: everything. InvalidArgument in the words of Prometheus' parser.
  static StatusOr<Selector> Parse(std::string_view text);
  Selector(Selector&&) = default;
  Selector& operator=(Selector&&) = default;

  kvs_matchers_t raw() const { return {raw_.data(), raw_.size()}; }
  bool empty() const { return raw_.empty(); }

 private:
  Selector() = default;
  std::vector<promql::Matcher> owned_;
  std::vector<kvs_matcher_t> raw_;
};

}  // namespace kvs::api::cardinality
