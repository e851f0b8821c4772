// SPDX-License-Identifier: Apache-2.0
// A component in C++: a class with a constructor, the ports it requires as members, the ports it provides as base classes,
// and a declaration that ties them to names.
//
//   class ValidateSink final : public sdk::Component, public sdk::SeriesSink {
//    public:
//     ValidateSink(sdk::Host host, Config config);
//     sdk::Outcome Write(...) override;
//     sdk::SinkRef next;
//   };
//
//   const kvs_component_type_t* ValidateType() {       // in plugin.cc
//     static const sdk::ComponentType<ValidateSink, Config> kType =
//         sdk::ComponentType<ValidateSink, Config>("sink.validate", "Refuses what is malformed", KVS_BETA)
//             .Provides<sdk::SeriesSink>("sink", "Takes batches")
//             .Requires("next", &ValidateSink::next, "Where valid ones go");
//     return kType.raw();
//   }
//   KVS_MODULE("sink.validate", ValidateType())
#pragma once

#include <concepts>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/module.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/config.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/status.h"

namespace kvs::sdk {

/// One configured instance. Life: constructed (no I/O, no threads), ports linked, Start, work, Drain, Stop, destroyed.
/// The three steps run on [main] and must not wait: long work is deferred with the completer.
class Component {
 public:
  virtual ~Component() = default;
  /// Whether configuration and wiring fit together; no I/O. After linking, also by a mere check. [main]
  virtual Status Check() { return OkStatus(); }
  virtual Outcome Start(const Call& /*call*/, Completer& /*completer*/) { return OkStatus(); }
  virtual Outcome Drain(const Call& /*call*/, Completer& /*completer*/) { return OkStatus(); }
  virtual Outcome Stop(const Call& /*call*/, Completer& /*completer*/) { return OkStatus(); }
};

namespace internal {

/// The part of ComponentType that does not depend on the class: ports, and the C functions of every component.
class ComponentTypeBase {
 public:
  struct Port {
    std::string name, summary;
    uint32_t flags = 0, min_links = 0, max_links = 0;
    const char* ifaces[2] = {nullptr, nullptr};
    std::function<kvs_iface_t(Component*)> provide;                             // Of a provided port.
    std::function<void(Component*, uint32_t index, const kvs_iface_t&)> link;  // Of a required port.
  };
  /// A component and its type, which is what kvs_component_t.self points at.
  struct Instance {
    const ComponentTypeBase* type;
    std::unique_ptr<Component> component;
  };

  ComponentTypeBase(const char* name, const char* summary, int32_t stability);
  ComponentTypeBase(const ComponentTypeBase& other);
  ComponentTypeBase& operator=(const ComponentTypeBase&) = delete;
  const kvs_component_type_t* raw() const { return &record_.raw; }

 protected:
  // First member points back, so that create() finds the C++ side from the C record.
  struct Recorded {
    kvs_component_type_t raw;
    const ComponentTypeBase* owner;
  };
  static const ComponentTypeBase* Of(const kvs_component_type_t* type) {
    return reinterpret_cast<const Recorded*>(type)->owner;
  }
  void AddPort(Port port);
  void SetKeys(const std::vector<kvs_config_key_t>& keys);
  void FillComponent(kvs_component_t* out, std::unique_ptr<Component> component) const;

  std::vector<Port> ports_;

 private:
  void Refresh();
  static kvs_status_t Link(void* self, const char* port, uint32_t index, const kvs_iface_t* peer, kvs_error_t* error) noexcept;
  static kvs_status_t GetInterface(void* self, const char* id, kvs_iface_t* out) noexcept;

  std::vector<kvs_port_t> raw_ports_;

 protected:
  Recorded record_{};
};

}  // namespace internal

/// Declares what class T, configured by struct C, is to the outside.
template <typename T, typename C>
class ComponentType : public internal::ComponentTypeBase {
 public:
  ComponentType(const char* name, const char* summary, int32_t stability) : ComponentTypeBase(name, summary, stability) {
    SetKeys(C::Schema().raw());
    record_.raw.create = &Create;
  }

  /// T derives from PortClass, eg: sdk::SeriesSink. `flags`: KVS_PORT_BLOCKING when its methods block.
  template <typename PortClass>
  ComponentType& Provides(const char* name, const char* summary, uint32_t flags = 0) {
    Port port;
    port.name = name;
    port.summary = summary;
    port.flags = KVS_PORT_PROVIDES | flags;
    port.ifaces[0] = PortClass::kId;
    port.provide = [](Component* component) { return IfaceOf<PortClass>(static_cast<T*>(component)); };
    AddPort(std::move(port));
    return *this;
  }

  template <typename Ref, typename Owner>
  ComponentType& Requires(const char* name, Ref Owner::*member, const char* summary) {
    return RequiresOne(name, member, summary, 1);
  }
  template <typename Ref, typename Owner>
  ComponentType& MayRequire(const char* name, Ref Owner::*member, const char* summary) {
    return RequiresOne(name, member, summary, 0);
  }
  /// One or more links, in the order of the file. The member is T's own or that of a base class.
  template <typename Ref, typename Owner>
  ComponentType& RequiresMany(const char* name, std::vector<Ref> Owner::*member, const char* summary) {
    return AddMany(name, member, summary, 1);
  }
  /// Any number of links, in the order of the file.
  template <typename Ref, typename Owner>
  ComponentType& MayRequireMany(const char* name, std::vector<Ref> Owner::*member, const char* summary) {
    return AddMany(name, member, summary, 0);
  }

 private:
  template <typename Ref, typename Owner>
  ComponentType& AddMany(const char* name, std::vector<Ref> Owner::*member, const char* summary, uint32_t min_links) {
    Port port;
    port.name = name;
    port.summary = summary;
    port.flags = KVS_PORT_REQUIRES;
    port.min_links = min_links;
    port.max_links = UINT32_MAX;
    port.ifaces[0] = Ref::Port::kId;
    port.link = [member](Component* component, uint32_t index, const kvs_iface_t& peer) {
      auto& refs = static_cast<T*>(component)->*member;
      if (refs.size() <= index) refs.resize(index + 1);
      refs[index] = Ref(peer);
    };
    AddPort(std::move(port));
    return *this;
  }

  template <typename Ref, typename Owner>
  ComponentType& RequiresOne(const char* name, Ref Owner::*member, const char* summary, uint32_t min_links) {
    Port port;
    port.name = name;
    port.summary = summary;
    port.flags = KVS_PORT_REQUIRES;
    port.min_links = min_links;
    port.max_links = 1;
    port.ifaces[0] = Ref::Port::kId;
    port.link = [member](Component* component, uint32_t, const kvs_iface_t& peer) {
      static_cast<T*>(component)->*member = Ref(peer);
    };
    AddPort(std::move(port));
    return *this;
  }

  static kvs_status_t Create(const kvs_component_type_t* type, const kvs_host_t* host, const kvs_config_t* config,
                             kvs_component_t* out, kvs_error_t* error) noexcept {
    return Guard(error, [&]() -> Outcome {
      C values = C::Schema().Read(*config);
      if constexpr (requires { { values.Validate() } -> std::same_as<Status>; }) {
        KVS_RETURN_IF_ERROR(values.Validate());
      }
      const auto* self = static_cast<const ComponentType*>(Of(type));
      self->FillComponent(out, std::make_unique<T>(Host(host), std::move(values)));
      return OkStatus();
    });
  }
};

}  // namespace kvs::sdk

#ifndef KVS_PLUGIN_VERSION
#define KVS_PLUGIN_VERSION "0.1.0"
#endif
#ifndef KVS_PLUGIN_VENDOR
#define KVS_PLUGIN_VENDOR "kvasir"
#endif

/// The one line that makes a shared library a module: its id, then a pointer to each component type.
#define KVS_MODULE(id, ...)                                                                                       \
  KVS_EXPORT const kvs_module_t* kvs_module_v1(void) {                                                            \
    static const kvs_component_type_t* const kTypes[] = {__VA_ARGS__};                                            \
    static const kvs_module_t kModule = {sizeof(kvs_module_t), KVS_ABI_MINOR, id, KVS_PLUGIN_VERSION,             \
                                         KVS_PLUGIN_VENDOR, "Apache-2.0", kTypes, sizeof(kTypes) / sizeof(kTypes[0])}; \
    return &kModule;                                                                                              \
  }
