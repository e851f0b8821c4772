// SPDX-License-Identifier: Apache-2.0
// Route: the routing tree, in which every node has all its options: its own and those it inherits.
// An alert goes down the tree as deep as matchers let it, to the first child that matches, and to
// the next ones while they say `continue`. [any]
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kvs/alerting/config.h"
#include "kvs/model/labels.h"

namespace kvs::alerting {

struct RouteOptions {
  std::string receiver;
  std::vector<std::string> group_by;  ///< Sorted.
  bool group_by_all = false;
  int64_t group_wait_ms = 30'000;
  int64_t group_interval_ms = 5 * 60'000;
  int64_t repeat_interval_ms = 4 * 60 * 60'000;
  std::vector<std::string> mute_time_intervals;    ///< Not inherited.
  std::vector<std::string> active_time_intervals;  ///< Not inherited.
  std::map<std::string, std::string> labels;       ///< Those of the parents, too.
};

class Route {
 public:
  static std::unique_ptr<const Route> Make(const RouteConfig& config);

  /// The nodes that an alert with these labels ends in, in order; never empty for the root, which
  /// has no matchers.
  std::vector<const Route*> Match(const model::Labels& labels) const;

  /// The labels by which the alerts of this node are grouped.
  model::Labels GroupLabels(const model::Labels& labels) const;

  const RouteOptions& options() const { return options_; }
  const Matchers& matchers() const { return matchers_; }
  bool continues() const { return continues_; }
  const Route* parent() const { return parent_; }
  const std::vector<std::unique_ptr<const Route>>& routes() const { return routes_; }
  /// The number of the node, children before their parent.
  size_t index() const { return index_; }

  /// The matchers from the root down: {}/{team="db"}. Two nodes may have the same.
  std::string Key() const;
  /// As Key(), with the node's place among its siblings: no two have the same.
  std::string Id() const;

  /// Depth first, a node before its children.
  void Walk(const std::function<void(const Route&)>& visit) const;

 private:
  Route(const RouteConfig& config, const Route* parent, size_t place, size_t* n_routes);

  const Route* const parent_;
  const size_t place_;
  RouteOptions options_;
  Matchers matchers_;
  bool continues_;
  std::vector<std::unique_ptr<const Route>> routes_;
  size_t index_ = 0;
};

}  // namespace kvs::alerting
