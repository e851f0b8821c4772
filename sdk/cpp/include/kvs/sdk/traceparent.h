// SPDX-License-Identifier: Apache-2.0
// The trace that a call belongs to, as it travels between processes: the traceparent header of the
// W3C's Trace Context, https://www.w3.org/TR/trace-context/.
#pragma once

#include <string>
#include <string_view>

#include "kvs/abi/call.h"

namespace kvs::sdk {

/// Reads a header into a call; one that is none leaves it as it is. [any]
void ReadTraceparent(std::string_view header, kvs_call_t& call);
/// The header of a call; empty when it belongs to no trace. That it is sampled it does not say, as
/// calls do not know. [any]
std::string TraceparentOf(const kvs_call_t& call);

}  // namespace kvs::sdk
