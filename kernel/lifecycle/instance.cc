// SPDX-License-Identifier: Apache-2.0
#include "kernel/lifecycle/instance.h"

#include <chrono>
#include <condition_variable>
#include <utility>

#include "kvs/base/check.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/status.h"
#include "kvs/sdk/str.h"

namespace kvs::kernel {
namespace {

/// What a stuck component may still use, kept reachable for ever.
struct Abandoned {
  kvs_component_t component;
  std::unique_ptr<ComponentHost> host;
  std::vector<Instance::Edge> edges;
};

void Abandon(Abandoned abandoned) {
  static std::vector<Abandoned>* const all = new std::vector<Abandoned>();  // Never destroyed.
  all->push_back(std::move(abandoned));
}

}  // namespace

void StepInterrupt::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (current_ != nullptr) current_->Cancel();
}

void StepInterrupt::Clear() {
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
}

bool StepInterrupt::interrupted() const {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

void StepInterrupt::Enter(sdk::CancelSource* cancel) {
  const std::lock_guard lock(mutex_);
  current_ = cancel;
  if (interrupted_) cancel->Cancel();
}

void StepInterrupt::Leave() {
  const std::lock_guard lock(mutex_);
  current_ = nullptr;
}

/// What a step that is under way needs. Held by the waiting thread and by the completion, whoever
/// lives longer.
struct Instance::Step {
  sdk::CancelSource cancel;
  sdk::OwnedCall call{"", cancel.raw()};
  kvs_error_t error = sdk::Record<kvs_error_t>();

  std::mutex mutex;
  std::condition_variable ended_changed;
  bool ended = false;
  kvs_status_t status = KVS_OK;

  static void Done(void* ctx, kvs_status_t status) noexcept {
    const std::unique_ptr<std::shared_ptr<Step>> step(static_cast<std::shared_ptr<Step>*>(ctx));
    const std::lock_guard lock((*step)->mutex);
    (*step)->ended = true;
    (*step)->status = status;
    (*step)->ended_changed.notify_all();
  }

  /// False when it is still under way at `until`.
  bool WaitUntil(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex);
    return ended_changed.wait_until(lock, until, [&] { return ended; });
  }
};

StatusOr<std::unique_ptr<Instance>> Instance::Create(Services& services, std::string name,
                                                     std::string module,
                                                     const kvs_component_type_t* type,
                                                     const kvs_config_t* config) {
  auto host =
      std::make_unique<ComponentHost>(services, std::move(name), type->name, std::move(module));
  std::unique_ptr<Instance> instance(new Instance(std::move(host), type));
  auto error = sdk::Record<kvs_error_t>();
  const kvs_status_t code =
      type->create(type, instance->host_->raw(), config, &instance->component_, &error);
  if (code != KVS_OK) {
    instance->component_ = {};  // Nothing was made, so nothing is destroyed.
    if (code == KVS_PENDING)
      return Internal("create: ", type->name,
                      " answered that it is pending, which create cannot be");
    return Annotate(sdk::Import(code, &error), "create");
  }
  if (instance->component_.destroy == nullptr) {
    return Internal("create: ", type->name, " gave no destroy function");
  }
  return instance;
}

Instance::Instance(std::unique_ptr<ComponentHost> host, const kvs_component_type_t* type)
    : host_(std::move(host)), type_(type), component_(sdk::Record<kvs_component_t>()) {}

Instance::~Instance() {
  if (stuck_) {
    // Its code may still run; freeing what it stands on would turn a hang into a crash.
    Abandon({component_, std::move(host_), std::move(edges_)});
    return;
  }
  KVS_CHECK(!started_);
  if (component_.destroy != nullptr) component_.destroy(component_.self);
}

StatusOr<kvs_iface_t> Instance::GetInterface(const char* id) const {
  auto iface = sdk::Record<kvs_iface_t>();
  if (component_.get_interface == nullptr ||
      component_.get_interface(component_.self, id, &iface) != KVS_OK) {
    return NotFound("component \"", name(), "\" (", type_->name, ") does not provide ", id);
  }
  if (iface.table == nullptr) {
    return Internal("component \"", name(), "\" (", type_->name, ") answered ", id,
                    " without a table");
  }
  return iface;
}

Status Instance::Link(const std::string& port, uint32_t index, const kvs_iface_t& peer,
                      std::unique_ptr<LinkedEdge> edge) {
  if (component_.link == nullptr) {
    return Internal("component \"", name(), "\" (", type_->name,
                    ") requires ports but has no link function");
  }
  const kvs_iface_t given = edge != nullptr ? edge->iface() : peer;
  auto error = sdk::Record<kvs_error_t>();
  const kvs_status_t code = component_.link(component_.self, port.c_str(), index, &given, &error);
  edges_.push_back(
      {port, index, std::move(edge)});  // Also on failure: the component may have kept the pointer.
  if (code == KVS_OK) return OkStatus();
  return Annotate(sdk::Import(code, &error), "component \"", name(), "\": link ", port);
}

Status Instance::Check() const {
  if (component_.check == nullptr) return OkStatus();
  auto error = sdk::Record<kvs_error_t>();
  const kvs_status_t code = component_.check(component_.self, &error);
  if (code == KVS_OK) return OkStatus();
  return Annotate(sdk::Import(code, &error), "component \"", name(), "\"");
}

Status Instance::Run(StepFn fn, std::string_view step_name, StepLimit limit,
                     StepInterrupt* interrupt) {
  if (fn == nullptr) return OkStatus();
  const auto fail = [&](const Status& status) {
    return Annotate(status, "component \"", name(), "\": ", step_name);
  };
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(limit.timeout_ms);
  auto step = std::make_shared<Step>();
  step->call.WithTimeoutMs(limit.timeout_ms);
  if (interrupt != nullptr) interrupt->Enter(&step->cancel);

  auto* const ctx = new std::shared_ptr<Step>(step);
  const kvs_completion_t completion{&Step::Done, ctx};
  const sdk::Call call = step->call;
  const kvs_status_t code = fn(component_.self, call.raw(), &completion, &step->error);
  bool ended = true;
  if (code == KVS_PENDING) {
    ended = step->WaitUntil(deadline);
    if (!ended) {
      step->cancel.Cancel();
      ended = step->WaitUntil(deadline + std::chrono::milliseconds(limit.grace_ms));
    }
  } else {
    delete ctx;
    step->status = code;
  }
  if (interrupt != nullptr) interrupt->Leave();
  if (!ended) {
    stuck_ = true;
    return fail(DeadlineExceeded("did not end within ", limit.timeout_ms, " ms"));
  }
  if (step->status == KVS_OK) return OkStatus();
  return fail(sdk::Import(step->status, &step->error));
}

Status Instance::Start(StepLimit limit, StepInterrupt* interrupt) {
  host_->health().SetPhase(Phase::kStarting);
  const Status status = Run(component_.start, "start", limit, interrupt);
  started_ = status.ok();
  if (!started_ && !stuck_) CloseEdges();
  host_->health().SetPhase(started_ ? Phase::kRunning : Phase::kFailed, status.message());
  return status;
}

Status Instance::Drain(StepLimit limit) {
  if (stuck_ || !started_) return OkStatus();
  host_->health().SetPhase(Phase::kDraining);
  return Run(component_.drain, "drain", limit, nullptr);
}

Status Instance::Stop(StepLimit limit) {
  if (stuck_ || !started_) return OkStatus();
  const Status status = Run(component_.stop, "stop", limit, nullptr);
  started_ = false;
  if (!stuck_) CloseEdges();
  host_->health().SetPhase(status.ok() ? Phase::kStopped : Phase::kFailed, status.message());
  return status;
}

void Instance::CloseEdges() {
  for (Edge& edge : edges_) {
    if (edge.edge != nullptr) edge.edge->Close();
  }
}

Status Instance::Reconfigure(const kvs_config_t* config) {
  auto error = sdk::Record<kvs_error_t>();
  const kvs_status_t code = component_.reconfigure(component_.self, config, &error);
  if (code == KVS_OK) return OkStatus();
  return Annotate(sdk::Import(code, &error), "component \"", name(), "\": reconfigure");
}

}  // namespace kvs::kernel
