// SPDX-License-Identifier: Apache-2.0
// Settings of notifier.msteams: those of every notifier.
#pragma once

#include "kvs/notify/options.h"

namespace kvs::notifier::msteams {

struct Config : notify::Options {
  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::notifier::msteams
