// SPDX-License-Identifier: Apache-2.0
// BlockCursor: the series of one block in an answer. Its first batch is read when it is opened, so
// that many blocks can do that at once, and so that what is wrong with a block mostly shows while
// it can still be left out.
#pragma once

#include <memory>

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
  explicit BlockCursor(std::unique_ptr<sdk::SeriesCursor> cursor) : cursor_(std::move(cursor)) {}
  ~BlockCursor() override;

  /// Reads the first batch. [worker]
  Status ReadFirst(const sdk::Call& call);

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override;

 private:
  StatusOr<kvs_series_batch_t*> Read(const sdk::Call& call);

  std::unique_ptr<sdk::SeriesCursor> cursor_;
  kvs_series_batch_t* first_ = nullptr;
};

}  // namespace kvs::source::blocks
