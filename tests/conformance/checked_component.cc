// SPDX-License-Identifier: Apache-2.0
#include "checked_component.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "kernel/graph/type_view.h"
#include "kernel/lifecycle/lifecycle.h"
#include "kernel/lifecycle/standard_edges.h"
#include "kernel/services/host.h"

namespace kvs::conformance {
namespace {

using kernel::Diagnostics;
using kernel::Instance;
using kernel::LinkedEdge;

// Warnings are about the configuration as a whole, which here exists for one component.
void Complain(const Diagnostics& diagnostics) {
  if (!diagnostics.ok()) std::fputs(diagnostics.ToText().c_str(), stderr);
}

// Every port that the component provides, through edges of its own.
class Ports {
 public:
  Ports(kernel::StandardEdges& edges, Instance& instance) {
    for (const kvs_port_t& port : kernel::Ports(instance.type())) {
      if ((port.flags & KVS_PORT_PROVIDES) == 0) continue;
      for (const std::string& id : kernel::Interfaces(port)) {
        const StatusOr<kvs_iface_t> provided = instance.GetInterface(id.c_str());
        if (!provided.ok() || testkit::FindSuite(id) == nullptr) continue;
        kernel::EdgeInfo info;
        info.consumer = "conformance";
        info.port = port.name;
        info.provider = instance.name();
        info.blocking = (port.flags & KVS_PORT_BLOCKING) != 0;
        info.host = instance.host().raw();
        edges_.push_back(edges.Wrap(info, *provided));
        ifaces_.push_back(edges_.back() == nullptr ? *provided : edges_.back()->iface());
      }
    }
  }
  const std::vector<kvs_iface_t>& all() const { return ifaces_; }

 private:
  std::vector<std::unique_ptr<LinkedEdge>> edges_;
  std::vector<kvs_iface_t> ifaces_;
};

Status RunAgainst(const Ports& ports, const testkit::Suite& suite, const testkit::Case& which) {
  for (const kvs_iface_t& port : ports.all()) {
    if (std::string_view(port.id) != suite.iface) continue;
    testkit::Context context(port);
    for (const kvs_iface_t& sibling : ports.all()) context.With(sibling);
    if (const char* const address = std::getenv("KVASIR_CHECK_ADDRESS"))
      context.WithAddress(address);
    return which.run(context);
  }
  return FailedPrecondition("the component declares ", suite.iface, " and does not give it");
}

}  // namespace

StatusOr<std::shared_ptr<const kernel::Plan>> MakePlan(const Subject& subject,
                                                       kernel::PlanMaker* maker,
                                                       std::string* module_id) {
  KVS_RETURN_IF_ERROR(maker->AddModule(subject.module_file));
  // Before the configuration brings in others.
  *module_id = maker->loader().modules().begin()->second.module->id;
  Diagnostics diagnostics;
  std::shared_ptr<const kernel::Plan> plan = maker->Make(&diagnostics);
  Complain(diagnostics);
  if (plan == nullptr) return InvalidArgument("the configuration cannot be used");
  return plan;
}

std::vector<CheckedPort> PortsToCheck(const kernel::Plan& plan, const std::string& module_id,
                                      const std::string& type) {
  std::vector<CheckedPort> ports;
  for (const kernel::PlanComponent& component : plan.components) {
    if (component.module_id != module_id || (!type.empty() && type != component.type->name))
      continue;
    for (const std::string& id : kernel::ProvidedInterfaces(*component.type)) {
      if (const testkit::Suite* suite = testkit::FindSuite(id))
        ports.push_back({component.name, component.type->name, suite});
    }
  }
  return ports;
}

std::string DefaultConfig(const kernel::PlanMaker& maker) {
  std::string out;
  const kvs_module_t& module = *maker.loader().modules().begin()->second.module;
  for (uint64_t i = 0; i < module.n_types; ++i) {
    const kvs_component_type_t& type = *module.types[i];
    bool needs_something = false;
    for (const kvs_port_t& port : kernel::Ports(type))
      needs_something |= (port.flags & KVS_PORT_REQUIRES) != 0 && port.min_links > 0;
    for (const kvs_config_key_t& key : kernel::Keys(type))
      needs_something |= (key.flags & KVS_CONFIG_REQUIRED) != 0;
    if (!needs_something)
      StrAppend(out, "[component.checked", i, "]\ntype = \"", type.name, "\"\n");
  }
  return out;
}

Status RunCase(const std::shared_ptr<const kernel::Plan>& plan, const std::string& component,
               const testkit::Suite& suite, const testkit::Case& which) {
  kernel::ServicesOptions options;
  options.log.level = kernel::LogLevel::kWarn;
  kernel::Services services(options);
  kernel::StandardEdges edges(services);
  kernel::Lifecycle lifecycle(services, &edges);
  Diagnostics diagnostics;
  if (!lifecycle.CreateAndLink(plan, &diagnostics)) {
    Complain(diagnostics);
    return InvalidArgument("the components cannot be created");
  }
  KVS_RETURN_IF_ERROR(lifecycle.Start());
  Status status;
  {
    const Ports ports(edges, *lifecycle.Find(component));
    status = RunAgainst(ports, suite, which);
  }
  lifecycle.DrainAndStop();
  return status;
}

}  // namespace kvs::conformance
