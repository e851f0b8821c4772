// SPDX-License-Identifier: Apache-2.0
// Settings of notifier.webex: those of every notifier.
#pragma once

#include "kvs/notify/options.h"

namespace kvs::notifier::webex {

struct Config : notify::Options {
  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::notifier::webex
