// SPDX-License-Identifier: Apache-2.0
// Whom one may stop: by what a ring is for, and who is away already. Pure.
#pragma once

#include <string>
#include <vector>

#include "ring_page.h"

namespace kvs::tools {

struct Unsafe {
  std::string instance, why;
};

/// Whether what an instance has is on others, too; else others take over what one does.
bool HoldsCopies(const RingPage& ring);

/// Those of a ring's instances that must not be stopped now. Those that are away already are not
/// among them: whatever they were needed for is lacking anyway, and said of the others.
std::vector<Unsafe> JudgeRing(const RingPage& ring);

}  // namespace kvs::tools
