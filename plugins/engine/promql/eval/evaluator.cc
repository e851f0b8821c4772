// SPDX-License-Identifier: Apache-2.0
// Dispatch by operator, selectors, and names.

#include "eval/evaluator.h"

#include <algorithm>
#include <utility>

#include "kvs/promql/printer.h"

#include "aggregate/aggregate.h"
#include "binary/binary.h"
#include "functions/functions.h"
#include "histogram/buckets.h"
#include "scan/scan_vector.h"
#include "value/pulse.h"

namespace kvs::engine::promql {
namespace {

/// One value for all steps of `grid`.
Value Repeat(Value once, const Grid& grid) {
  if (once.type == ast::ValueType::kScalar) {
    once.scalar.assign(grid.n, once.scalar[0]);
    return once;
  }
  if (once.type != ast::ValueType::kVector) return once;
  Vector out(grid);
  double* next = out.Allocate(once.vector.rows.size());
  for (const Row& row : once.vector.rows) {
    out.rows.push_back({row.labels, next, nullptr, row.drop_name});
    std::fill_n(next, grid.n, row.values[0]);
    if (row.HasHistogram(0)) {
      out.Histograms(out.rows.back()).assign(grid.n, (*row.histograms)[0]);
    }
    next += grid.n;
  }
  return Value::Of(std::move(out));
}

int64_t RowsOf(const Value& value) {
  switch (value.type) {
    case ast::ValueType::kVector:
      return static_cast<int64_t>(value.vector.rows.size());
    case ast::ValueType::kMatrix:
      return static_cast<int64_t>(value.matrix.rows.size());
    default:
      return 1;
  }
}

}  // namespace

Status MergeEqualRows(Vector& vector, bool merge) {
  absl::flat_hash_map<LabelSet, uint32_t> seen;
  seen.reserve(vector.rows.size());
  std::vector<Row>& rows = vector.rows;
  uint32_t kept = 0;
  for (uint32_t r = 0; r < rows.size(); ++r) {
    const auto [it, added] = seen.try_emplace(rows[r].labels, kept);
    if (added) {
      rows[kept++] = rows[r];
      continue;
    }
    if (!merge) return DuplicateLabelSetError();
    Row& target = rows[it->second];
    for (uint32_t i = 0; i < vector.grid.n; ++i) {
      if (!rows[r].Has(i)) continue;
      if (target.Has(i)) return DuplicateLabelSetError();
      target.values[i] = rows[r].values[i];
      if (rows[r].HasHistogram(i)) vector.Histograms(target)[i] = (*rows[r].histograms)[i];
    }
  }
  rows.resize(kept);
  return OkStatus();
}

Status Evaluator::DropNames(Vector& vector, bool merge) {
  if (query_.features.delayed_name_removal) {
    for (Row& row : vector.rows) row.drop_name = true;
    return OkStatus();
  }
  bool changed = false;
  for (Row& row : vector.rows) {
    if (!row.labels.HasName()) continue;
    row.labels = query_.labels.WithoutName(row.labels);
    changed = true;
  }
  return changed ? MergeEqualRows(vector, merge) : OkStatus();
}

StatusOr<Value> Evaluator::EvalQuery() {
  Settle(*plan_.root, query_.grid);
  KVS_ASSIGN_OR_RETURN(Value value, Eval(plan_.root->expr(), query_.grid));
  bool dropped = false;
  if (value.type == ast::ValueType::kVector) {
    for (Row& row : value.vector.rows) {
      if (!row.drop_name || !row.labels.HasName()) continue;
      row.labels = query_.labels.WithoutName(row.labels);
      dropped = true;
    }
    if (dropped) KVS_RETURN_IF_ERROR(MergeEqualRows(value.vector, true));
  } else if (value.type == ast::ValueType::kMatrix) {
    for (RangeRow& row : value.matrix.rows) {
      if (row.drop_name) row.labels = query_.labels.WithoutName(row.labels);
    }
  }
  return value;
}

StatusOr<Value> Evaluator::Eval(const ast::Expr& expr, const Grid& grid) {
  const Node* const node = plan_.Of(expr);
  if (node == nullptr) return Internal("no plan for ", ast::ToString(expr));
  return EvalNode(*node, Unwrap(expr), grid);
}

StatusOr<Value> Evaluator::EvalNode(const Node& node, const ast::Expr& asks, const Grid& grid) {
  const bool outer_stats = std::exchange(query_.histogram_stats, node.histogram_stats);
  StatusOr<Value> value =
      (node.uses < 2 && !shared_.Has(node)) || node.op == plan::Op::kNumber
          ? Compute(node, grid)
          : shared_.Get(query_, node, asks, grid, [&] { return Compute(node, grid); });
  query_.histogram_stats = outer_stats;
  return value;
}

void Evaluator::Settle(const Node& top, const Grid& grid) {
  constexpr uint32_t kLevels = 50;
  if (top.expr().height < 2 * kLevels) return;
  std::vector<std::pair<const Node*, uint32_t>> found{{&top, 0}};
  absl::flat_hash_set<const Node*> seen{&top};
  for (size_t i = 0; i < found.size(); ++i) {  // Level by level.
    const auto [node, level] = found[i];
    if (node->op == plan::Op::kRepeat || node->op == plan::Op::kSubquery) continue;
    for (const Node* input : node->inputs) {
      if (seen.insert(input).second) found.emplace_back(input, level + 1);
    }
  }
  for (size_t i = found.size(); i-- > 0;) {
    const Node* const node = found[i].first;
    const uint32_t level = found[i].second;
    if (level == 0 || level % kLevels != 0 || node->uses == 0) continue;
    if (node->op == plan::Op::kSubquery || node->op == plan::Op::kNumber) continue;
    const bool outer_stats = std::exchange(query_.histogram_stats, node->histogram_stats);
    shared_.Prepare(query_, *node, grid, [&] { return Compute(*node, grid); });
    query_.histogram_stats = outer_stats;
  }
}

StatusOr<Vector> Evaluator::EvalVector(const ast::Expr& expr, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(Value value, Eval(expr, grid));
  return std::move(value.vector);
}

StatusOr<std::vector<double>> Evaluator::EvalScalar(const ast::Expr& expr, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(Value value, Eval(expr, grid));
  return std::move(value.scalar);
}

StatusOr<Value> Evaluator::Compute(const Node& node, const Grid& grid) {
  const ast::Expr* const outer = std::exchange(query_.current, &node.expr());
  if (profile_ != nullptr) profile_->Begin();
  StatusOr<Value> value = Run(node, grid);
  if (profile_ != nullptr) profile_->End(node.id, value.ok() ? RowsOf(*value) : 0);
  query_.current = outer;
  return value;
}

StatusOr<Value> Evaluator::Run(const Node& node, const Grid& grid) {
  KVS_RETURN_IF_ERROR(query_.CheckAlive());
  const ast::Expr& expr = node.expr();
  switch (node.op) {
    case plan::Op::kNumber:
      return Value::Scalar(std::vector<double>(grid.n, node.number));
    case plan::Op::kString: {
      Value value;
      value.type = ast::ValueType::kString;
      value.text = ast::As<ast::StringLiteral>(expr).value;
      return value;
    }
    case plan::Op::kScan:
      if (const auto* call = ast::AsIf<ast::Call>(&expr);
          call != nullptr && plan::RangeOf(*call) == nullptr)
        return EvalInstantCall(*this, *call, grid);
      return RunScan(node, grid);
    case plan::Op::kScanAggregate:
      return RunScan(node, grid);
    case plan::Op::kSamples:
      return RunSamples(ast::As<ast::MatrixSelector>(expr), grid);
    case plan::Op::kSubquery:
      return RunSubquery(ast::As<ast::Subquery>(expr), grid);
    case plan::Op::kWindow:
      return RunRangeCall(ast::As<ast::Call>(expr), grid);
    case plan::Op::kAbsent:
      if (plan::RangeOf(ast::As<ast::Call>(expr)) == nullptr) return RunAbsent(node, grid);
      return RunAbsentOverTime(ast::As<ast::Call>(expr), grid);
    case plan::Op::kCall:
      return EvalInstantCall(*this, ast::As<ast::Call>(expr), grid);
    case plan::Op::kAggregate:
      return RunAggregate(ast::As<ast::Aggregate>(expr), grid);
    case plan::Op::kBinary:
      return RunBinary(ast::As<ast::Binary>(expr), grid);
    case plan::Op::kUnary:
      return RunUnary(ast::As<ast::Unary>(expr), grid);
    case plan::Op::kRepeat:
      return RunRepeat(node, grid);
  }
  return Internal("unknown operator");
}

StatusOr<Value> Evaluator::RunRepeat(const Node& node, const Grid& grid) {
  const Node& input = *node.inputs[0];
  if (grid.n <= 1) return EvalNode(input, node.expr(), grid);
  StepSamples counted(1);
  std::optional<Value> computed;
  {
    const StepSamplesScope scope(query_, query_.step_samples == nullptr ? nullptr : &counted);
    Settle(input, grid.First());
    KVS_ASSIGN_OR_RETURN(computed, EvalNode(input, node.expr(), grid.First()));
  }
  if (query_.step_samples != nullptr) query_.step_samples->AddAtEveryStep(counted.Total());
  Value once = std::move(*computed);
  Held held;
  if (once.type == ast::ValueType::kVector) {
    KVS_RETURN_IF_ERROR(query_.Hold(held, static_cast<int64_t>(once.vector.rows.size()) * grid.n));
  }
  Value out = Repeat(std::move(once), grid);
  out.vector.held.Take(std::move(held));
  return out;
}

StatusOr<Value> Evaluator::RunSamples(const ast::MatrixSelector& matrix, const Grid& grid) {
  const ast::VectorSelector& selector = *matrix.selector;
  KVS_ASSIGN_OR_RETURN(RangeVector rows,
                       ScanRange(query_, selector, WindowsOf(grid, matrix.range_ms, selector)));
  return Value::Of(std::move(rows));
}

Windows Evaluator::WindowsOf(const Grid& grid, int64_t range_ms, int64_t offset_ms,
                             const ast::AtModifier& at) const {
  Windows out;
  out.grid = grid;
  out.range_ms = range_ms;
  out.offset_ms = offset_ms;
  out.fixed = at.present();
  switch (at.kind) {
    case ast::AtKind::kNone:
      break;
    case ast::AtKind::kTimestamp:
      out.fixed_ms = at.timestamp_ms;
      break;
    case ast::AtKind::kStart:
      out.fixed_ms = query_.grid.start_ms;
      break;
    case ast::AtKind::kEnd:
      out.fixed_ms = query_.end_ms;
      break;
  }
  return out;
}

Windows Evaluator::WindowsOf(const Grid& grid, int64_t range_ms,
                             const ast::VectorSelector& selector) const {
  Windows out = WindowsOf(grid, range_ms != 0 ? range_ms : query_.lookback_ms, selector.offset_ms,
                          selector.at);
  out.lookback_ms = query_.lookback_ms;
  if (selector.smoothed) {
    out.ends = WindowEnds::kSmoothed;
  } else if (selector.anchored && range_ms != 0) {
    out.ends = WindowEnds::kAnchored;
  }
  return out;
}

StatusOr<Value> Evaluator::RunUnary(const ast::Unary& unary, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(Value value, Eval(*unary.expr, grid));
  if (!unary.negate) return value;
  for (double& x : value.scalar) x = -x;
  if (value.type != ast::ValueType::kVector) return value;
  Pulse pulse(query_);
  for (const Row& row : value.vector.rows) {
    if (!pulse.Beat(grid.n)) return pulse.status();
    for (uint32_t i = 0; i < grid.n; ++i) {
      if (Present(row.values[i])) row.values[i] = -row.values[i];
      if (!row.HasHistogram(i)) continue;
      FloatHistogram h = *(*row.histograms)[i];
      Scale(h, -1);
      (*row.histograms)[i] = MakeHistogram(std::move(h));
    }
  }
  KVS_RETURN_IF_ERROR(DropNames(value.vector, true));
  return value;
}

StatusOr<Value> Evaluator::RunBinary(const ast::Binary& binary, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(Value lhs, Eval(*binary.lhs, grid));
  KVS_ASSIGN_OR_RETURN(Value rhs, Eval(*binary.rhs, grid));
  const bool left_scalar = lhs.type == ast::ValueType::kScalar;
  const bool right_scalar = rhs.type == ast::ValueType::kScalar;
  if (left_scalar && right_scalar) {
    ScalarScalar(binary, lhs.scalar, rhs.scalar);
    return lhs;
  }
  if (!left_scalar && !right_scalar) {
    KVS_ASSIGN_OR_RETURN(
        Vector out, VectorVector(query_, binary, std::move(lhs.vector), std::move(rhs.vector)));
    return Value::Of(std::move(out));
  }
  Vector& vector = left_scalar ? rhs.vector : lhs.vector;
  KVS_RETURN_IF_ERROR(
      VectorScalar(query_, binary, vector, left_scalar ? lhs.scalar : rhs.scalar, left_scalar));
  if (DropsName(binary.op) || binary.return_bool) KVS_RETURN_IF_ERROR(DropNames(vector, true));
  return Value::Of(std::move(vector));
}

StatusOr<Value> Evaluator::RunAggregate(const ast::Aggregate& aggregate, const Grid& grid) {
  Value param;
  if (aggregate.param != nullptr) {
    KVS_ASSIGN_OR_RETURN(param, Eval(*aggregate.param, grid));
  }
  KVS_ASSIGN_OR_RETURN(Vector input, EvalVector(*aggregate.expr, grid));
  KVS_ASSIGN_OR_RETURN(Vector out, Aggregate(query_, aggregate, std::move(input), param));
  return Value::Of(std::move(out));
}

}  // namespace kvs::engine::promql
