// SPDX-License-Identifier: Apache-2.0
#include "upload/upload_api.h"

#include <algorithm>
#include <functional>

#include "kvs/blocks/mapped_file.h"
#include "kvs/bucket/layout.h"
#include "kvs/bucket/shard_id.h"
#include "kvs/http/json.h"
#include "kvs/http/params.h"
#include "kvs/tsdb/verify.h"

#include "compactor.h"
#include "run/work_folder.h"

namespace kvs::compactor {
namespace {

using tsdb::BlockMeta;

constexpr uint64_t kMetaBytesMax = uint64_t{1} << 20;
constexpr uint64_t kFileBytesMax = uint64_t{2}
                                   << 30;  // Bodies are in memory; segments have 512 MiB.
constexpr int64_t kHeartbeatMs = 60'000;
constexpr int64_t kHeartbeatTimeoutMs = 300'000;

sdk::HttpReply Answer(int status, std::string_view text) {
  return sdk::HttpReply::PlainText(status, StrCat(text, "\n"));
}

Status CheckLabels(std::map<std::string, std::string>* labels) {
  for (auto it = labels->begin(); it != labels->end();) {
    const auto& [name, value] = *it;
    const bool is_old = name == "__org_id__" || name == "__ingester_id__" || name == "__shard_id__";
    if (is_old || (name == tsdb::kShardIdLabel && value.empty())) {
      it = labels->erase(it);
      continue;
    }
    if (name != tsdb::kShardIdLabel) return InvalidArgument("unsupported external label: ", name);
    if (!bucket::ShardId::Parse(value).ok())
      return InvalidArgument("invalid ", name, " external label: \"", value, "\"");
    ++it;
  }
  return OkStatus();
}

}  // namespace

Status SanitizeUploadedMeta(const tsdb::Ulid& block, const TenantLimits& limits, int64_t now_ms,
                            BlockMeta* meta) {
  if (!meta->thanos.has_value()) meta->thanos.emplace();
  tsdb::ThanosSection& thanos = *meta->thanos;
  if (thanos.resolution_ms > 0) return InvalidArgument("block contains downsampled data");
  meta->ulid = block;
  KVS_RETURN_IF_ERROR(CheckLabels(&thanos.labels));
  meta->compaction.parents.clear();
  meta->compaction.sources = {block};
  int64_t bytes = 0;
  for (const tsdb::BlockFile& file : thanos.files) {
    if (file.path == bucket::kMetaFile) continue;
    if (!bucket::IsBlockDataPath(file.path))
      return InvalidArgument("file with invalid path: ", file.path);
    if (file.size_bytes <= 0) return InvalidArgument("file with invalid size: ", file.path);
    if (__builtin_add_overflow(bytes, file.size_bytes, &bytes)) bytes = INT64_MAX;
  }
  if (thanos.files.empty())
    return InvalidArgument("the block's files are not listed in the thanos section of meta.json");
  if (limits.upload_max_bytes > 0 && bytes > limits.upload_max_bytes) {
    return InvalidArgument("block exceeds the maximum block size limit of ",
                           limits.upload_max_bytes, " bytes");
  }
  if (meta->mint < 0 || meta->maxt < 0)
    return InvalidArgument("invalid minTime/maxTime: minTime=", meta->mint,
                           ", maxTime=", meta->maxt);
  if (meta->mint > now_ms || meta->maxt > now_ms) {
    return InvalidArgument("block time(s) greater than the present: minTime=", meta->mint,
                           ", maxTime=", meta->maxt);
  }
  thanos.source = "upload";
  return OkStatus();
}

std::string UploadApi::Upload::Key(std::string_view file) const {
  return bucket::BlockFileKey(bucket.tenant(), block, file);
}

Status UploadApi::HangUp(const sdk::RoutesRef& http, const char* component) {
  const auto add = [&](std::string_view method, std::string_view step, uint64_t max_bytes,
                       Reply (UploadApi::*answer)(const Upload&, const kvs_http_request_t&)) {
    auto& handler = handlers_.emplace_back(
        host_.executor(),
        [this, answer](const sdk::Call& call, const kvs_http_request_t& request) -> Reply {
          const std::string_view tenant = call.tenant();
          const StatusOr<tsdb::Ulid> block = tsdb::Ulid::Parse(sdk::View(request.params[0]));
          if (!block.ok()) return Answer(400, "invalid block ID");
          KVS_ASSIGN_OR_RETURN(const TenantLimits limits, compactor_.LimitsOf(tenant));
          if (!limits.upload_enabled) return Answer(400, "block upload is disabled");
          return (this->*answer)({compactor_.BucketOf(tenant), limits, *block}, request);
        });
    return http.Add(component, method, StrCat("/api/v1/upload/block/{block}/", step), &handler,
                    {.flags = KVS_HTTP_NEEDS_TENANT,
                     .max_body_bytes = max_bytes,
                     .max_decoded_bytes = max_bytes});
  };
  KVS_RETURN_IF_ERROR(add("POST", "start", kMetaBytesMax, &UploadApi::Start));
  KVS_RETURN_IF_ERROR(add("POST", "files", kFileBytesMax, &UploadApi::File));
  KVS_RETURN_IF_ERROR(add("POST", "finish", kMetaBytesMax, &UploadApi::Finish));
  return add("GET", "check", 0, &UploadApi::Check);
}

void UploadApi::WaitIdle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this]() KVS_REQUIRES(mutex_) { return validating_ == 0; });
}

StatusOr<UploadApi::Found> UploadApi::Find(const Upload& upload) const {
  const sdk::StoreClient& store = upload.bucket.store();
  Found found;
  KVS_ASSIGN_OR_RETURN(const bool is_complete, store.Exists(upload.Key(bucket::kMetaFile)));
  if (is_complete) {
    found.state = State::kComplete;
    return found;
  }
  KVS_ASSIGN_OR_RETURN(const std::optional<std::string> meta,
                       store.GetIfThere(upload.Key(bucket::kUploadingMetaFile)));
  if (!meta.has_value()) return found;
  KVS_ASSIGN_OR_RETURN(found.meta, tsdb::ParseMeta(*meta));
  found.state = State::kUploading;
  KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json,
                       store.GetIfThere(upload.Key(bucket::kValidationFile)));
  if (!json.has_value()) return found;
  KVS_ASSIGN_OR_RETURN(const bucket::UploadValidation validation,
                       bucket::ParseUploadValidation(*json));
  found.error = validation.error;
  if (!found.error.empty()) {
    found.state = State::kFailed;
  } else if (compactor_.NowMs() - validation.last_update_ms < kHeartbeatTimeoutMs) {
    found.state = State::kValidating;  // One whose heart has stopped counts as an upload that may
                                       // be finished again.
  }
  return found;
}

std::optional<sdk::HttpReply> UploadApi::Refusal(const Found& found, bool must_be_started) const {
  switch (found.state) {
    case State::kComplete:
      return Answer(409, "block already exists");
    case State::kValidating:
      return Answer(400, "block validation in progress");
    case State::kFailed:
      return Answer(400, "block validation failed");
    case State::kNotStarted:
      if (must_be_started) return Answer(404, "block upload not started");
      break;
    case State::kUploading:
      break;
  }
  return std::nullopt;
}

UploadApi::Reply UploadApi::Start(const Upload& upload, const kvs_http_request_t& request) {
  KVS_ASSIGN_OR_RETURN(const Found found, Find(upload));
  if (auto refusal = Refusal(found, false)) return *std::move(refusal);
  StatusOr<BlockMeta> meta = tsdb::ParseMeta(sdk::TextOf(request.body));
  if (!meta.ok()) return Answer(400, StrCat("malformed request body: ", meta.status().message()));
  const Status status =
      SanitizeUploadedMeta(upload.block, upload.limits, compactor_.NowMs(), &*meta);
  if (!status.ok()) return Answer(400, status.message());
  if (upload.limits.retention_ms > 0 &&
      meta->maxt < compactor_.NowMs() - upload.limits.retention_ms) {
    return Answer(422, StrCat("block max time (", meta->maxt, ") older than retention period"));
  }
  KVS_RETURN_IF_ERROR(upload.bucket.store()
                          .Put(upload.Key(bucket::kUploadingMetaFile), tsdb::FormatMeta(*meta))
                          .status());
  return sdk::HttpReply{200, {}, {}};
}

UploadApi::Reply UploadApi::File(const Upload& upload, const kvs_http_request_t& request) {
  const StatusOr<http::Params> params = http::Params::Parse(sdk::View(request.query));
  const std::string path = params.ok() ? std::string(params->Get("path")) : std::string();
  if (path.empty()) return Answer(400, "missing or invalid file path");
  if (path.ends_with(bucket::kMetaFile)) return Answer(400, "meta.json is not allowed");
  if (!bucket::IsBlockDataPath(path)) return Answer(400, StrCat("invalid path: \"", path, "\""));
  if (request.body.size == 0) return Answer(400, "file cannot be empty");
  KVS_ASSIGN_OR_RETURN(const Found found, Find(upload));
  if (auto refusal = Refusal(found, true)) return *std::move(refusal);
  const std::vector<tsdb::BlockFile>& files = found.meta.thanos->files;
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&path](const tsdb::BlockFile& f) { return f.path == path; });
  if (file == files.end()) return Answer(400, "unexpected file");
  if (file->size_bytes != static_cast<int64_t>(request.body.size))
    return Answer(400, "file size doesn't match meta.json");
  KVS_RETURN_IF_ERROR(
      upload.bucket.store().Put(upload.Key(path), sdk::TextOf(request.body)).status());
  return sdk::HttpReply{200, {}, {}};
}

UploadApi::Reply UploadApi::Finish(const Upload& upload, const kvs_http_request_t&) {
  KVS_ASSIGN_OR_RETURN(const Found found, Find(upload));
  if (auto refusal = Refusal(found, true)) return *std::move(refusal);
  if (!upload.limits.upload_validation) {
    KVS_RETURN_IF_ERROR(Complete(upload, found.meta));
    return sdk::HttpReply{200, {}, {}};
  }
  const int64_t most = compactor_.config().max_block_upload_validation_concurrency;
  {
    const MutexLock lock(mutex_);
    if (most > 0 && validating_ >= most)
      return Answer(429, StrCat("too many block upload validations in progress, limit is ", most));
    ++validating_;
  }
  const Status begun = PutValidation(upload, "");
  if (begun.ok()) {
    host_.executor().PostWorker(
        [this, upload, meta = found.meta] { ValidateAndComplete(upload, meta); });
    return sdk::HttpReply{200, {}, {}};
  }
  const MutexLock lock(mutex_);
  --validating_;
  changed_.notify_all();
  return begun;
}

UploadApi::Reply UploadApi::Check(const Upload& upload, const kvs_http_request_t&) {
  KVS_ASSIGN_OR_RETURN(const Found found, Find(upload));
  if (found.state == State::kNotStarted) return Answer(404, "block doesn't exist");
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("result");
  json.HtmlSafeString(found.state == State::kComplete     ? "complete"
                      : found.state == State::kValidating ? "validating"
                      : found.state == State::kFailed     ? "failed"
                                                          : "uploading");
  if (found.state == State::kFailed) {
    json.Key("error");
    json.HtmlSafeString(found.error);
  }
  json.EndObject();
  return sdk::HttpReply::Json(200, std::move(body));
}

Status UploadApi::PutValidation(const Upload& upload, std::string_view error) const {
  const bucket::UploadValidation validation{compactor_.NowMs(), std::string(error)};
  return upload.bucket.store()
      .Put(upload.Key(bucket::kValidationFile), bucket::FormatUploadValidation(validation))
      .status();
}

void UploadApi::ValidateAndComplete(const Upload& upload, const BlockMeta& meta) {
  std::function<void()> heartbeat = [&] {
    IgnoreError(PutValidation(upload, ""),
                "the next one may succeed; without any, others may begin anew");
  };
  const uint64_t ticket = host_.timer().After(kHeartbeatMs, kHeartbeatMs, &heartbeat);
  Status status = Validate(upload, meta);
  host_.timer().Cancel(ticket);
  if (status.ok()) status = Complete(upload, meta);
  if (status.ok()) {
    status = upload.bucket.store().Remove(upload.Key(bucket::kValidationFile));
  } else if (status.code() != StatusCode::kCancelled) {
    IgnoreError(PutValidation(upload, status.message()),
                "the validation becomes stale, and may be begun anew");
  }
  if (!status.ok())
    host_.log().Warn("an uploaded block was not taken", {{"user", upload.bucket.tenant()},
                                                         {"block", upload.block.ToString()},
                                                         {"error", status.message()}});
  const MutexLock lock(mutex_);
  --validating_;
  changed_.notify_all();
}

Status UploadApi::Validate(const Upload& upload, const BlockMeta& meta) const {
  const std::string folder = StrCat(compactor_.config().data_dir, "/uploads/",
                                    upload.bucket.tenant(), "/", upload.block.ToString());
  KVS_RETURN_IF_ERROR(Download(upload.bucket.store(),
                               bucket::BlockPrefix(upload.bucket.tenant(), upload.block), folder));
  const auto validate = [&]() -> Status {
    std::vector<std::unique_ptr<blocks::MappedFile>> files;
    std::vector<const tsdb::ByteSource*> segments;
    const tsdb::ByteSource* index = nullptr;
    for (const tsdb::BlockFile& file : meta.thanos->files) {
      if (file.path == bucket::kMetaFile) continue;
      KVS_ASSIGN_OR_RETURN(auto mapped, blocks::MappedFile::Open(StrCat(folder, "/", file.path)));
      if (static_cast<int64_t>(mapped->size()) != file.size_bytes)
        return DataLoss("file size mismatch for ", file.path);
      (file.path == bucket::kIndexFile ? index : segments.emplace_back()) = mapped.get();
      files.push_back(std::move(mapped));
    }
    if (index == nullptr) return DataLoss("meta.json lists no index");
    const auto in_range = [&meta](const tsdb::SeriesEntry& series) {
      for (const tsdb::ChunkMeta& chunk : series.chunks) {
        if (chunk.mint < meta.mint || chunk.maxt >= meta.maxt) {
          return DataLoss("a chunk of [", chunk.mint, ", ", chunk.maxt,
                          "] is outside the block's range of [", meta.mint, ", ", meta.maxt, ")");
        }
      }
      return OkStatus();
    };
    KVS_RETURN_IF_ERROR(Annotate(tsdb::VerifyIndex(*index, in_range), bucket::kIndexFile));
    if (!upload.limits.upload_verify_chunks) return OkStatus();
    return tsdb::VerifyBlock({index, tsdb::SegmentSet(segments), {}}, nullptr).status();
  };
  const Status status = Annotate(validate(), "error validating block");
  IgnoreError(RemoveAll(folder), "the next start removes it");
  return status;
}

Status UploadApi::Complete(const Upload& upload, const BlockMeta& meta) const {
  const sdk::StoreClient& store = upload.bucket.store();
  KVS_RETURN_IF_ERROR(store.Put(upload.Key(bucket::kMetaFile), tsdb::FormatMeta(meta)).status());
  IgnoreError(store.Remove(upload.Key(bucket::kUploadingMetaFile)), "it is harmless");
  const Metrics& metrics = compactor_.metrics();
  int64_t bytes = 0;
  for (const tsdb::BlockFile& file : meta.thanos->files) bytes += file.size_bytes;
  metrics.uploaded_blocks.With({upload.bucket.tenant()}).Add();
  metrics.uploaded_bytes.With({upload.bucket.tenant()}).Add(static_cast<double>(bytes));
  metrics.uploaded_files.With({upload.bucket.tenant()})
      .Add(static_cast<double>(meta.thanos->files.size()));
  return OkStatus();
}

}  // namespace kvs::compactor
