// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kvs::http {

/// Text as it may stand in a page, also in an attribute between double quotes. [any]
std::string EscapeHtml(std::string_view text);

}  // namespace kvs::http
