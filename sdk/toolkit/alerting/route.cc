// SPDX-License-Identifier: Apache-2.0
#include "kvs/alerting/route.h"

#include <algorithm>
#include <string_view>

namespace kvs::alerting {

std::unique_ptr<const Route> Route::Make(const RouteConfig& config) {
  size_t n_routes = 0;
  return std::unique_ptr<const Route>(new Route(config, nullptr, 0, &n_routes));
}

Route::Route(const RouteConfig& config, const Route* parent, size_t place, size_t* n_routes)
    : parent_(parent),
      place_(place),
      options_(parent == nullptr ? RouteOptions() : parent->options_),
      matchers_(config.matchers),
      continues_(config.continues) {
  if (!config.receiver.empty()) options_.receiver = config.receiver;
  if (config.group_by.has_value() && !config.group_by_all) {
    options_.group_by = *config.group_by;
    std::sort(options_.group_by.begin(), options_.group_by.end());
    options_.group_by_all = false;
  } else if (config.group_by_all) {
    options_.group_by_all = true;
  }
  options_.group_wait_ms = config.group_wait_ms.value_or(options_.group_wait_ms);
  options_.group_interval_ms = config.group_interval_ms.value_or(options_.group_interval_ms);
  options_.repeat_interval_ms = config.repeat_interval_ms.value_or(options_.repeat_interval_ms);
  options_.mute_time_intervals = config.mute_time_intervals;
  options_.active_time_intervals = config.active_time_intervals;
  for (const auto& [name, value] : config.labels) options_.labels[name] = value;
  for (size_t i = 0; i < config.routes.size(); ++i) {
    routes_.push_back(std::unique_ptr<const Route>(new Route(config.routes[i], this, i, n_routes)));
  }
  index_ = (*n_routes)++;
}

std::vector<const Route*> Route::Match(const model::Labels& labels) const {
  if (!MatchesAll(matchers_, labels)) return {};
  std::vector<const Route*> found;
  for (const auto& route : routes_) {
    const std::vector<const Route*> below = route->Match(labels);
    found.insert(found.end(), below.begin(), below.end());
    if (!below.empty() && !route->continues_) break;
  }
  if (found.empty()) found.push_back(this);
  return found;
}

model::Labels Route::GroupLabels(const model::Labels& labels) const {
  if (options_.group_by_all) return labels;
  const std::vector<std::string_view> names(options_.group_by.begin(), options_.group_by.end());
  return model::LabelsBuilder(labels).Keep(names).Build();
}

std::string Route::Key() const {
  return parent_ == nullptr ? Format(matchers_) : parent_->Key() + "/" + Format(matchers_);
}

std::string Route::Id() const {
  if (parent_ == nullptr) return Format(matchers_);
  return StrCat(parent_->Id(), "/", Format(matchers_), "/", place_);
}

void Route::Walk(const std::function<void(const Route&)>& visit) const {
  visit(*this);
  for (const auto& route : routes_) route->Walk(visit);
}

}  // namespace kvs::alerting
