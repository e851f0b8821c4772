// SPDX-License-Identifier: Apache-2.0
// Which components and ports there are to check, and one of them, brought up by the real kernel:
// created, linked and started with everything it requires, and called through the edge that other
// components would have.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/testkit/suite.h"

#include "kernel/graph/plan.h"
#include "kernel/main/plan_maker.h"

namespace kvs::conformance {

/// What to load, and with which configuration.
struct Subject {
  std::string module_file;
  std::string config_file;
  std::vector<std::string> plugin_dirs;
};

/// A port of a component that there is a suite for.
struct CheckedPort {
  std::string component;
  std::string type;
  const testkit::Suite* suite;
};

/// Loads the module, whose id it gives, and makes the plan; complaints go to standard error.
/// `maker` outlives the plan. [main]
StatusOr<std::shared_ptr<const kernel::Plan>> MakePlan(const Subject& subject,
                                                       kernel::PlanMaker* maker,
                                                       std::string* module_id);

/// Ports of the components whose types come from the module. `type`: only this one; empty: all.
/// [main]
std::vector<CheckedPort> PortsToCheck(const kernel::Plan& plan, const std::string& module_id,
                                      const std::string& type);

/// A configuration with one component for each type of the module that needs no ports and no keys;
/// empty when there is none. [main]
std::string DefaultConfig(const kernel::PlanMaker& maker);

/// Starts the plan, runs the case against the port, and stops everything. [main]
Status RunCase(const std::shared_ptr<const kernel::Plan>& plan, const std::string& component,
               const testkit::Suite& suite, const testkit::Case& which);

}  // namespace kvs::conformance
