// SPDX-License-Identifier: Apache-2.0
// Prometheus' names of what a script may need beyond the plain language.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::testkit::promqltest {

/// What test scripts assume to be on. `type-and-unit-labels` is not among them: it replaces what
/// they expect of `rate` by other texts.
std::vector<std::string> AllFeatures();

/// Splits lists at commas, and puts AllFeatures() where one says `all`.
std::vector<std::string> FeatureList(std::span<const std::string> lists);

}  // namespace kvs::testkit::promqltest
