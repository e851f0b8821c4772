// SPDX-License-Identifier: Apache-2.0
#include "route.h"

#include "kvs/base/str_cat.h"
#include "kvs/sdk/str.h"

namespace kvs::net::http {
namespace {

std::vector<std::string> SplitMethods(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    std::string_view method = list.substr(0, list.find(','));
    list.remove_prefix(std::min(method.size() + 1, list.size()));
    while (!method.empty() && method.front() == ' ') method.remove_prefix(1);
    while (!method.empty() && method.back() == ' ') method.remove_suffix(1);
    if (!method.empty()) out.emplace_back(method);
  }
  return out;
}

}  // namespace

std::string RouteName(std::string_view pattern) {
  std::string out;
  for (const char c : pattern) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out.push_back(static_cast<char>(upper ? c + 32 : c));
    } else if (!out.empty() && out.back() != '_') {
      out.push_back('_');
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "root" : out;
}

Route::Route(std::string_view component, const kvs_http_route_t& raw, const Metrics& metrics)
    : component_(component),
      pattern_(sdk::View(raw.pattern)),
      methods_(SplitMethods(sdk::View(raw.methods))),
      name_(raw.name.size == 0 ? RouteName(pattern_) : sdk::Text(raw.name)),
      flags_(raw.flags),
      max_body_bytes_(raw.max_body_bytes),
      max_decoded_bytes_(raw.max_decoded_bytes),
      handler_self_(raw.handler_self),
      handle_(raw.handle),
      durations_(metrics.requests.duration),
      inflight_(metrics.requests.inflight) {}

bool Route::Enter() {
  uint32_t seen = inside_.load(std::memory_order_relaxed);
  do {
    if ((seen & kClosed) != 0) return false;
  } while (!inside_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire));
  return true;
}

void Route::Leave() {
  if (inside_.fetch_sub(1, std::memory_order_release) == (kClosed | 1)) inside_.notify_all();
}

void Route::CloseAndWait() {
  uint32_t seen = inside_.fetch_or(kClosed) | kClosed;
  while (seen != kClosed) {
    inside_.wait(seen);
    seen = inside_.load(std::memory_order_acquire);
  }
}

Route::MethodCells& Route::CellsOf(std::string_view method) {
  for (MethodCells& cells : cells_) {
    if (cells.method == method) return cells;
  }
  cells_.push_back({std::string(method), inflight_.With({method, name_}), {}});
  return cells_.back();
}

void Route::Observe(std::string_view method, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  MethodCells& cells = CellsOf(method);
  for (const auto& [code, cell] : cells.durations) {
    if (code == status) return cell.Observe(seconds);
  }
  cells.durations.emplace_back(status,
                               durations_.With({method, name_, StrCat(status), "false", pattern_}));
  cells.durations.back().second.Observe(seconds);
}

void Route::AddInflight(std::string_view method, double delta) {
  const std::lock_guard lock(mutex_);
  CellsOf(method).inflight.Add(delta);
}

}  // namespace kvs::net::http
