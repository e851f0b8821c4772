// SPDX-License-Identifier: Apache-2.0
// Permit: whether a job may go on. It ends when the compactor stops, and, where several share the
// work, when another one may have taken it over.
#pragma once

#include <functional>

#include "kvs/base/status.h"

namespace kvs::compactor {

struct Permit {
  /// Asked between two steps and within them: costs nothing.
  std::function<Status()> check;
  /// Asked before each change of the bucket that others see: may ask a store.
  std::function<Status()> confirm;
};

}  // namespace kvs::compactor
