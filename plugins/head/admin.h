// SPDX-License-Identifier: Apache-2.0
// Admin: what operators ask of a head over HTTP, on Mimir's paths.
//
//   GET,POST         /ingester/flush?tenant=&wait=true   blocks of everything in memory, shipped
//   GET,POST,DELETE  /ingester/prepare-shutdown          whether stopping does the same
//   POST             /ingester/shutdown                  does it, and takes nothing any more
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"

namespace kvs::head {

class Head;

class Admin {
 public:
  /// `head` outlives it.
  Admin(Head& head, const sdk::Host& host);
  ~Admin();

  Status Add(const sdk::RoutesRef& routes, const char* component);

 private:
  class Route;
  Head& head_;
  const sdk::Host host_;
  std::vector<std::unique_ptr<Route>> handlers_;
};

}  // namespace kvs::head
