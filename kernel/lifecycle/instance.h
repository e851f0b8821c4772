// SPDX-License-Identifier: Apache-2.0
// Instance: one component that exists: the plugin's record, its host, and its edges. Turns the C
// calls of the lifecycle into Status, waits for completions, and never lets a component be
// destroyed that is still busy.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/module.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"

#include "kernel/lifecycle/edge.h"
#include "kernel/services/host.h"

namespace kvs::kernel {

/// Lets another thread end a step that the control thread is waiting for.
class StepInterrupt {
 public:
  /// Throws the switch of the step under way and of those that follow, until Clear(). [any]
  void Interrupt();
  void Clear();
  bool interrupted() const;

 private:
  friend class Instance;
  void Enter(sdk::CancelSource* cancel);
  void Leave();

  mutable std::mutex mutex_;
  sdk::CancelSource* current_ = nullptr;
  bool interrupted_ = false;
};

/// How long a step may take, and then to notice that it was told to stop.
struct StepLimit {
  int64_t timeout_ms;
  int64_t grace_ms = 5000;
};

class Instance {
 public:
  /// Calls create(). `config` is borrowed for the call. [main]
  static StatusOr<std::unique_ptr<Instance>> Create(Services& services, std::string name,
                                                    std::string module,
                                                    const kvs_component_type_t* type,
                                                    const kvs_config_t* config);
  /// Destroys the component, unless a step never ended: then it is left alone, for good.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// NOT_FOUND when the component does not provide it. [main]
  StatusOr<kvs_iface_t> GetInterface(const char* id) const;
  /// Hands over the peer of a port, through `edge` when there is one. [main]
  Status Link(const std::string& port, uint32_t index, const kvs_iface_t& peer,
              std::unique_ptr<LinkedEdge> edge);

  /// Whether the component is content with its configuration and wiring. [main]
  Status Check() const;

  /// Each waits for the end of the step, or for the deadline and a little more. Errors name the
  /// component and the step. A missing step is done at once. [main]
  Status Start(StepLimit limit, StepInterrupt* interrupt);
  Status Drain(StepLimit limit);
  Status Stop(StepLimit limit);

  bool can_reconfigure() const { return component_.reconfigure != nullptr; }
  Status Reconfigure(const kvs_config_t* config);

  const std::string& name() const { return host_->component(); }
  const kvs_component_type_t& type() const { return *type_; }
  ComponentHost& host() { return *host_; }
  bool started() const { return started_; }
  /// A step passed its deadline and is still under way: the component is beyond control.
  bool stuck() const { return stuck_; }

  /// An edge of this component, for metrics and pages.
  struct Edge {
    std::string port;
    uint32_t index;
    std::unique_ptr<LinkedEdge> edge;  ///< NULL: linked directly
  };
  const std::vector<Edge>& edges() const { return edges_; }

 private:
  struct Step;
  using StepFn = kvs_status_t (*)(void*, const kvs_call_t*, const kvs_completion_t*,
                                  kvs_error_t*) noexcept;

  Instance(std::unique_ptr<ComponentHost> host, const kvs_component_type_t* type);
  void CloseEdges();
  Status Run(StepFn fn, std::string_view step, StepLimit limit, StepInterrupt* interrupt);

  // In this order: the component goes first, then what it called through, then what it was hosted
  // by.
  std::unique_ptr<ComponentHost> host_;
  std::vector<Edge> edges_;
  const kvs_component_type_t* const type_;
  kvs_component_t component_{};
  bool started_ = false;
  bool stuck_ = false;
};

}  // namespace kvs::kernel
