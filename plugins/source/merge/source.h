// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/merged_source.h"

namespace kvs::source::merge {

/// sdk::MergedSource as a component.
class MergeSource final : public sdk::Component, public sdk::MergedSource {
 public:
  MergeSource(sdk::Host, Config) { first_alone = true; }
};

}  // namespace kvs::source::merge
