// SPDX-License-Identifier: Apache-2.0
// The metrics that every process has: CPU, memory, descriptors, start time, and which build it is.
#pragma once

#include <string>

#include "kernel/services/metrics.h"

namespace kvs::kernel {

/// What kvs_build_info and cortex_build_info say.
struct BuildInfo {
  std::string version;
  std::string revision;
  std::string compiler;
};

/// This build: the version that CMake gave, and the compiler that is compiling this.
BuildInfo ThisBuild();

/// Registers process_*, kvs_build_info and cortex_build_info, refreshed before each exposition. `registry` outlives
/// nothing but itself.
void RegisterProcessMetrics(MetricRegistry& registry, const BuildInfo& build);

}  // namespace kvs::kernel
