// SPDX-License-Identifier: Apache-2.0
// Which headers go on, in both directions: those of the connection end here, and what this proxy
// vouches for replaces what the client says. Pure. [any]
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kvs/abi/port/http_routes.h"
#include "kvs/sdk/call.h"

namespace kvs::net::proxy {

/// As "name: value". The tenant is that of the call, and what binds the caller is said in
/// X-Kvasir-Labels.
std::vector<std::string> HeadersForUpstream(const sdk::Call& call, const kvs_http_request_t& in,
                                            bool forward_authorization);

/// Of an upstream's answer.
std::vector<std::pair<std::string, std::string>> HeadersForClient(
    const std::map<std::string, std::string>& headers);

}  // namespace kvs::net::proxy
