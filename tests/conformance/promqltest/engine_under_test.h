// SPDX-License-Identifier: Apache-2.0
// A query engine out of a module, brought up by the real kernel over a store in memory, and asked
// through the edge that other components would have.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/testkit/promqltest/memory_source.h"

#include "kernel/lifecycle/edge.h"
#include "kernel/lifecycle/lifecycle.h"
#include "kernel/lifecycle/standard_edges.h"
#include "kernel/main/plan_maker.h"
#include "kernel/services/host.h"

namespace kvs::conformance {

/// Which engine.
struct EngineChoice {
  std::string module_file;
  std::string type;         ///< Empty: the one of the module that provides a query engine.
  std::string config_file;  ///< Empty: the engine over the store, with `features`.
  std::vector<std::string> features;     ///< Its key enable_features.
  std::vector<std::string> plugin_dirs;  ///< Of other modules that the configuration lists.
};

class EngineUnderTest {
 public:
  /// Loads, creates and starts; complaints about the configuration go to standard error. [main]
  static StatusOr<std::unique_ptr<EngineUnderTest>> Start(const EngineChoice& choice);
  EngineUnderTest(const EngineUnderTest&) = delete;
  EngineUnderTest& operator=(const EngineUnderTest&) = delete;

  sdk::EngineRef engine() const { return sdk::EngineRef(iface_); }
  testkit::promqltest::MemorySource& source() { return *source_; }

 private:
  explicit EngineUnderTest(const EngineChoice& choice, std::string config_file);
  Status Run();

  // In this order: modules outlive components, and services what runs on them.
  kernel::PlanMaker maker_;
  const std::string module_file_;
  kernel::Services services_;
  kernel::StandardEdges edges_;
  kernel::Lifecycle lifecycle_;
  std::unique_ptr<kernel::LinkedEdge> edge_;
  kvs_iface_t iface_{};
  testkit::promqltest::MemorySource* source_ = nullptr;
};

}  // namespace kvs::conformance
