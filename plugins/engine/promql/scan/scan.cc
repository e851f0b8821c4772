// SPDX-License-Identifier: Apache-2.0
// The loop of the workers.

#include "scan/scan.h"

#include <algorithm>
#include <deque>

#include "kvs/base/mutex.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::promql {
namespace {

/// The source's failure as the engine reports it: stops and limits keep their codes, the rest fails
/// the evaluation.
Status SourceError(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kResourceExhausted:
    case StatusCode::kUnavailable:
      return status;
    case StatusCode::kDeadlineExceeded:
      return DeadlineExceeded("query timed out in expression evaluation");
    case StatusCode::kCancelled:
      return Cancelled("query was canceled in expression evaluation");
    default:
      return Status(StatusCode::kFailedPrecondition,
                    StrCat("expanding series: ", status.message()));
  }
}

/// The record that the source gets, and what it borrows.
class SelectRecord {
 public:
  SelectRecord(const Selection& selection, const Shard& shard)
      : record_(sdk::Record<kvs_select_t>()) {
    for (const ast::Matcher& m : selection.selector->matchers) {
      matchers_.push_back({sdk::Str(m.name), sdk::Str(m.value), static_cast<int32_t>(m.op), 0});
    }
    record_.min_ms = selection.min_ms;
    record_.max_ms = selection.max_ms;
    record_.matchers = {matchers_.data(), matchers_.size()};
    record_.func = sdk::Str(selection.func);
    record_.step_ms = selection.step_ms;
    record_.range_ms = selection.range_ms;
    record_.aggregates = selection.aggregates;
    record_.resolution_ms = selection.resolution_ms;
    record_.shard_index = shard.index;
    record_.shard_count = shard.count;
    if (selection.labels != nullptr) {
      record_.flags |= KVS_SELECT_HAS_LABELS;
      for (const std::string& label : *selection.labels) labels_.push_back(sdk::Str(label));
      record_.labels = labels_.data();
      record_.n_labels = labels_.size();
    }
  }
  const kvs_select_t* get() const { return &record_; }

 private:
  std::vector<kvs_matcher_t> matchers_;
  std::vector<kvs_str_t> labels_;
  kvs_select_t record_;
};

}  // namespace

void BatchLabels::Begin(const kvs_label_columns_t& columns, LabelStore& store) {
  columns_ = &columns;
  store_ = &store;
  const size_t refs = columns.n_series == 0 ? 0 : columns.begin[columns.n_series];
  sparse_memo_.clear();
  if (columns.n_symbols <= 4 * refs + 1024) {
    memo_.assign(columns.n_symbols, kUnknown);
  } else {
    memo_.clear();
  }
}

uint32_t BatchLabels::NewSymbol(uint32_t local) {
  if (local >= columns_->n_symbols) return kSymEmpty;
  if (!memo_.empty()) return memo_[local] = store_->Intern(sdk::View(columns_->symbols[local]));
  const auto [it, added] = sparse_memo_.try_emplace(local, kUnknown);
  if (added) it->second = store_->Intern(sdk::View(columns_->symbols[local]));
  return it->second;
}

template <typename Wanted>
std::span<const uint32_t> BatchLabels::ReadWhere(uint32_t s, Wanted wanted) {
  const uint32_t begin = columns_->begin[s];
  const uint32_t end = columns_->begin[s + 1];
  if (refs_.size() < end - begin) refs_.resize(end - begin);
  size_t n = 0;
  for (uint32_t i = begin; i + 1 < end; i += 2) {
    const uint32_t name = Symbol(columns_->refs[i]);
    if (!wanted(name)) continue;
    const uint32_t value = Symbol(columns_->refs[i + 1]);
    refs_[n] = name;
    refs_[n + 1] = value;
    n += value != kSymEmpty ? 2 : 0;
  }
  return std::span<const uint32_t>(refs_).first(n);
}

std::span<const uint32_t> BatchLabels::Read(uint32_t s) {
  return ReadWhere(s, [](uint32_t) { return true; });
}

std::span<const uint32_t> BatchLabels::ReadWithoutName(uint32_t s) {
  return ReadWhere(s, [](uint32_t name) { return !IsNameSymbol(name); });
}

bool BatchLabels::HasTypeOrUnit() const {
  const std::span<const kvs_str_t> symbols(columns_->symbols, columns_->n_symbols);
  return std::ranges::any_of(symbols, [](const kvs_str_t& symbol) {
    constexpr std::string_view kType = "__type__", kUnit = "__unit__";
    return symbol.size == kType.size() &&
           (sdk::View(symbol) == kType || sdk::View(symbol) == kUnit);
  });
}

std::span<const uint32_t> BatchLabels::ReadOnly(uint32_t s, std::span<const uint32_t> names) {
  return ReadWhere(
      s, [&](uint32_t name) { return std::find(names.begin(), names.end(), name) != names.end(); });
}

uint32_t BatchLabels::ReadOne(uint32_t s, uint32_t name) {
  for (uint32_t i = columns_->begin[s]; i + 1 < columns_->begin[s + 1]; i += 2) {
    if (Symbol(columns_->refs[i]) == name) return Symbol(columns_->refs[i + 1]);
  }
  return kSymEmpty;
}

Status ForEachBatch(Query& query, const Selection& selection,
                    const std::function<Status(Morsel&)>& fn) {
  const SelectRecord select(selection, query.shard);
  sdk::OpenSelection cursor;
  KVS_RETURN_IF_ERROR(
      SourceError(sdk::Await(query.source.select(), query.call, select.get(), cursor.out())));

  Mutex mutex;  // Guards all of this and the cursor.
  uint32_t sequence = 0;
  std::deque<sdk::BatchPtr> early;  // Pulled before there were workers.
  bool ended = false;               // The cursor has no more, or is not to be asked any more.
  Status error;
  const auto pull = [&]() -> sdk::BatchPtr {
    if (ended) return nullptr;
    StatusOr<sdk::BatchPtr> next = cursor.Next(query.call);
    if (next.ok() && *next != nullptr) return *std::move(next);
    ended = true;
    if (!next.ok()) error = SourceError(next.status());
    return nullptr;
  };
  const auto fail = [&](const Status& status) {
    const MutexLock lock(mutex);
    if (error.ok()) error = status;
    ended = true;
    early.clear();
  };
  const auto work = [&](uint64_t) {
    const WorkerScope scope(query);
    SampleReader reader;
    BatchLabels labels;
    while (true) {
      if (const Status alive = query.CheckAlive(); !alive.ok()) return fail(alive);
      sdk::BatchPtr batch;
      uint32_t number = 0;
      {
        const MutexLock lock(mutex);
        if (early.empty()) {
          batch = pull();
        } else {
          batch = std::move(early.front());
          early.pop_front();
        }
        if (batch == nullptr) return;
        number = sequence++;
      }
      Morsel morsel{number, *batch, reader, labels};
      if (const Status status = fn(morsel); !status.ok()) return fail(status);
    }
  };
  // Waking other threads costs more than a batch: that is only done when there is a second one.
  while (early.size() < 2) {
    sdk::BatchPtr batch = pull();
    if (batch == nullptr) break;
    early.push_back(std::move(batch));
  }
  if (early.size() == 2 && query.threads != 1) {
    const uint32_t most =
        query.threads != 0 ? query.threads : std::max(1u, query.executor.worker_count());
    query.executor.Parallel(most, query.threads, work);
  } else if (!early.empty()) {
    work(0);
  }
  KVS_RETURN_IF_ERROR(error);
  std::vector<std::string> warnings;
  cursor.AddWarnings(&warnings);
  cursor.AddLateWarnings(&warnings);
  for (const std::string& warning : warnings) query.notes.WarnRaw(warning);
  return OkStatus();
}

}  // namespace kvs::engine::promql
