// SPDX-License-Identifier: Apache-2.0
// The templates that need no file. What they print is Alertmanager's, to the blank, but for the mail
// in HTML: that says the same in a layout of its own.
#pragma once

#include <string_view>

namespace kvs::alerting {

std::string_view DefaultTemplates();
/// email.default.subject and email.default.html
std::string_view DefaultMail();

}  // namespace kvs::alerting
