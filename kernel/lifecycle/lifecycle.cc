// SPDX-License-Identifier: Apache-2.0
#include "kernel/lifecycle/lifecycle.h"

#include <algorithm>
#include <map>
#include <utility>

#include "kvs/base/str_cat.h"

namespace kvs::kernel {
namespace {

constexpr int64_t kStartTimeoutMs = 10 * 60'000;  // Replaying a large log takes minutes.
constexpr int64_t kDrainTimeoutMs = 30'000;
constexpr int64_t kStopTimeoutMs = 60'000;
/// How long a node that is being reloaded counts as ready.
constexpr int64_t kReadyDuringReloadNs = 15'000'000'000;

int64_t OrDefault(int64_t configured, int64_t otherwise) {
  return configured > 0 ? configured : otherwise;
}

}  // namespace

Lifecycle::Lifecycle(Services& services, EdgeWrapper* edges, LifecycleObserver* observer)
    : services_(services), edges_(edges), observer_(observer) {}

Lifecycle::~Lifecycle() {
  if (plan_ != nullptr) DrainAndStop();
  for (auto it = instances_.rbegin(); it != instances_.rend(); ++it) Destroy(&*it);
}

std::unique_ptr<Instance> Lifecycle::Create(const PlanComponent& component,
                                            Diagnostics* diagnostics) {
  auto instance = Instance::Create(services_, component.name, component.module_id, component.type,
                                   component.config->get());
  if (instance.ok()) return std::move(instance).value();
  diagnostics->Error(
      "L001",
      StrCat("component \"", component.name, "\" cannot be created: ", instance.status().message()),
      component.where);
  return nullptr;
}

void Lifecycle::Link(const Plan& plan, size_t index, const std::vector<Instance*>& peers,
                     Diagnostics* diagnostics) {
  const PlanComponent& component = plan.components[index];
  for (const PlanLink& link : component.links) {
    Instance* const provider = peers[link.provider];
    if (provider == nullptr) continue;  // Has its own diagnostic already.
    const auto iface = provider->GetInterface(link.iface.c_str());
    if (!iface.ok()) {
      diagnostics->Error("L002",
                         StrCat("\"", component.name, "\".", link.port,
                                " cannot be linked: ", iface.status().message()),
                         link.where);
      continue;
    }
    std::unique_ptr<LinkedEdge> edge;
    if (edges_ != nullptr) {
      const EdgeInfo info{.consumer = component.name,
                          .port = link.port,
                          .index = link.index,
                          .provider = provider->name(),
                          .blocking = link.blocking,
                          .host = peers[index]->host().raw()};
      edge = edges_->Wrap(info, *iface);
    }
    const Status linked = peers[index]->Link(link.port, link.index, *iface, std::move(edge));
    if (!linked.ok()) diagnostics->Error("L003", linked.message(), link.where);
  }
}

Lifecycle::Instances Lifecycle::CreateAndLink(const Plan& plan, const std::vector<size_t>& wanted,
                                              std::vector<Instance*>* peers,
                                              Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  Instances made(plan.components.size());
  for (const size_t i : wanted) {
    made[i] = Create(plan.components[i], diagnostics);
    (*peers)[i] = made[i].get();
  }
  for (const size_t i : wanted) {
    if (made[i] != nullptr) Link(plan, i, *peers, diagnostics);
  }
  if (diagnostics->error_count() == errors_before) {
    for (const size_t i : wanted) {
      const Status fits = made[i]->Check();
      if (!fits.ok()) diagnostics->Error("L004", fits.message(), plan.components[i].where);
    }
  }
  if (diagnostics->error_count() > errors_before) {
    for (auto it = made.rbegin(); it != made.rend(); ++it) Destroy(&*it);
  }
  return made;
}

bool Lifecycle::CreateAndLink(std::shared_ptr<const Plan> plan, Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  std::vector<size_t> all(plan->components.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<Instance*> peers(all.size(), nullptr);
  Instances made = CreateAndLink(*plan, all, &peers, diagnostics);
  if (diagnostics->error_count() > errors_before) return false;
  plan_ = std::move(plan);
  instances_ = std::move(made);
  ShowHealth();
  return true;
}

Status Lifecycle::StartAll(const std::vector<Instance*>& in_start_order, const Settings& settings,
                           StepInterrupt* interrupt) {
  std::vector<Instance*> running;
  for (Instance* const instance : in_start_order) {
    if (observer_ != nullptr) observer_->Starting(*instance);
    const int64_t began_ns = services_.clock.MonotonicNs();
    const Status status =
        interrupt != nullptr && interrupt->interrupted()
            ? Cancelled("component \"", instance->name(), "\": start: interrupted")
            : instance->Start({OrDefault(settings.start_timeout_ms, kStartTimeoutMs)}, interrupt);
    stuck_ = stuck_ || instance->stuck();
    if (!status.ok()) {
      DrainAndStop(running, settings);
      return status;
    }
    const std::string took = StrCat((services_.clock.MonotonicNs() - began_ns) / 1'000'000, "ms");
    services_.log.Info(
        "started", {{"name", instance->name()}, {"type", instance->type().name}, {"took", took}});
    running.push_back(instance);
  }
  return OkStatus();
}

Status Lifecycle::Start() {
  return StartAll(Pointers(), plan_->settings, &interrupt_);
}

void Lifecycle::DrainAndStop() {
  DrainAndStop(Pointers(), plan_->settings);
}

void Lifecycle::DrainAndStop(const std::vector<Instance*>& in_start_order,
                             const Settings& settings) {
  const int64_t drain_ends_ns = services_.clock.MonotonicNs() +
                                OrDefault(settings.drain_timeout_ms, kDrainTimeoutMs) * 1'000'000;
  const auto complain = [&](const Status& status) {
    if (!status.ok()) services_.log.Warn(status.message());
  };
  for (auto it = in_start_order.rbegin(); it != in_start_order.rend(); ++it) {
    if (*it == nullptr || !(*it)->started()) continue;
    Instance& instance = **it;
    complain(instance.Drain(
        {std::max<int64_t>(0, (drain_ends_ns - services_.clock.MonotonicNs()) / 1'000'000)}));
  }
  for (auto it = in_start_order.rbegin(); it != in_start_order.rend(); ++it) {
    if (*it == nullptr || !(*it)->started()) continue;
    Instance& instance = **it;
    complain(instance.Stop({OrDefault(settings.stop_timeout_ms, kStopTimeoutMs)}));
    stuck_ = stuck_ || instance.stuck();
    services_.log.Info("stopped", {{"name", instance.name()}});
  }
}

void Lifecycle::Destroy(std::unique_ptr<Instance>* instance) {
  if (*instance == nullptr) return;
  if (observer_ != nullptr) observer_->Gone(**instance);
  if (edges_ != nullptr) {
    const auto forget = [&](const kvs_port_t& port) {
      if ((port.flags & KVS_PORT_PROVIDES) == 0) return;
      for (const char* const* id = port.ifaces; *id != nullptr; ++id) {
        if (const auto iface = (*instance)->GetInterface(*id); iface.ok()) edges_->Forget(*iface);
      }
    };
    const kvs_component_type_t& type = (*instance)->type();
    for (uint64_t i = 0; i < type.n_ports; ++i) forget(type.ports[i]);
  }
  instance->reset();
}

Status Lifecycle::Reconfigure(const Plan& new_plan, const ReloadSet& set) {
  std::vector<std::pair<Instance*, const kvs_config_t*>> done;  // With the values to go back to.
  for (size_t i = 0; i < new_plan.components.size(); ++i) {
    if (set.actions[i] != ReloadAction::kReconfigure) continue;
    const PlanComponent& component = new_plan.components[i];
    Instance* const instance = Find(component.name);
    const Status status = instance->Reconfigure(component.config->get());
    if (status.ok()) {
      done.emplace_back(instance, plan_->Find(component.name)->config->get());
      continue;
    }
    for (const auto& [undone, old_values] : done) {
      const Status undo = undone->Reconfigure(old_values);
      if (!undo.ok())
        services_.log.Error("cannot go back to the old values", {{"error", undo.message()}});
    }
    return status;
  }
  return OkStatus();
}

Status Lifecycle::Restore(const std::vector<size_t>& stopped) {
  std::vector<Instance*> peers = Pointers();
  Diagnostics diagnostics;
  Instances made = CreateAndLink(*plan_, stopped, &peers, &diagnostics);
  if (!diagnostics.ok()) return Internal(diagnostics.all().front().message);
  std::vector<Instance*> to_start;
  for (const size_t i : stopped) {
    to_start.push_back(made[i].get());
    instances_[i] = std::move(made[i]);
  }
  ShowHealth();
  return StartAll(to_start, plan_->settings, nullptr);
}

StatusOr<ReloadReport> Lifecycle::Reload(
    std::shared_ptr<const Plan> plan, Diagnostics* diagnostics,
    const std::function<void(const ReloadSet&)>& before_switch) {
  const ReloadSet set = DiffPlans(
      *plan_, *plan, [&](std::string_view name) { return Find(name)->can_reconfigure(); });
  const size_t n = plan->components.size();

  std::vector<Instance*> peers(n, nullptr);
  std::vector<size_t> fresh;
  ReloadReport report;
  for (size_t i = 0; i < n; ++i) {
    const std::string& name = plan->components[i].name;
    if (set.IsFresh(i)) {
      fresh.push_back(i);
    } else {
      peers[i] = Find(name);
    }
    if (set.actions[i] == ReloadAction::kAdd) report.added.push_back(name);
    if (set.actions[i] == ReloadAction::kRebuild) report.rebuilt.push_back(name);
    if (set.actions[i] == ReloadAction::kReconfigure) report.reconfigured.push_back(name);
  }
  for (const size_t i : set.removed) report.removed.push_back(plan_->components[i].name);

  const size_t errors_before = diagnostics->error_count();
  Instances made = CreateAndLink(*plan, fresh, &peers, diagnostics);
  if (diagnostics->error_count() > errors_before) {
    return InvalidArgument("the new configuration cannot be created; the old one goes on");
  }
  const auto discard = [&] {
    for (auto it = made.rbegin(); it != made.rend(); ++it) Destroy(&*it);
  };
  if (const Status status = Reconfigure(*plan, set); !status.ok()) {
    discard();
    return status;
  }

  // From here on something may stop.
  if (before_switch) before_switch(set);
  const std::vector<size_t> stopping = set.Stopping();
  services_.health.KeepReadyUntil(services_.clock.MonotonicNs() + kReadyDuringReloadNs);
  std::vector<Instance*> old_instances;
  std::vector<std::string> going;
  for (const size_t i : stopping) {
    old_instances.push_back(instances_[i].get());
    going.push_back(instances_[i]->name());
  }
  if (edges_ != nullptr) edges_->Hold(going);
  DrainAndStop(old_instances, plan_->settings);
  for (auto it = stopping.rbegin(); it != stopping.rend(); ++it) Destroy(&instances_[*it]);

  std::vector<Instance*> to_start;
  for (const size_t i : fresh) to_start.push_back(made[i].get());
  const Status started = StartAll(to_start, plan->settings, &interrupt_);
  if (!started.ok()) {
    services_.log.Error("a reload failed; going back", {{"error", started.message()}});
    discard();
    Status restored = Restore(stopping);
    for (size_t i = 0; i < n && restored.ok(); ++i) {
      if (set.actions[i] != ReloadAction::kReconfigure) continue;
      const std::string& name = plan->components[i].name;
      restored = Find(name)->Reconfigure(plan_->Find(name)->config->get());
    }
    broken_ = !restored.ok();
    if (edges_ != nullptr) edges_->Release();
    services_.health.KeepReadyUntil(0);
    if (broken_) return Annotate(started, "going back failed too (", restored.message(), ")");
    return started;
  }

  Instances next(n);
  for (size_t i = 0; i < n; ++i) {
    if (made[i] != nullptr) {
      next[i] = std::move(made[i]);
      continue;
    }
    const auto kept = std::find_if(instances_.begin(), instances_.end(), [&](const auto& instance) {
      return instance.get() == peers[i];
    });
    next[i] = std::move(*kept);
  }
  instances_ = std::move(next);
  plan_ = std::move(plan);
  ShowHealth();
  if (edges_ != nullptr) edges_->Release();
  services_.health.KeepReadyUntil(0);
  return report;
}

void Lifecycle::Interrupt() {
  interrupt_.Interrupt();
}

Instance* Lifecycle::Find(std::string_view name) const {
  for (const auto& instance : instances_) {
    if (instance != nullptr && instance->name() == name) return instance.get();
  }
  return nullptr;
}

std::vector<Instance*> Lifecycle::Pointers() const {
  std::vector<Instance*> pointers;
  pointers.reserve(instances_.size());
  for (const auto& instance : instances_) pointers.push_back(instance.get());
  return pointers;
}

void Lifecycle::ShowHealth() {
  std::vector<std::shared_ptr<const ComponentHealth>> health;
  for (const auto& instance : instances_) {
    if (instance != nullptr) health.push_back(instance->host().shared_health());
  }
  services_.health.Show(std::move(health));
}

}  // namespace kvs::kernel
