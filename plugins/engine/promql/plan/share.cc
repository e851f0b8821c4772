// SPDX-License-Identifier: Apache-2.0
// Common subexpressions: equal expressions that are evaluated on the same grid become one node.

#include <bit>
#include <string>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"
#include "kvs/promql/walk.h"

#include "plan/build.h"

namespace kvs::engine::promql::plan {
namespace {

class Sharer {
 public:
  explicit Sharer(Plan& plan) : plan_(plan) {}

  /// The node that `node`, evaluated on the grid numbered `grid`, becomes one with: perhaps itself.
  Node* Visit(Node* node, uint32_t grid) {
    const uint32_t below = GridBelow(*node, grid);
    for (Node*& input : node->inputs) input = Visit(input, below);
    node->grid = grid;
    const auto [it, added] = nodes_.try_emplace(KeyOf(*node, grid), node);
    if (added) {
      node->id = static_cast<uint32_t>(nodes_.size());
      return node;
    }
    plan_.Merge(*it->second, *node);
    return it->second;
  }

 private:
  /// Subqueries with the same brackets on the same grid have the same steps.
  uint32_t GridBelow(const Node& node, uint32_t grid) {
    if (node.op != Op::kRepeat && node.op != Op::kSubquery) return grid;
    std::string key = StrCat(grid, "/");
    if (node.op == Op::kSubquery) key += ast::OperatorToString(node.expr());
    return grids_.try_emplace(std::move(key), static_cast<uint32_t>(grids_.size()) + 1)
        .first->second;
  }

  std::string KeyOf(const Node& node, uint32_t grid) const {
    if (node.op == Op::kNumber) return StrCat("number ", std::bit_cast<uint64_t>(node.number));
    std::string key =
        StrCat(static_cast<int>(node.op), "/", grid, node.histogram_stats ? "/s " : "/");
    if (node.op == Op::kRepeat) return StrCat(key, node.inputs[0]->id);
    key += ast::OperatorToString(node.expr());
    ast::ForEachChildSlot(node.expr(), [&](const ast::ExprPtr& child) {
      // Parentheses count, because the positions of annotations may be theirs.
      for (const ast::Expr* at = child.get(); at->kind == ast::Kind::kParen;
           at = ast::As<ast::Paren>(*at).expr.get()) {
        key += '(';
      }
      const Node* const input = plan_.Of(*child);
      StrAppend(key, ",", input != nullptr ? StrCat("#", input->id) : ast::ToString(*child));
    });
    return key;
  }

  Plan& plan_;
  absl::flat_hash_map<std::string, Node*> nodes_;
  absl::flat_hash_map<std::string, uint32_t> grids_;
};

}  // namespace

void ShareEqual(Plan& plan) {
  plan.root = Sharer(plan).Visit(plan.root, 0);
  plan.Number();
}

}  // namespace kvs::engine::promql::plan
