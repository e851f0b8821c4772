// SPDX-License-Identifier: Apache-2.0
// Policy: matchers that bind a writer, compiled. Immutable. [any]
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "kvs/abi/port/series_source.h"
#include "kvs/base/status.h"
#include "kvs/model/label_cursor.h"
#include "kvs/model/matcher.h"

namespace kvs::sink::enforce {

class Policy {
 public:
  /// InvalidArgument for a regular expression that cannot be compiled.
  static StatusOr<std::shared_ptr<const Policy>> Make(const kvs_matchers_t& matchers);

  /// Whether a series with these labels may be written. One that has a label of the policy twice
  /// may not, for nobody knows which of them will count; nor one whose labels are damaged. No
  /// allocation.
  bool Allows(model::LabelCursor labels) const;

 private:
  std::vector<model::Matcher> matchers_;
};

/// Compiled policies, by what they say: an identity asks with each request. [any]
class Policies {
 public:
  StatusOr<std::shared_ptr<const Policy>> Find(const kvs_matchers_t& matchers);

 private:
  static constexpr size_t kMost = 4096;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Policy>> known_;  // Guarded by mutex_.
};

}  // namespace kvs::sink::enforce
