// SPDX-License-Identifier: Apache-2.0
// Settings of notifier.email: those of every notifier.
#pragma once

#include "kvs/notify/options.h"

namespace kvs::notifier::email {

struct Config : notify::Options {
  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::notifier::email
