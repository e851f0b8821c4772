// SPDX-License-Identifier: Apache-2.0
// What the block upload API keeps beside a block that is not complete yet: validation.json, a
// heartbeat of the validation and how it failed. (uploading-meta.json is a meta.json, see
// kvs/tsdb/meta.h.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::bucket {

struct UploadValidation {
  int64_t last_update_ms = 0;  ///< Unix milliseconds.
  std::string error;           ///< Empty: it goes on.

  friend bool operator==(const UploadValidation&, const UploadValidation&) = default;
};

/// DataLoss names the member. [any]
StatusOr<UploadValidation> ParseUploadValidation(std::string_view json);
std::string FormatUploadValidation(const UploadValidation& validation);

}  // namespace kvs::bucket
