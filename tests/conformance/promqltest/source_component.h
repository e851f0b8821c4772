// SPDX-License-Identifier: Apache-2.0
// The store of test scripts as a component, so that a configuration can wire an engine to it. Its
// module is part of this program.
#pragma once

#include "kvs/abi/module.h"
#include "kvs/testkit/promqltest/memory_source.h"

namespace kvs::conformance {

inline constexpr const char* kSourceType = "promqltest.source";

/// For PlanMaker::AddModule. [any]
const kvs_module_t* SourceModule();

/// The one that was created last; NULL when there is none. Scripts fill it. [main]
testkit::promqltest::MemorySource* LiveSource();

}  // namespace kvs::conformance
