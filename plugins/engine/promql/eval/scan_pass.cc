// SPDX-License-Identifier: Apache-2.0
// Passes over series: a scan together with what else the plan wants of the same samples.

#include <algorithm>

#include "eval/evaluator.h"
#include "eval/range_call.h"
#include "scan/scan_aggregate.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {
namespace {

/// Those that point into `expr`.
NoteLog NotesWithin(const NoteLog& notes, const ast::Expr& expr) {
  NoteLog out;
  std::ranges::copy_if(notes, std::back_inserter(out), [&](const Note& note) {
    return note.kind != Note::Kind::kStorageWarning && note.pos.start >= expr.pos.start &&
           note.pos.end <= expr.pos.end;
  });
  return out;
}

/// Those of the storage, which point nowhere.
NoteLog StorageNotes(const NoteLog& notes) {
  NoteLog out;
  std::ranges::copy_if(notes, std::back_inserter(out),
                       [](const Note& note) { return note.kind == Note::Kind::kStorageWarning; });
  return out;
}

}  // namespace

/// A scan of a pass, and what is wanted of it.
struct Evaluator::ScanWork {
  const Node* scan = nullptr;
  RangeCall call;                        ///< Of a function of a range.
  std::unique_ptr<RowFunction> instant;  ///< Of a selector alone.
  const ast::VectorSelector* selector = nullptr;
  std::unique_ptr<VectorTap> rows;  ///< Null: nobody wants them.
  struct Aggregation {
    const Node* node;
    std::unique_ptr<AggregateTap> tap;
  };
  std::vector<Aggregation> aggregations;

  const RowFunction& function() const { return instant != nullptr ? *instant : *call.function; }
  NameUse names() const { return instant != nullptr ? NameUse::kKeep : call.names; }
  ast::PosRange pos() const { return instant != nullptr ? selector->pos : call.pos(); }
  std::string_view hint() const {
    return instant != nullptr ? std::string_view() : call.call->function->name;
  }
};

/// One pass, and what became of it.
struct Evaluator::ScanPass {
  std::vector<ScanWork> works;
  std::vector<Tap*> taps;
  NoteLog notes;
  std::vector<StepSamples::Count> samples;
};

StatusOr<Value> Evaluator::RunScan(const Node& asked, const Grid& grid) {
  size_t wanted = 0;
  StatusOr<Value> value = RunPass(asked, grid, false, &wanted);
  if (value.status().code() == StatusCode::kAborted) {
    all_rows_ = true;
    value = RunPass(asked, grid, false, &wanted);
  }
  if (value.ok() || wanted < 2 || value.status().code() != StatusCode::kResourceExhausted)
    return value;
  // By itself it may be within the limits.
  return RunPass(asked, grid, true, &wanted);
}

StatusOr<Value> Evaluator::RunPass(const Node& asked, const Grid& grid, bool alone,
                                   size_t* wanted) {
  const bool aggregate = asked.op == plan::Op::kScanAggregate;
  const Node& scan = aggregate ? *asked.inputs[0] : asked;
  if (aggregate && histogram_scans_.contains(scan.id))
    return RunAggregate(ast::As<ast::Aggregate>(asked.expr()), grid);

  ScanPass pass;
  NoteLog* const outer_log = query_.notes.SwapLog(&pass.notes);
  StepSamples* const outer_samples = query_.step_samples;
  StepSamples counted(outer_samples == nullptr ? 0 : grid.n);
  query_.step_samples = nullptr;
  Status status = PreparePass(asked, scan, grid, alone, pass);
  *wanted = pass.taps.size();
  if (status.ok()) {
    std::string_view hint = pass.works[0].hint();
    for (const ScanWork& work : pass.works) {
      if (work.hint() != hint) hint = {};
    }
    status = ScanTaps(query_, *pass.works[0].selector, hint, scan.resolution.max_ms, pass.taps,
                      outer_samples == nullptr ? nullptr : &counted);
  }
  std::optional<Value> own;
  if (status.ok()) {
    pass.samples = counted.counts();
    StatusOr<std::optional<Value>> taken = TakeResults(asked, pass);
    status = taken.status();
    if (status.ok()) own = std::move(taken).value();
  }
  query_.step_samples = outer_samples;
  query_.notes.SwapLog(outer_log);
  KVS_RETURN_IF_ERROR(status);
  if (!own.has_value()) {  // There are histograms.
    histogram_scans_.insert(scan.id);
    return RunAggregate(ast::As<ast::Aggregate>(asked.expr()), grid);
  }
  if (outer_samples != nullptr) outer_samples->Add(pass.samples);
  query_.notes.AddAll(StorageNotes(pass.notes));
  query_.notes.AddAll(NotesFor(asked, scan, pass.notes));
  return std::move(*own);
}

NoteLog Evaluator::NotesFor(const Node& node, const Node& scan, const NoteLog& notes) {
  const ast::Expr& input = node.op == plan::Op::kScanAggregate
                               ? Unwrap(*ast::As<ast::Aggregate>(node.expr()).expr)
                               : node.expr();
  return MoveNotes(NotesWithin(notes, scan.expr()), scan.expr(), input);
}

StatusOr<Evaluator::ScanWork> Evaluator::PrepareScan(const Node& scan, const Grid& grid) {
  ScanWork out;
  out.scan = &scan;
  const ast::Expr& expr = scan.narrowed != nullptr ? *scan.narrowed : scan.expr();
  if (const auto* selector = ast::AsIf<ast::VectorSelector>(&expr)) {
    out.selector = selector;
    out.instant = MakeInstantFunction(WindowsOf(grid, 0, *selector));
    return out;
  }
  KVS_ASSIGN_OR_RETURN(out.call, PrepareRangeCall(ast::As<ast::Call>(expr), grid));
  out.selector = out.call.selector();
  return out;
}

Status Evaluator::PreparePass(const Node& asked, const Node& scan, const Grid& grid, bool alone,
                              ScanPass& pass) {
  // What was computed is not computed again by the way.
  const auto want = [&](const Node& node) {
    return &node == &asked || (!alone && !shared_.Has(node) && !scanned_.contains(node.id));
  };
  std::vector<const Node*> scans{&scan};
  for (const Node* peer : scan.peers) {
    if (peer != &scan && !alone) scans.push_back(peer);
  }
  for (const Node* one : scans) {
    StatusOr<ScanWork> prepared = PrepareScan(*one, grid);
    if (!prepared.ok()) {  // It fails again when it is asked for by itself.
      if (one == &scan) return prepared.status();
      continue;
    }
    ScanWork& work = pass.works.emplace_back(std::move(prepared).value());
    if (one != &scan && (!ReadAlike(work.function(), pass.works[0].function()) ||
                         one->resolution.max_ms != scan.resolution.max_ms)) {
      pass.works.pop_back();
      continue;
    }
    if (one == &asked || (one->uses > 0 && want(*one)))
      work.rows = std::make_unique<VectorTap>(
          work.function(), work.pos(), work.names(), !FixedName(*work.selector).empty(),
          all_rows_ ? BestRows() : BestRows{one->best, one->best_is_greatest});
    for (const Node* node : one->aggregated_by) {
      if (!want(*node) || histogram_scans_.contains(one->id)) continue;
      const auto& a = ast::As<ast::Aggregate>(node->expr());
      work.aggregations.push_back(
          {node, std::make_unique<AggregateTap>(query_, work.function(), work.pos(), work.names(),
                                                ScanAggregation{a.op, a.grouping, a.without})});
    }
    const size_t first = pass.taps.size();
    if (work.rows != nullptr) pass.taps.push_back(work.rows.get());
    for (const ScanWork::Aggregation& a : work.aggregations) pass.taps.push_back(a.tap.get());
    for (size_t k = first + 1; k < pass.taps.size(); ++k) pass.taps[k]->BeQuiet();
  }
  return OkStatus();
}

StatusOr<std::optional<Value>> Evaluator::TakeResults(const Node& asked, ScanPass& pass) {
  std::optional<Value> own;
  struct ByTheWay {
    const Node* node;
    const Node* scan;
    Value value;
  };
  std::vector<ByTheWay> others;
  // A failure of what nobody has asked for yet is told when it is.
  const auto take = [&](const Node& node, const ScanWork& work, Vector vector) -> Status {
    Status status;
    if (work.instant == nullptr) status = CheckParams(query_, work.call, vector);
    const bool rows = node.op == plan::Op::kScan;
    if (status.ok() && rows && !work.rows->distinct()) {
      // What was forgotten might have been equal to what is there.
      if (work.rows->forgot()) return Aborted("some rows were forgotten");
      status = MergeEqualRows(vector, false);
    }
    if (&node == &asked) {
      own = Value::Of(std::move(vector));
      scanned_.insert(node.id);
      return status;
    }
    if (status.ok()) others.push_back({&node, work.scan, Value::Of(std::move(vector))});
    return OkStatus();
  };
  for (ScanWork& work : pass.works) {
    if (work.rows != nullptr) KVS_RETURN_IF_ERROR(take(*work.scan, work, work.rows->TakeResult()));
    for (const ScanWork::Aggregation& a : work.aggregations) {
      std::optional<Vector> vector = a.tap->TakeResult();
      if (!vector.has_value()) {
        histogram_scans_.insert(work.scan->id);
        continue;
      }
      KVS_RETURN_IF_ERROR(take(*a.node, work, std::move(*vector)));
    }
  }
  for (ByTheWay& other : others) {
    if (profile_ != nullptr) {
      profile_->Begin();
      profile_->End(other.node->id, static_cast<int64_t>(other.value.vector.rows.size()));
    }
    scanned_.insert(other.node->id);
    shared_.Put(*other.node, std::move(other.value), NotesFor(*other.node, *other.scan, pass.notes),
                pass.samples);
  }
  return own;
}

}  // namespace kvs::engine::promql
