// SPDX-License-Identifier: Apache-2.0
// The statements of a test script as what a client would send to a server, so that scripts can be
// asked of whole servers and of clusters.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::conformance {

/// A line of JSON for each statement:
///   {"clear":true}                                          from here on, a tenant of its own
///   {"write":"HEX"}                                         a body of Remote Write 2.0, before
///   compression
///   {"line":7,"query":"up","time":60000}                    an instant query, times in
///   milliseconds
///   {"line":9,"query":"up","start":0,"end":60000,"step":1000}
/// InvalidArgument when the script, whose file is called `name`, cannot be read.
StatusOr<std::string> RequestsOf(std::string_view name, std::string_view script);

}  // namespace kvs::conformance
