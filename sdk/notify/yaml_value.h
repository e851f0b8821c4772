// SPDX-License-Identifier: Apache-2.0
// YAML, of which JSON is a part, as values of templates: with the kinds that Go's yaml gives plain
// scalars. [any]
#pragma once

#include <string_view>

#include "kvs/base/status.h"
#include "kvs/gotemplate/value.h"

namespace kvs::notify {

/// InvalidArgument for what is no YAML, and past a bound on depth and number of nodes; the message
/// does not repeat the text.
StatusOr<gotemplate::Value> ParseYaml(std::string_view text);

}  // namespace kvs::notify
