// SPDX-License-Identifier: Apache-2.0
// A case in a process of its own: a module that crashes or hangs fails one case and nothing else.
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::conformance {

enum class Verdict { kPass, kSkip, kFail, kCrash, kTimeout };

struct CaseResult {
  Verdict verdict = Verdict::kFail;
  std::string detail;  ///< what is wrong, or why it was skipped; empty for a pass
};

/// How a case process tells its result: on this descriptor, and by its exit code.
inline constexpr int kResultFd = 3;

/// In the case process: tells the result and gives the exit code. [main]
int TellResult(const Status& status);

/// Runs this program again with `words`, in a new folder that is gone afterwards (also in
/// $KVASIR_CHECK_DIR, beside an
/// address of its own, $KVASIR_CHECK_ADDRESS), for at most `limit_seconds`. Output of the module
/// goes to standard error. [main]
CaseResult RunCaseProcess(const std::vector<std::string>& words, unsigned limit_seconds);

}  // namespace kvs::conformance
