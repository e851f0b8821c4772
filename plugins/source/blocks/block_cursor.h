// SPDX-License-Identifier: Apache-2.0
// BlockCursor: the series of one block in an answer. Its first batch is read when it is opened, so
// that many blocks can do that at once, and so that what is wrong with a block mostly shows while
// all of it can be left out. Where damage shows later, the block ends there, with a warning.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/port/series_source.h"

namespace kvs::source::blocks {

/// Whether this is about the block and not about the query or the store as a whole: what is missing
/// or damaged stays so, however often it is asked for.
inline bool IsLost(const Status& status) {
  switch (status.code()) {
    case StatusCode::kNotFound:
    case StatusCode::kDataLoss:
    case StatusCode::kOutOfRange:
    case StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

class BlockCursor final : public sdk::SeriesCursor {
 public:
  /// Judges what went wrong: OK, having appended a warning, where the rest of the block is to be
  /// left out.
  using LeaveOut = std::function<Status(const Status& status, std::vector<std::string>* warnings)>;

  BlockCursor(std::unique_ptr<sdk::SeriesCursor> cursor, LeaveOut leave_out)
      : cursor_(std::move(cursor)), leave_out_(std::move(leave_out)) {}
  ~BlockCursor() override;

  /// Reads the first batch. [worker]
  Status ReadFirst(const sdk::Call& call);

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override;
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    warnings->insert(warnings->end(), late_.begin(), late_.end());
  }

 private:
  StatusOr<kvs_series_batch_t*> Read(const sdk::Call& call);

  std::unique_ptr<sdk::SeriesCursor> cursor_;
  const LeaveOut leave_out_;
  kvs_series_batch_t* first_ = nullptr;
  std::vector<std::string> late_;
};

}  // namespace kvs::source::blocks
