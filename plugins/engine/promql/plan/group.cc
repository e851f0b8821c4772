// SPDX-License-Identifier: Apache-2.0
// Several functions of one range selector: the samples are decoded once.

#include <map>
#include <string>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

#include "plan/build.h"

namespace kvs::engine::promql::plan {
namespace {

/// Equal for scans that may share a pass; empty for one that shares with none. Scalar arguments
/// must be numbers: computing others ahead of time could fail where nobody would have asked for
/// them.
std::string KeyOf(const Node& node) {
  if (node.op != Op::kScan) return {};
  const auto* call = ast::AsIf<ast::Call>(&node.expr());
  if (call == nullptr || RangeOf(*call) == nullptr) return {};
  for (const Node* input : node.inputs) {
    if (input->op != Op::kNumber) return {};
  }
  return StrCat(node.grid, node.histogram_stats ? "/s " : "/", ast::ToString(*RangeOf(*call)));
}

}  // namespace

void GroupScans(Plan& plan) {
  std::map<std::string, std::vector<Node*>> groups;
  for (uint32_t id = 0; id < plan.size(); ++id) {
    if (std::string key = KeyOf(plan[id]); !key.empty())
      groups[std::move(key)].push_back(&plan[id]);
  }
  for (const auto& [key, scans] : groups) {
    if (scans.size() < 2) continue;
    for (Node* scan : scans) scan->peers = scans;
  }
}

}  // namespace kvs::engine::promql::plan
