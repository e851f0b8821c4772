// SPDX-License-Identifier: Apache-2.0
// Runs unit tests of rules: the groups of the rule files are evaluated at every interval over what
// the test loads, with the engine under test, and alerts and expressions are compared with what the
// test expects.
#pragma once

#include <string>
#include <vector>

#include "kvs/rules/rule_file.h"
#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/memory_source.h"

#include "rules_unit_test_file.h"

namespace kvs::conformance {

/// What failed of one group of tests, in the words of promtool. `groups` in the order of
/// evaluation. [main]
std::vector<std::string> RunTestGroup(const TestGroup& test, const UnitTestFile& file,
                                      const std::vector<rules::Group>& groups,
                                      testkit::promqltest::EngineClient& client,
                                      testkit::promqltest::MemorySource& source);

}  // namespace kvs::conformance
