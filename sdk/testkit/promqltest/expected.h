// SPDX-License-Identifier: Apache-2.0
// Comparing an answer with what a script expects. Every function returns what is wrong, or an empty
// text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/script.h"

namespace kvs::testkit::promqltest {

std::string CompareInstant(const EvalStatement& eval, const Answer& answer);
std::string CompareMatrix(const EvalStatement& eval, const Answer& answer);
/// The step at `t_ms` of a range query with what an instant query should give there.
std::string CompareStep(const EvalStatement& eval, const Answer& answer, int64_t t_ms);
/// Failure, warnings and infos.
std::string CompareOutcome(const EvalStatement& eval, const StatusOr<Answer>& answer);

/// An answer as lines of a script, for people; long ones are cut.
std::string Describe(const Answer& answer);

}  // namespace kvs::testkit::promqltest
