// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

#include "node.h"

namespace kvs::gotemplate::internal {

/// Parses a text: the template `name` and those that the text defines, in order of their end.
/// `known` tells whether a function exists. Errors are Go's: template: NAME:LINE: message.
StatusOr<std::vector<std::shared_ptr<const Tree>>> ParseTemplate(
    std::string_view name, std::string_view text,
    const std::function<bool(std::string_view)>& known);

}  // namespace kvs::gotemplate::internal
