// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/gotemplate/template.h"

#include "node.h"

namespace kvs::gotemplate::internal {

/// What an execution needs; borrowed while it runs.
struct Execution {
  const std::map<std::string, std::shared_ptr<const Tree>, std::less<>>& trees;
  const Functions* functions;  // May be null, as the next.
  const Functions* also;
  MissingKey missing;
  Limits limits;
  Output output;
};

StatusOr<std::string> Execute(const Execution& execution, std::string_view name, const Value& data);

}  // namespace kvs::gotemplate::internal
