// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <map>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "protocol.h"
#include "server.h"

namespace kvs::cache::memcached {
namespace {

namespace asio = boost::asio;

// Of one get: what is asked fits into the buffers of a socket, so that neither side waits for the
// other to read.
constexpr size_t kKeysOfBatch = 100;

}  // namespace

struct Backend::Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::unique_ptr<Server>> servers;
  std::function<void()> run{[this] { context.run(); }};
  kvs_thread_t* thread = nullptr;
};

Backend::Backend(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      placement_(config_.addresses) {}

Backend::~Backend() = default;

sdk::Outcome Backend::Start(const sdk::Call&, sdk::Completer&) {
  auto loop = std::make_unique<Loop>();
  for (const std::string& address : config_.addresses) {
    loop->servers.push_back(
        std::make_unique<Server>(loop->context, host_, config_, metrics_, address));
  }
  loop->thread = host_.executor().StartThread("memcached", &loop->run);
  if (loop->thread == nullptr) return ResourceExhausted("no thread for the cache");
  loop_ = std::move(loop);
  return OkStatus();
}

sdk::Outcome Backend::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (loop_ == nullptr) return OkStatus();
  asio::post(loop_->context, [loop = loop_.get()] {
    for (const auto& server : loop->servers) server->CloseIdle();
    loop->work.reset();
  });
  // Exchanges that are under way end with their timeouts at the latest.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    host_.executor().JoinThread(loop_->thread);
    loop_.reset();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

void Backend::Exchange(std::vector<std::pair<size_t, std::shared_ptr<Batch>>> batches,
                       std::function<void()> done) {
  asio::post(loop_->context, [this, batches = std::move(batches), done = std::move(done)] {
    const auto left = std::make_shared<size_t>(batches.size());
    for (const auto& entry : batches) {
      const std::shared_ptr<Batch> batch = entry.second;
      asio::co_spawn(loop_->context, loop_->servers[entry.first]->Exchange(*batch),
                     [batch, left, done](const std::exception_ptr&) {
                       if (--*left == 0) done();
                     });
    }
  });
}

sdk::Outcome Backend::Get(const sdk::Call&, const kvs_cache_keys_t& in, kvs_cache_values_t& out,
                          sdk::Completer& completer) {
  struct Part {
    std::shared_ptr<Batch> batch;
    std::vector<uint64_t> indices;  ///< Of the keys asked for.
  };
  struct Getting {
    std::vector<std::string> keys;
    std::vector<Part> parts;
    kvs_cache_values_t* out;
    sdk::Completion done;
  };
  struct Holder {
    std::vector<std::unique_ptr<std::string>> payloads;
    std::vector<kvs_bytes_t> values;
  };
  metrics_.requests.Add(static_cast<double>(in.n_keys));
  auto getting = std::make_shared<Getting>();
  getting->out = &out;
  std::map<size_t, size_t> open;  // Of a server, the part that has room.
  std::vector<std::pair<size_t, std::shared_ptr<Batch>>> batches;
  for (uint64_t i = 0; i < in.n_keys; ++i) {
    const std::string& key = getting->keys.emplace_back(sdk::Text(in.keys[i]));
    std::string wire_key = WireKey(config_.prefix, key);
    const size_t server = placement_.Of(wire_key);
    auto found = open.find(server);
    if (found == open.end() || getting->parts[found->second].indices.size() == kKeysOfBatch) {
      found = open.insert_or_assign(server, getting->parts.size()).first;
      getting->parts.push_back({std::make_shared<Batch>(), {}});
      batches.emplace_back(server, getting->parts.back().batch);
    }
    Part& part = getting->parts[found->second];
    part.indices.push_back(i);
    part.batch->max_payload =
        std::max(part.batch->max_payload,
                 static_cast<uint64_t>(config_.max_item_size.bytes) + PayloadOverhead(key));
    part.batch->wire_keys.push_back(std::move(wire_key));
  }
  if (batches.empty()) {
    sdk::HandOut(out, std::make_unique<Holder>());
    return OkStatus();
  }
  for (const Part& part : getting->parts) part.batch->request = GetRequest(part.batch->wire_keys);
  getting->done = completer.Defer();
  Exchange(std::move(batches), [this, getting] {
    auto holder = std::make_unique<Holder>();
    holder->values.resize(getting->keys.size());
    uint64_t hits = 0;
    for (Part& part : getting->parts) {
      for (size_t k = 0; k < part.indices.size(); ++k) {
        std::unique_ptr<std::string>& payload = part.batch->payloads[k];
        if (payload == nullptr) continue;
        const auto value = ValueOf(*payload, getting->keys[part.indices[k]]);
        if (!value.has_value()) continue;
        holder->values[part.indices[k]] = sdk::Bytes(*value);
        holder->payloads.push_back(std::move(payload));
        ++hits;
      }
    }
    metrics_.hits.Add(static_cast<double>(hits));
    getting->out->values = holder->values.data();
    getting->out->n_values = holder->values.size();
    sdk::HandOut(*getting->out, std::move(holder));
    getting->done(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Backend::Put(const sdk::Call&, const kvs_cache_items_t& in,
                          sdk::Completer& completer) {
  std::map<size_t, std::shared_ptr<Batch>> by_server;
  const int64_t now_ms = host_.clock().NowMs();
  for (uint64_t i = 0; i < in.n_items; ++i) {
    const kvs_cache_item_t& item = in.items[i];
    const std::string wire_key = WireKey(config_.prefix, sdk::View(item.key));
    std::shared_ptr<Batch>& batch = by_server[placement_.Of(wire_key)];
    if (batch == nullptr) batch = std::make_shared<Batch>();
    batch->operation = "set";
    ++batch->results;
    if (static_cast<int64_t>(item.value.size) > config_.max_item_size.bytes) {
      // The value that is there is out of date.
      metrics_.skipped.Add();
      AppendDelete(batch->request, wire_key);
      continue;
    }
    AppendSet(batch->request, wire_key, ExpiryOf(item.ttl_ms, now_ms), sdk::View(item.key),
              sdk::TextOf(item.value));
  }
  if (by_server.empty()) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  Exchange({by_server.begin(), by_server.end()}, [done] { (*done)(OkStatus()); });
  return sdk::Pending();
}

sdk::Outcome Backend::Remove(const sdk::Call&, const kvs_cache_keys_t& in,
                             sdk::Completer& completer) {
  std::map<size_t, std::shared_ptr<Batch>> by_server;
  for (uint64_t i = 0; i < in.n_keys; ++i) {
    const std::string wire_key = WireKey(config_.prefix, sdk::View(in.keys[i]));
    std::shared_ptr<Batch>& batch = by_server[placement_.Of(wire_key)];
    if (batch == nullptr) batch = std::make_shared<Batch>();
    batch->operation = "delete";
    ++batch->results;
    AppendDelete(batch->request, wire_key);
  }
  if (by_server.empty()) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  Exchange({by_server.begin(), by_server.end()}, [done] { (*done)(OkStatus()); });
  return sdk::Pending();
}

}  // namespace kvs::cache::memcached
