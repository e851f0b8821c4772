// SPDX-License-Identifier: Apache-2.0
// The templates of notifications: those that every configuration may name without defining them
// ("slack.default.title", "email.default.html"), and a tenant's own files over them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/template.h"

namespace kvs::alerting {

/// Files in their order, names and texts; `now_ms` is what `since` counts from. InvalidArgument,
/// naming the file and line, for one that is no template. [any]
StatusOr<gotemplate::TemplateSet> NotificationTemplates(
    const std::vector<std::pair<std::string, std::string>>& files, std::function<int64_t()> now_ms);

}  // namespace kvs::alerting
