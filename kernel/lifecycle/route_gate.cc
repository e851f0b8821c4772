// SPDX-License-Identifier: Apache-2.0
#include "kernel/lifecycle/route_gate.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <set>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/status.h"
#include "kvs/sdk/str.h"

namespace kvs::kernel {
namespace {

using sdk::Export;

constexpr uint32_t kRetryAfterMs = 1000;

Status Replacing() {
  return Unavailable("the component behind this route is being replaced")
      .WithRetryAfterMs(kRetryAfterMs);
}

/// A request as the server started it. Everything in it is borrowed until its end.
struct Request {
  const kvs_call_t* call;
  const kvs_http_request_t* in;
  kvs_http_reply_t* out;
  kvs_completion_t completion;
  kvs_error_t* error;

  void Fail(const Status& status) const { completion.done(completion.ctx, Export(status, error)); }
};

}  // namespace

struct RouteGate::Waiting {
  std::atomic<size_t> count{0};
  std::atomic<bool> given_up{false};
};

/// One route at the provider. Its address is the handler_self there, so it lives until the provider
/// has let go of it.
struct RouteGate::Route : std::enable_shared_from_this<RouteGate::Route> {
  /// The handler of the instance that is behind the route now.
  struct Target {
    void* self = nullptr;
    decltype(kvs_http_route_t::handle) handle = nullptr;
  };

  Route(std::string component_name, const kvs_http_route_t& route,
        std::shared_ptr<Waiting> gate_waiting)
      : component(std::move(component_name)),
        methods(sdk::View(route.methods)),
        pattern(sdk::View(route.pattern)),
        waiting(std::move(gate_waiting)) {
    Describe(route);
  }

  void Describe(const kvs_http_route_t& route) {
    name = sdk::View(route.name);
    flags = route.flags;
    max_body_bytes = route.max_body_bytes;
    max_decoded_bytes = route.max_decoded_bytes;
  }
  bool DescribedBy(const kvs_http_route_t& route) const {
    return name == sdk::View(route.name) && flags == route.flags &&
           max_body_bytes == route.max_body_bytes && max_decoded_bytes == route.max_decoded_bytes;
  }
  kvs_http_route_t Raw() {
    auto raw = sdk::Record<kvs_http_route_t>();
    raw.flags = flags;
    raw.methods = sdk::Str(methods);
    raw.pattern = sdk::Str(pattern);
    raw.name = sdk::Str(name);
    raw.max_body_bytes = max_body_bytes;
    raw.max_decoded_bytes = max_decoded_bytes;
    raw.handler_self = this;
    raw.handle = &Handle;
    return raw;
  }

  static kvs_status_t Handle(void* self, const kvs_call_t* call, const kvs_http_request_t* in,
                             kvs_http_reply_t* out, const kvs_completion_t* completion,
                             kvs_error_t* error) noexcept {
    return static_cast<Route*>(self)->Handle({call, in, out, *completion, error});
  }

  kvs_status_t Handle(const Request& request) {
    Target to;
    {
      const MutexLock lock(mutex);
      if (held) {
        if (waiting->given_up) return Export(Replacing(), request.error);
        if (waiting->count.fetch_add(1) >= kMostWaiting) {
          waiting->count.fetch_sub(1);
          return Export(Replacing(), request.error);
        }
        queue.push_back(request);
        return KVS_PENDING;
      }
      if (target.handle == nullptr || detaching) return Export(Replacing(), request.error);
      ++running;
      to = target;
    }
    return Forward(request, to);
  }

  /// Hands a request, counted in `running`, to a handler.
  kvs_status_t Forward(const Request& request, const Target& to) {
    struct Running {
      std::shared_ptr<Route> route;
      kvs_http_reply_t* out;
      kvs_completion_t completion;
      static void Done(void* ctx, kvs_status_t status) noexcept {
        const std::unique_ptr<Running> self(static_cast<Running*>(ctx));
        // Once it has been told, the answer is the server's.
        const bool goes_on = self->route->GoesOn(status, *self->out);
        self->completion.done(self->completion.ctx, status);
        if (!goes_on) self->route->Ended();
      }
    };
    auto running_call =
        std::make_unique<Running>(Running{shared_from_this(), request.out, request.completion});
    const kvs_completion_t completion{&Running::Done, running_call.get()};
    const kvs_status_t status =
        to.handle(to.self, request.call, request.in, request.out, &completion, request.error);
    if (status == KVS_PENDING) {
      (void)running_call.release();  // Done() has it, and may have ended it already.
    } else if (!GoesOn(status, *request.out)) {
      Ended();
    }
    return status;
  }

  /// Whether a handler that has ended so makes its body while that is sent: then it runs until the
  /// answer is released.
  bool GoesOn(kvs_status_t status, kvs_http_reply_t& out) {
    if (status != KVS_OK || !KVS_HAS(&out, kvs_http_reply_t, next_self) || out.next == nullptr)
      return false;
    struct Streaming {
      std::shared_ptr<Route> route;
      decltype(kvs_http_reply_t::release) release;
      void* producer;
    };
    out.producer = new Streaming{shared_from_this(), out.release, out.producer};
    out.release = [](kvs_http_reply_t* self) noexcept {
      const std::unique_ptr<Streaming> streaming(static_cast<Streaming*>(self->producer));
      self->producer = streaming->producer;
      self->release = streaming->release;
      if (self->release != nullptr) self->release(self);
      streaming->route->Ended();
    };
    return true;
  }

  void Ended() {
    const MutexLock lock(mutex);
    if (--running == 0) none_running.notify_all();
  }

  /// Waits until the handler runs no more, and forgets it. [main]
  void Detach() {
    mutex.Lock();
    detaching = true;
    while (running != 0) none_running.wait(mutex);
    owner = nullptr;
    target = {};
    mutex.Unlock();
  }

  /// Takes out what waits, and lets nothing wait any more.
  std::deque<Request> Release(Target* to) {
    const MutexLock lock(mutex);
    held = false;
    *to = target;
    if (target.handle != nullptr) running += queue.size();
    return TakeQueue();
  }
  /// Takes out what waits; the handler is still awaited.
  std::deque<Request> GiveUp() {
    const MutexLock lock(mutex);
    return TakeQueue();
  }
  std::deque<Request> TakeQueue() KVS_REQUIRES(mutex) {
    waiting->count.fetch_sub(queue.size());
    return std::exchange(queue, {});
  }

  const std::string component;
  const std::string methods;
  const std::string pattern;
  const std::shared_ptr<Waiting> waiting;
  std::string name;
  uint32_t flags = 0;
  uint64_t max_body_bytes = 0;
  uint64_t max_decoded_bytes = 0;
  // Touched on [main] only.
  const void* owner = nullptr;  ///< the edge whose handler it is
  bool outdated = false;        ///< the provider knows an older description

  Mutex mutex;
  CondVar none_running;
  bool held KVS_GUARDED_BY(mutex) = false;
  bool detaching KVS_GUARDED_BY(mutex) = false;
  size_t running KVS_GUARDED_BY(mutex) = 0;
  std::deque<Request> queue KVS_GUARDED_BY(mutex);
  Target target KVS_GUARDED_BY(mutex);
};

/// What a consumer holds: the provider's table, with the gate behind it.
class RouteGate::Edge final : public LinkedEdge {
 public:
  Edge(std::shared_ptr<RouteGate> gate, std::string_view consumer)
      : gate_(std::move(gate)), consumer_(consumer) {}
  ~Edge() override { gate_->Remove(*this); }

  kvs_iface_t iface() const override {
    static constexpr kvs_http_routes_table_t kTable = {sizeof(kvs_http_routes_table_t), 0,
                                                       &Edge::AddRoute, &Edge::RemoveAll};
    return {sizeof(kvs_iface_t), 0, KVS_HTTP_ROUTES_V1, &kTable, const_cast<Edge*>(this)};
  }
  uint64_t calls() const override { return calls_.load(std::memory_order_relaxed); }
  void Close() override { gate_->Remove(*this); }
  const std::string& consumer() const { return consumer_; }

 private:
  // The name that the component gives is not used: it might not be its own.
  static kvs_status_t AddRoute(void* self, const char*, const kvs_http_route_t* route,
                               kvs_error_t* error) noexcept {
    auto* const edge = static_cast<Edge*>(self);
    edge->calls_.fetch_add(1, std::memory_order_relaxed);
    return Export(edge->gate_->Add(*edge, *route), error);
  }
  static void RemoveAll(void* self, const char*) noexcept {
    auto* const edge = static_cast<Edge*>(self);
    edge->gate_->Remove(*edge);
  }

  const std::shared_ptr<RouteGate> gate_;
  const std::string consumer_;
  std::atomic<uint64_t> calls_{0};
};

RouteGate::RouteGate(const kvs_iface_t& provider, Executor& executor)
    : provider_(provider), executor_(executor), waiting_(std::make_shared<Waiting>()) {}

RouteGate::~RouteGate() = default;

std::unique_ptr<LinkedEdge> RouteGate::MakeEdge(std::string_view consumer) {
  return std::make_unique<Edge>(shared_from_this(), consumer);
}

Status RouteGate::AddToProvider(Route& route) {
  const auto* const table = static_cast<const kvs_http_routes_table_t*>(provider_.table);
  const kvs_http_route_t raw = route.Raw();
  auto error = sdk::Record<kvs_error_t>();
  return sdk::Import(table->add(provider_.self, route.component.c_str(), &raw, &error), &error);
}

Status RouteGate::Add(const Edge& edge, const kvs_http_route_t& route) {
  const auto same = std::find_if(routes_.begin(), routes_.end(), [&](const auto& r) {
    return r->component == edge.consumer() && r->methods == sdk::View(route.methods) &&
           r->pattern == sdk::View(route.pattern);
  });
  const auto attach = [&](Route& to) {
    to.owner = &edge;
    const MutexLock lock(to.mutex);
    to.detaching = false;
    to.target = {route.handler_self, route.handle};
  };
  if (same == routes_.end()) {
    auto added = std::make_shared<Route>(edge.consumer(), route, waiting_);
    attach(*added);
    KVS_RETURN_IF_ERROR(AddToProvider(*added));
    const MutexLock lock(routes_mutex_);
    routes_.push_back(std::move(added));
    return OkStatus();
  }
  Route& kept = **same;
  if (kept.owner != nullptr && kept.owner != &edge) {
    return AlreadyExists("route ", kept.methods, " ", kept.pattern,
                         " is there already, from component ", kept.component);
  }
  attach(kept);
  if (kept.DescribedBy(route)) return OkStatus();
  // Its limits or flags differ from those of the old instance, so the provider must hear of it.
  // A server that cannot replace a route has to take it down first, which would wait for the
  // requests held here: later.
  kept.Describe(route);
  kept.outdated = !AddToProvider(kept).ok();
  return OkStatus();
}

void RouteGate::Remove(const Edge& edge) {
  bool all_held = true;
  bool any = false;
  for (const auto& route : routes_) {
    if (route->owner != &edge) continue;
    any = true;
    route->Detach();
    const MutexLock lock(route->mutex);
    all_held = all_held && route->held;
  }
  if (any && !all_held) TakeDown(edge.consumer());
}

void RouteGate::TakeDown(const std::string& component) {
  const auto* const table = static_cast<const kvs_http_routes_table_t*>(provider_.table);
  table->remove_all(provider_.self, component.c_str());
  const MutexLock routes_lock(routes_mutex_);
  std::erase_if(routes_, [&](const std::shared_ptr<Route>& route) {
    if (route->component != component) return false;
    bool wanted = route->owner != nullptr;
    {
      const MutexLock lock(route->mutex);
      wanted = wanted || route->held;
    }
    route->outdated = false;
    return !wanted || !AddToProvider(*route).ok();
  });
}

void RouteGate::Hold(const std::vector<std::string>& components) {
  for (const auto& route : routes_) {
    if (std::find(components.begin(), components.end(), route->component) == components.end())
      continue;
    const MutexLock lock(route->mutex);
    route->held = true;
  }
}

void RouteGate::Release() {
  waiting_->given_up = false;
  std::set<std::string> stale;
  for (const auto& route : routes_) {
    Route::Target to;
    for (const Request& request : route->Release(&to)) {
      if (to.handle == nullptr) {
        request.Fail(Replacing());
        continue;
      }
      executor_.PostReactor([route, request, to] {
        const kvs_status_t status = route->Forward(request, to);
        if (status != KVS_PENDING) request.completion.done(request.completion.ctx, status);
      });
    }
    if (to.handle == nullptr || route->outdated) stale.insert(route->component);
  }
  for (const std::string& component : stale) TakeDown(component);
}

void RouteGate::GiveUp() {
  waiting_->given_up = true;
  std::vector<std::shared_ptr<Route>> routes;
  {
    const MutexLock lock(routes_mutex_);
    routes = routes_;
  }
  for (const auto& route : routes) {
    for (const Request& request : route->GiveUp()) request.Fail(Replacing());
  }
}

size_t RouteGate::waiting() const {
  return waiting_->count.load();
}

}  // namespace kvs::kernel
