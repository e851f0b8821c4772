// SPDX-License-Identifier: Apache-2.0
// For tests: component types written against the C ABI, whose instances do what a FakeWorld tells
// them, and tell it what was done to them; a listener that is one of them; and plans made by hand.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kvs/abi/module.h"
#include "kvs/abi/port/http_routes.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/status.h"
#include "kvs/sdk/str.h"

#include "kernel/graph/plan.h"
#include "kernel/pages/fake_server.h"

namespace kvs::kernel {

inline constexpr const char* kFakeV1 = "kvs.fake/1";

/// What instances of fake types do, and what was done to them.
struct FakeWorld {
  std::set<std::string> failing;    ///< "start b": this step fails
  std::set<std::string> deferred;   ///< "drain a": this step ends later, on another thread
  std::set<std::string> cancelled;  ///< "start b": this step ends when it is cancelled
  FakeServer server;
  int alive = 0;

  ~FakeWorld() {
    for (std::thread& thread : threads_) thread.join();
  }

  /// The events since the last call.
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }
  void Say(std::string event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  void RunLater(std::function<void()> fn) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(fn));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<std::thread> threads_;
};

/// A component type. Its instances provide kvs.fake/1 and require any number of it; a `listener`
/// also provides the world's server; one that is linked to "routes" answers GET /<its name> with
/// "<its name>=<value>".
class FakeType {
 public:
  struct Options {
    bool listener = false;
    bool reconfigurable = false;
  };

  FakeType(FakeWorld* world, const char* name, Options options) : options_(options) {
    record_.world = world;
    record_.owner = this;
    record_.raw = sdk::Record<kvs_component_type_t>();
    record_.raw.name = name;
    record_.raw.summary = "for tests";
    ports_.push_back({"out", KVS_PORT_PROVIDES, 0, 0, 0, kFakeIds, "all of it"});
    ports_.push_back({"peers", KVS_PORT_REQUIRES, 0, UINT32_MAX, 0, kFakeIds, "whoever"});
    ports_.push_back({"routes", KVS_PORT_REQUIRES, 0, 1, 0, kRoutesIds, "where to answer"});
    if (options.listener)
      ports_.push_back({"listener", KVS_PORT_PROVIDES, 0, 0, 0, kRoutesIds, "where others answer"});
    record_.raw.ports = ports_.data();
    record_.raw.n_ports = ports_.size();
    record_.raw.keys = kKeys;
    record_.raw.n_keys = 2;
    record_.raw.create = &Create;
  }
  FakeType(const FakeType&) = delete;
  FakeType& operator=(const FakeType&) = delete;

  const kvs_component_type_t* raw() const { return &record_.raw; }

 private:
  static constexpr const char* kFakeIds[] = {kFakeV1, nullptr};
  static constexpr const char* kRoutesIds[] = {KVS_HTTP_ROUTES_V1, nullptr};
  static constexpr kvs_config_key_t kKeys[] = {
      {"value", KVS_CONFIG_STRING, 0, "", "hard", nullptr, 0, 0},
      {"soft", KVS_CONFIG_STRING, KVS_CONFIG_RELOADABLE, "", "soft", nullptr, 0, 0},
  };

  struct Recorded {
    kvs_component_type_t raw;
    FakeWorld* world;
    const FakeType* owner;
  };
  struct Self {
    FakeWorld* world;
    const FakeType* type;
    const kvs_host_t* host;
    std::string name, value;
    kvs_iface_t routes{};
  };

  static kvs_status_t Create(const kvs_component_type_t* type, const kvs_host_t* host,
                             const kvs_config_t* config, kvs_component_t* out,
                             kvs_error_t* error) noexcept {
    const auto* record = reinterpret_cast<const Recorded*>(type);
    FakeWorld* world = record->world;
    world->Say(StrCat("create ", host->component));
    if (world->failing.count(StrCat("create ", host->component)) != 0)
      return sdk::Export(InvalidArgument("told to"), error);
    ++world->alive;
    out->type = type;
    out->self = new Self{
        world, record->owner, host, host->component, std::string(sdk::View(config->values[0].text)),
        {}};
    out->link = &Link;
    out->get_interface = &GetInterface;
    out->start = &Start;
    out->drain = &Drain;
    out->stop = &Stop;
    out->destroy = &Destroy;
    out->check = &Check;
    if (record->owner->options_.reconfigurable) out->reconfigure = &Reconfigure;
    return KVS_OK;
  }
  static kvs_status_t Check(void* self, kvs_error_t* error) noexcept {
    auto* me = static_cast<Self*>(self);
    if (me->world->failing.count(StrCat("check ", me->name)) == 0) return KVS_OK;
    return sdk::Export(FailedPrecondition("does not fit"), error);
  }
  static kvs_status_t Link(void* self, const char* port, uint32_t index, const kvs_iface_t* peer,
                           kvs_error_t* error) noexcept {
    auto* me = static_cast<Self*>(self);
    if (me->world->failing.count(StrCat("link ", me->name)) != 0)
      return sdk::Export(InvalidArgument("told to"), error);
    if (std::string_view(port) == "routes") {
      me->routes = *peer;
      return KVS_OK;
    }
    me->world->Say(StrCat("link ", me->name, ".", port, "[", index, "] ",
                          static_cast<Self*>(peer->self)->name));
    return KVS_OK;
  }
  static kvs_status_t GetInterface(void* self, const char* id, kvs_iface_t* out) noexcept {
    static constexpr uint32_t kTable = sizeof(uint32_t);
    auto* me = static_cast<Self*>(self);
    if (std::string_view(id) == KVS_HTTP_ROUTES_V1 && me->type->options_.listener) {
      *out = me->world->server.iface();
      return KVS_OK;
    }
    if (std::string_view(id) != kFakeV1) return KVS_NOT_FOUND;
    *out = {sizeof(kvs_iface_t), 0, kFakeV1, &kTable, me};
    return KVS_OK;
  }
  static kvs_status_t Start(void* self, const kvs_call_t* call, const kvs_completion_t* completion,
                            kvs_error_t* error) noexcept {
    auto* me = static_cast<Self*>(self);
    const kvs_status_t status = Step("start", me, call, completion, error);
    if (me->routes.table == nullptr || status != KVS_OK) return status;
    auto route = sdk::Record<kvs_http_route_t>();
    const std::string pattern = StrCat("/", me->name);
    route.methods = sdk::Str("GET");
    route.pattern = sdk::Str(pattern);
    route.handler_self = me;
    route.handle = &Answer;
    return static_cast<const kvs_http_routes_table_t*>(me->routes.table)
        ->add(me->routes.self, me->name.c_str(), &route, error);
  }
  static kvs_status_t Drain(void* self, const kvs_call_t* call, const kvs_completion_t* completion,
                            kvs_error_t* error) noexcept {
    return Step("drain", static_cast<Self*>(self), call, completion, error);
  }
  static kvs_status_t Stop(void* self, const kvs_call_t* call, const kvs_completion_t* completion,
                           kvs_error_t* error) noexcept {
    return Step("stop", static_cast<Self*>(self), call, completion, error);
  }
  static void Destroy(void* self) noexcept {
    auto* me = static_cast<Self*>(self);
    me->world->Say(StrCat("destroy ", me->name));
    --me->world->alive;
    delete me;
  }
  static kvs_status_t Reconfigure(void* self, const kvs_config_t* config,
                                  kvs_error_t* error) noexcept {
    auto* me = static_cast<Self*>(self);
    me->world->Say(StrCat("reconfigure ", me->name, " soft=", sdk::View(config->values[1].text)));
    if (me->world->failing.count(StrCat("reconfigure ", me->name)) == 0) return KVS_OK;
    return sdk::Export(InvalidArgument("told to"), error);
  }
  static kvs_status_t Answer(void* self, const kvs_call_t*, const kvs_http_request_t*,
                             kvs_http_reply_t* out, const kvs_completion_t*,
                             kvs_error_t*) noexcept {
    struct Reply {
      std::string text;
      kvs_bytes_t segment;
    };
    const auto* me = static_cast<const Self*>(self);
    auto* reply = new Reply{StrCat(me->name, "=", me->value), {}};
    reply->segment = sdk::Bytes(std::string_view(reply->text));
    out->status = 200;
    out->segments = &reply->segment;
    out->n_segments = 1;
    out->producer = reply;
    out->release = [](kvs_http_reply_t* r) noexcept { delete static_cast<Reply*>(r->producer); };
    return KVS_OK;
  }

  static kvs_status_t Step(const char* step, Self* me, const kvs_call_t* call,
                           const kvs_completion_t* completion, kvs_error_t* error) noexcept {
    FakeWorld* world = me->world;
    const std::string event = StrCat(step, " ", me->name);
    world->Say(event);
    const bool fails = world->failing.count(event) != 0;
    const auto end = [fails, error] {
      return fails ? sdk::Export(Unavailable("told to"), error) : KVS_OK;
    };
    if (world->deferred.count(event) != 0) {
      world->RunLater([world, event, end, completion = *completion] {
        world->Say(StrCat(event, " ended"));
        completion.done(completion.ctx, end());
      });
      return KVS_PENDING;
    }
    if (world->cancelled.count(event) != 0) {
      world->RunLater([call = *call, error, completion = *completion] {
        while (call.cancel->cancelled(call.cancel) == 0) std::this_thread::yield();
        completion.done(completion.ctx, sdk::Export(Cancelled("gave up"), error));
      });
      return KVS_PENDING;
    }
    return end();
  }

  const Options options_;
  std::vector<kvs_port_t> ports_;
  Recorded record_{};
};

/// A plan made by hand. Components are added in start order.
class FakePlan {
 public:
  FakePlan& Add(const std::string& name, const FakeType& type,
                const std::vector<std::string>& peers = {}, const std::string& value = {},
                const std::string& soft = {}) {
    auto config = std::make_shared<ConfigValues>(2);
    config->SetText(0, KVS_CONFIG_STRING, value);
    config->SetText(1, KVS_CONFIG_STRING, soft);
    PlanComponent component;
    component.name = name;
    component.type = type.raw();
    component.module_id = "fake";
    component.config = std::move(config);
    uint32_t index = 0;
    for (const std::string& peer : peers) {
      PlanLink link;
      const bool routes = peer.starts_with("routes:");
      const std::string provider = routes ? peer.substr(7) : peer;
      link.port = routes ? "routes" : "peers";
      link.index = routes ? 0 : index++;
      link.provider = IndexOf(provider);
      link.iface = routes ? KVS_HTTP_ROUTES_V1 : kFakeV1;
      link.provider_port = routes ? "listener" : "out";
      component.links.push_back(std::move(link));
    }
    plan_.components.push_back(std::move(component));
    return *this;
  }
  Settings& settings() { return plan_.settings; }
  std::shared_ptr<const Plan> Make() const { return std::make_shared<const Plan>(plan_); }

 private:
  size_t IndexOf(const std::string& name) const {
    for (size_t i = 0; i < plan_.components.size(); ++i) {
      if (plan_.components[i].name == name) return i;
    }
    KVS_CHECK(false);
    return 0;
  }
  Plan plan_;
};

}  // namespace kvs::kernel
