// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/promqltest/features.h"

#include <algorithm>

namespace kvs::testkit::promqltest {

std::vector<std::string> AllFeatures() {
  return {"promql-experimental-functions",   "promql-duration-expr",
          "promql-extended-range-selectors", "promql-binop-fill-modifiers",
          "promql-delayed-name-removal",     "use-start-timestamps"};
}

std::vector<std::string> FeatureList(std::span<const std::string> lists) {
  std::vector<std::string> out;
  const auto add = [&out](std::string name) {
    if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  };
  for (std::string_view rest : lists) {
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(','), rest.size());
      if (rest.substr(0, end) == "all") {
        for (std::string& name : AllFeatures()) add(std::move(name));
      } else {
        add(std::string(rest.substr(0, end)));
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return out;
}

}  // namespace kvs::testkit::promqltest
