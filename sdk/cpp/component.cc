// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/component.h"

#include "kvs/sdk/str.h"

namespace kvs::sdk::internal {
namespace {

using Instance = ComponentTypeBase::Instance;

template <Outcome (Component::*Step)(const Call&, Completer&)>
kvs_status_t RunStep(void* self, const kvs_call_t* call, const kvs_completion_t* completion, kvs_error_t* error) noexcept {
  return Guard(error, [&] {
    Completer completer(completion, error);
    return (static_cast<Instance*>(self)->component.get()->*Step)(Call(call), completer);
  });
}

kvs_status_t RunCheck(void* self, kvs_error_t* error) noexcept {
  return Guard(error, [&]() -> Outcome { return static_cast<Instance*>(self)->component->Check(); });
}

void Destroy(void* self) noexcept { delete static_cast<Instance*>(self); }

}  // namespace

ComponentTypeBase::ComponentTypeBase(const char* name, const char* summary, int32_t stability) {
  record_.raw.struct_size = sizeof(kvs_component_type_t);
  record_.raw.name = name;
  record_.raw.summary = summary;
  record_.raw.stability = stability;
  Refresh();
}

ComponentTypeBase::ComponentTypeBase(const ComponentTypeBase& other) : ports_(other.ports_), record_(other.record_) { Refresh(); }

// The C record points into this object, so it is drawn anew whenever the object moves or grows.
void ComponentTypeBase::Refresh() {
  raw_ports_.clear();
  for (const Port& port : ports_) {
    raw_ports_.push_back({port.name.c_str(), port.flags, port.min_links, port.max_links, 0, port.ifaces, port.summary.c_str()});
  }
  record_.raw.ports = raw_ports_.data();
  record_.raw.n_ports = raw_ports_.size();
  record_.owner = this;
}

void ComponentTypeBase::AddPort(Port port) {
  ports_.push_back(std::move(port));
  Refresh();
}

void ComponentTypeBase::SetKeys(const std::vector<kvs_config_key_t>& keys) {
  record_.raw.keys = keys.data();
  record_.raw.n_keys = keys.size();
}

void ComponentTypeBase::FillComponent(kvs_component_t* out, std::unique_ptr<Component> component) const {
  out->type = raw();
  out->self = new Instance{this, std::move(component)};
  out->link = &Link;
  out->get_interface = &GetInterface;
  out->start = &RunStep<&Component::Start>;
  out->drain = &RunStep<&Component::Drain>;
  out->stop = &RunStep<&Component::Stop>;
  out->destroy = &Destroy;
  if (out->struct_size >= sizeof(kvs_component_t)) out->check = &RunCheck;
}

kvs_status_t ComponentTypeBase::Link(void* self, const char* name, uint32_t index, const kvs_iface_t* peer,
                                     kvs_error_t* error) noexcept {
  return Guard(error, [&]() -> Outcome {
    auto* const instance = static_cast<Instance*>(self);
    for (const Port& port : instance->type->ports_) {
      if (port.name != name || !port.link) continue;
      if (std::strcmp(peer->id, port.ifaces[0]) != 0) {
        return InvalidArgument("port ", name, " takes ", port.ifaces[0], ", not ", peer->id);
      }
      port.link(instance->component.get(), index, *peer);
      return OkStatus();
    }
    return NotFound("no port ", name, " to link");
  });
}

kvs_status_t ComponentTypeBase::GetInterface(void* self, const char* id, kvs_iface_t* out) noexcept {
  auto* const instance = static_cast<Instance*>(self);
  for (const Port& port : instance->type->ports_) {
    if (!port.provide || std::strcmp(port.ifaces[0], id) != 0) continue;
    *out = port.provide(instance->component.get());
    return KVS_OK;
  }
  return KVS_NOT_FOUND;
}

}  // namespace kvs::sdk::internal
