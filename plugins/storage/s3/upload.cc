// SPDX-License-Identifier: Apache-2.0
#include "upload.h"

#include <algorithm>
#include <utility>

#include <openssl/rand.h>

#include "kvs/abi/port/object_store.h"

#include "errors.h"
#include "signing.h"

namespace kvs::storage::s3 {
namespace {

constexpr uint64_t kPartsMax = 10'000;
constexpr uint64_t kPutBytesMax = uint64_t{5} << 30;
constexpr int64_t kAbortTimeoutMs = 60'000;

// Written with the object, so that a put whose answer got lost recognises what it has done.
constexpr const char* kMarkHeader = "x-amz-meta-kvasir-put";

std::string NewMark() {
  unsigned char random[16];
  KVS_CHECK(RAND_bytes(random, sizeof(random)) == 1);
  return Hex({reinterpret_cast<const char*>(random), sizeof(random)});
}

}  // namespace

Uploader::Uploader(sdk::Host host, Client& client, sdk::Gate& gate, const Config& config)
    : host_(host), client_(client), gate_(gate), config_(config) {}

std::map<std::string, std::string> Uploader::ObjectHeaders() const {
  std::map<std::string, std::string> out;
  if (!config_.storage_class.empty()) out["x-amz-storage-class"] = config_.storage_class;
  if (config_.sse_type == "SSE-S3") out["x-amz-server-side-encryption"] = "AES256";
  if (config_.sse_type == "SSE-KMS") {
    out["x-amz-server-side-encryption"] = "aws:kms";
    if (!config_.sse_kms_key_id.empty())
      out["x-amz-server-side-encryption-aws-kms-key-id"] = config_.sse_kms_key_id;
    if (!config_.sse_kms_encryption_context.empty())
      out["x-amz-server-side-encryption-context"] = Base64(config_.sse_kms_encryption_context);
  }
  return out;
}

sdk::Co<StatusOr<std::string>> Uploader::Write(const sdk::Call& call, Put put) {
  const bool whole = put.condition != KVS_PUT_ALWAYS ||
                     put.bytes.size() <= static_cast<uint64_t>(config_.part_size.bytes);
  if (whole && put.bytes.size() > kPutBytesMax) {
    co_return InvalidArgument("an object of ", put.bytes.size(),
                              " bytes cannot be put with a condition: S3 takes at most ",
                              kPutBytesMax, " in one request");
  }
  sdk::Co<StatusOr<std::string>> writing = whole ? WriteWhole(call, put) : WriteParts(call, put);
  co_return co_await writing;
}

sdk::Co<StatusOr<std::string>> Uploader::IfMarked(const sdk::Call& call, const Put& put,
                                                  const std::string& mark, Status otherwise) {
  Operation head{.name = "HeadObject", .method = "HEAD", .key = put.key};
  sdk::Co<Reply> sending = client_.Send(call, std::move(head));
  const Reply reply = co_await sending;
  if (reply.status.ok() && reply.answer.header(kMarkHeader) == mark)
    co_return std::string(BareEtag(reply.answer.header("etag")));
  co_return otherwise;
}

sdk::Co<StatusOr<std::string>> Uploader::WriteWhole(const sdk::Call& call, const Put& put) {
  Operation op{.name = "PutObject", .method = "PUT", .key = put.key, .body = put.bytes};
  op.headers = ObjectHeaders();
  const std::string mark = put.condition == KVS_PUT_ALWAYS ? "" : NewMark();
  if (!mark.empty()) op.headers[kMarkHeader] = mark;
  if (put.condition == KVS_PUT_IF_ABSENT) op.headers["if-none-match"] = "*";
  // Without quotes: Ceph compares the text as it is, and Amazon takes both.
  if (put.condition == KVS_PUT_IF_ETAG) op.headers["if-match"] = put.etag;
  if (config_.send_content_md5) {
    sdk::OnWorker to_worker(host_.executor());
    co_await to_worker;
    op.headers["content-md5"] = Base64(Md5(put.bytes));
  }
  sdk::Co<Reply> sending = client_.Send(call, std::move(op));
  Reply reply = co_await sending;
  if (reply.status.ok()) co_return std::string(BareEtag(reply.answer.header("etag")));
  const bool there = reply.answer.code == 412;
  const bool gone = reply.status.code() == StatusCode::kNotFound;
  Status refused;
  if (put.condition == KVS_PUT_IF_ABSENT && there) {
    refused = AlreadyExists("there is an object ", put.key);
  } else if (put.condition == KVS_PUT_IF_ETAG && (there || gone)) {
    refused = Aborted("the object ", put.key, " is not the one that was read");
  } else {
    co_return reply.status;
  }
  // Or it is what this put has written: an attempt whose answer got lost was followed by another,
  // here or inside libcurl.
  sdk::Co<StatusOr<std::string>> looking = IfMarked(call, put, mark, refused);
  co_return co_await looking;
}

sdk::Co<StatusOr<std::string>> Uploader::WriteParts(const sdk::Call& call, const Put& put) {
  Operation create{.name = "CreateMultipartUpload", .method = "POST", .key = put.key};
  create.query = {{"uploads", ""}};
  create.headers = ObjectHeaders();
  const std::string mark = NewMark();
  create.headers[kMarkHeader] = mark;
  sdk::Co<Reply> creating = client_.Send(call, std::move(create));
  const Reply created = co_await creating;
  if (!created.status.ok()) co_return created.status;
  StatusOr<std::string> id = ParseUploadId(created.answer.body);
  if (!id.ok()) co_return id.status();

  Upload upload{put, *id,
                std::max<uint64_t>(static_cast<uint64_t>(config_.part_size.bytes),
                                   (put.bytes.size() + kPartsMax - 1) / kPartsMax)};
  upload.etags.resize((put.bytes.size() + upload.part_size - 1) / upload.part_size);
  std::vector<sdk::Co<Status>> lanes;
  const size_t n_lanes =
      std::min<size_t>(static_cast<size_t>(config_.part_concurrency), upload.etags.size());
  for (size_t i = 0; i < n_lanes; ++i) lanes.push_back(SendParts(call, upload));
  sdk::AllOf sending(std::move(lanes));
  const Status sent = co_await sending;
  if (!sent.ok()) {
    Abort(put.key, *id);
    co_return sent;
  }
  sdk::Co<StatusOr<std::string>> completing = Complete(call, upload, mark);
  StatusOr<std::string> completed = co_await completing;
  if (!completed.ok()) Abort(put.key, *id);
  co_return completed;
}

sdk::Co<Status> Uploader::SendParts(const sdk::Call& call, Upload& upload) {
  while (!upload.failed) {
    const size_t i = upload.next++;
    if (i >= upload.etags.size()) break;
    Operation op{.name = "UploadPart", .method = "PUT", .key = upload.put.key};
    op.body = upload.put.bytes.substr(i * upload.part_size, upload.part_size);
    op.query = {{"partNumber", StrCat(i + 1)}, {"uploadId", upload.id}};
    if (config_.send_content_md5) {
      sdk::OnWorker to_worker(host_.executor());
      co_await to_worker;
      op.headers["content-md5"] = Base64(Md5(op.body));
    }
    sdk::Co<Reply> sending = client_.Send(call, std::move(op));
    const Reply reply = co_await sending;
    if (!reply.status.ok()) {
      upload.failed = true;
      co_return Annotate(reply.status, "part ", i + 1, " of ", upload.etags.size());
    }
    upload.etags[i] = std::string(reply.answer.header("etag"));
  }
  co_return OkStatus();
}

sdk::Co<StatusOr<std::string>> Uploader::Complete(const sdk::Call& call, Upload& upload,
                                                  const std::string& mark) {
  std::string body = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < upload.etags.size(); ++i) {
    // Digests in quotes, which XML takes as they are.
    StrAppend(body, "<Part><PartNumber>", i + 1, "</PartNumber><ETag>", upload.etags[i],
              "</ETag></Part>");
  }
  body += "</CompleteMultipartUpload>";
  objstore::Backoff backoff({.min_ms = config_.min_backoff.ms,
                             .max_ms = config_.max_backoff.ms,
                             .max_attempts = config_.max_attempts},
                            static_cast<uint64_t>(sdk::MonotonicNs()));
  while (true) {
    Operation op{.name = "CompleteMultipartUpload", .method = "POST", .key = upload.put.key};
    op.query = {{"uploadId", upload.id}};
    op.headers["content-type"] = "application/xml";
    op.body = body;
    sdk::Co<Reply> sending = client_.Send(call, std::move(op));
    const Reply reply = co_await sending;
    Status status = reply.status;
    if (status.ok()) {
      ErrorAnswer error;
      StatusOr<std::string> etag = ParseCompleted(reply.answer.body, &error);
      if (!etag.ok() || error.code.empty()) co_return etag;
      // It began to answer before it knew that it would fail.
      HttpAnswer late;
      late.code = 500;
      status = StatusOf(late, error);
    }
    if (reply.error.code == "NoSuchUpload") {
      sdk::Co<StatusOr<std::string>> looking = IfMarked(call, upload.put, mark, status);
      co_return co_await looking;
    }
    if (!reply.status.ok()) co_return status;
    const std::optional<int64_t> wait_ms = backoff.Next(status, -1);
    if (!wait_ms.has_value()) co_return status;
    sdk::Pause pause(host_, call, *wait_ms);
    const Status waited = co_await pause;
    if (!waited.ok()) co_return waited;
  }
}

sdk::Detached Uploader::Abort(std::string key, std::string id) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold) co_return;
  sdk::OwnedCall call("kvasir");
  call.WithTimeoutMs(kAbortTimeoutMs);
  const sdk::Call bounded = call.call();
  Operation op{.name = "AbortMultipartUpload", .method = "DELETE", .key = key};
  op.query = {{"uploadId", std::move(id)}};
  sdk::Co<Reply> sending = client_.Send(bounded, std::move(op));
  const Reply reply = co_await sending;
  if (reply.status.ok() || reply.error.code == "NoSuchUpload") co_return;
  host_.log().Warn("an unfinished upload is left in the bucket",
                   {{"key", key}, {"error", reply.status.ToString()}});
}

}  // namespace kvs::storage::s3
