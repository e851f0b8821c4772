// SPDX-License-Identifier: Apache-2.0
// UploadApi: blocks that others made come into the bucket over HTTP, as Mimir takes them and
// `mimirtool backfill` sends them: start with the meta.json, then the files, then finish, which has
// the block validated; check says how far it is. Until meta.json is there under its own name the
// block does not exist for anybody.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"
#include "kvs/bucket/upload.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"

#include "bucket/tenant_bucket.h"
#include "pages.h"
#include "tenant_limits.h"

namespace kvs::compactor {

/// Makes the meta.json of an upload fit for the bucket: its name, sources and origin are ours to
/// say. InvalidArgument, in Mimir's words, when the block cannot be taken. [any]
Status SanitizeUploadedMeta(const tsdb::Ulid& block, const TenantLimits& limits, int64_t now_ms,
                            tsdb::BlockMeta* meta);

class UploadApi {
 public:
  /// `compactor` outlives the API.
  UploadApi(Compactor& compactor, sdk::Host host) : compactor_(compactor), host_(host) {}

  /// [main]
  Status HangUp(const sdk::RoutesRef& http, const char* component);
  /// Returns when no validation runs any more. [worker]
  void WaitIdle();

 private:
  struct Upload {
    TenantBucket bucket;
    TenantLimits limits;
    tsdb::Ulid block;

    std::string Key(std::string_view file) const;
  };
  enum class State { kComplete, kNotStarted, kUploading, kValidating, kFailed };
  struct Found {
    State state = State::kNotStarted;
    tsdb::BlockMeta meta;  ///< From kUploading on.
    std::string error;     ///< Of kFailed.
  };
  using Reply = StatusOr<sdk::HttpReply>;

  Reply Start(const Upload& upload, const kvs_http_request_t& request);
  Reply File(const Upload& upload, const kvs_http_request_t& request);
  Reply Finish(const Upload& upload, const kvs_http_request_t& request);
  Reply Check(const Upload& upload, const kvs_http_request_t& request);

  StatusOr<Found> Find(const Upload& upload) const;
  /// Nothing, or the answer to who wants to go on with an upload in this state.
  std::optional<sdk::HttpReply> Refusal(const Found& found, bool must_be_started) const;
  Status PutValidation(const Upload& upload, std::string_view error) const;
  void ValidateAndComplete(const Upload& upload, const tsdb::BlockMeta& meta);
  Status Validate(const Upload& upload, const tsdb::BlockMeta& meta) const;
  Status Complete(const Upload& upload, const tsdb::BlockMeta& meta) const;

  Compactor& compactor_;
  const sdk::Host host_;
  std::deque<sdk::WorkerHandler> handlers_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  int64_t validating_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::compactor
