// SPDX-License-Identifier: Apache-2.0
// PlanMaker: from a configuration file to a Plan: reads, loads the modules it lists, and resolves.
// Used again for each reload; modules stay loaded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/config/diagnostics.h"
#include "kernel/config/environment.h"
#include "kernel/graph/catalog.h"
#include "kernel/graph/plan.h"
#include "kernel/loader/loader.h"

namespace kvs::kernel {

class PlanMaker {
 public:
  /// `default_dirs` are searched after the folders that a configuration names.
  PlanMaker(std::string path, Environment environment, std::vector<std::string> default_dirs);

  /// Loads one more module, by file, whether or not the configuration lists it. [main]
  Status AddModule(const std::string& file);
  /// Takes one more module, which is linked into the executable. [main]
  Status AddModule(const kvs_module_t* module);

  /// NULL when `diagnostics` then holds an error. [main]
  std::shared_ptr<const Plan> Make(Diagnostics* diagnostics);

  const Loader& loader() const { return loader_; }

 private:
  const std::string path_;
  const Environment environment_;
  const std::vector<std::string> default_dirs_;
  Loader loader_;
  std::vector<const LoadedModule*> added_;
};

}  // namespace kvs::kernel
