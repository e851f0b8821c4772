// SPDX-License-Identifier: Apache-2.0
// What a limiter says of a tenant, asked for by name, for callers that may wait.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/status.h"

namespace kvs::sdk {

/// Writes the limits of those names: `values` has as many. NaN where the limiter does not know one, or there is none. Gives
/// the epoch of the values. [worker]
StatusOr<uint64_t> AskLimits(const LimiterRef& limiter, const Call& call, std::span<const std::string_view> names,
                             std::span<double> values);

/// One of them. [worker]
StatusOr<double> AskLimit(const LimiterRef& limiter, const Call& call, std::string_view name);

/// A limit that is a text, a list or a table. Empty where nobody set it, or the limiter knows numbers only. [worker]
StatusOr<std::string> AskTextLimit(const LimiterRef& limiter, const Call& call, std::string_view name);

/// Over how many members of a ring the call's tenant is spread: what its limit `name` says, or else
/// `configured`; 0: all. Those who write and those who read must say the same. [worker]
uint32_t AskShardSize(const LimiterRef& limiter, const Call& call, std::string_view name,
                      int64_t configured);

}  // namespace kvs::sdk
