// SPDX-License-Identifier: Apache-2.0
// What storage.s3 does when a store answers badly, late or not at all. Against a store that answers
// well, it runs the suite of its port: see tests/services.
#include "backend.h"

#include <atomic>
#include <deque>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/store_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::storage::s3 {
namespace {

using testkit::HttpStub;

const char* const kSecret = "the-secret-key";

class StorageS3Test : public ::testing::Test {
 protected:
  // The next answers, in order; then the last one for ever.
  void Answers(std::deque<HttpStub::Answer> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  HttpStub::Answer Next(const HttpStub::Request& request) {
    if (handler_) return handler_(request);
    const std::lock_guard lock(mutex_);
    HttpStub::Answer answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return answer;
  }
  testkit::StoreClient& Client() {
    if (store_ == nullptr) {
      store_ = std::make_unique<Backend>(host_.host(), config_);
      EXPECT_TRUE(testkit::StartComponent(*store_).ok());
      client_ = std::make_unique<testkit::StoreClient>(Ref());
    }
    return *client_;
  }
  sdk::StoreRef Ref() { return sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store_.get())); }
  void SetUp() override {
    config_.endpoint = "http://" + server_.address();
    config_.bucket_name = "bucket";
    config_.access_key_id = "id";
    config_.secret_access_key.value = kSecret;
    config_.min_backoff.ms = 1;
    config_.max_backoff.ms = 5;
    config_.max_attempts = 3;
  }
  void TearDown() override {
    if (store_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*store_).ok());
  }

  Config config_;
  std::mutex mutex_;
  std::deque<HttpStub::Answer> answers_{{.code = 200}};
  std::function<HttpStub::Answer(const HttpStub::Request&)> handler_;
  std::atomic<bool> hang_{true},
      arrived_{false};  // For handlers, which may outlive the test's body.
  testkit::TestHost host_{{.workers = 4}};
  HttpStub server_{[this](const HttpStub::Request& request) { return Next(request); }};
  std::unique_ptr<Backend> store_;
  std::unique_ptr<testkit::StoreClient> client_;
};

TEST_F(StorageS3Test, SendsSignedRequestsOnOneConnection) {
  Answers({{.code = 200, .body = "bytes"}});

  EXPECT_EQ(*Client().Get("a key/b"), "bytes");
  EXPECT_EQ(*Client().Get("a key/b"), "bytes");

  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].target, "/bucket/a%20key/b");
  EXPECT_THAT(requests[0].header("authorization"),
              ::testing::StartsWith("AWS4-HMAC-SHA256 Credential=id/"));
  EXPECT_THAT(requests[0].header("authorization"), ::testing::Not(::testing::HasSubstr(kSecret)));
  EXPECT_EQ(requests[0].header("host"), server_.address());
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(StorageS3Test, TriesAgainWhatMayPass) {
  Answers({{.code = 503, .body = "<Error><Code>SlowDown</Code></Error>"},
           {.code = 500},
           {.code = 200, .body = "x"}});

  EXPECT_EQ(*Client().Get("k"), "x");
  EXPECT_EQ(host_.metrics().Value("kvs_storage_s3_retries_total", {{"operation", "GetObject"}}), 2);
  EXPECT_EQ(host_.metrics().Value("kvs_storage_s3_requests_total", {{"status_code", "503"}}), 1);
}

TEST_F(StorageS3Test, AConnectionThatBreaksIsNoError) {
  Answers({{.hang_up = true}, {.code = 200, .body = "x"}});

  EXPECT_EQ(*Client().Get("k"), "x");
}

TEST_F(StorageS3Test, GivesUpAfterTheLastAttempt) {
  Answers({{.code = 500}});

  const Status status = Client().Get("k").status();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(status.retryable());
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(StorageS3Test, DoesNotRepeatWhatCannotPass) {
  Answers({{.code = 403,
            .body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>"}});

  const Status status = Client().Get("k").status();

  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("secret_access_key is wrong"));
  EXPECT_THAT(status.message(), ::testing::Not(::testing::HasSubstr(kSecret)));
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(StorageS3Test, AnAnswerThatBreaksOffIsReadAgain) {
  Answers({{.code = 200, .body = "half", .content_length = 8}, {.code = 200, .body = "complete"}});

  EXPECT_EQ(*Client().Get("k"), "complete");
}

TEST_F(StorageS3Test, ARangeOfOtherBytesIsRefused) {
  Answers({{.code = 206, .headers = {{"Content-Range", "bytes 0-3/10"}}, .body = "0123"}});

  EXPECT_EQ(Client().Get("k", 4, 4).status().code(), StatusCode::kDataLoss);
}

TEST_F(StorageS3Test, AStoreThatIgnoresRangesIsNotBelieved) {
  Answers({{.code = 200, .body = "0123456789"}});

  EXPECT_EQ(Client().Get("k", 4, 4).status().code(), StatusCode::kUnimplemented);
}

TEST_F(StorageS3Test, ABodyBeyondWhatWasAskedForIsNotRead) {
  handler_ = [](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 206,
                            .headers = {{"Content-Range", "bytes 0-3/10"}},
                            .body = std::string(4 << 20, 'x')};
  };

  EXPECT_EQ(Client().Get("k", 0, 4).status().code(), StatusCode::kDataLoss);
}

TEST_F(StorageS3Test, ACallEndsWithItsDeadline) {
  handler_ = [&](const HttpStub::Request&) {
    while (hang_) std::this_thread::yield();
    return HttpStub::Answer{.code = 200};
  };
  config_.request_timeout.ms = 50;

  EXPECT_EQ(Client().Get("k").status().code(), StatusCode::kDeadlineExceeded);
  hang_ = false;
}

TEST_F(StorageS3Test, ACallEndsWhenItsCallerGoesAway) {
  handler_ = [&](const HttpStub::Request&) {
    arrived_ = true;
    while (hang_) std::this_thread::yield();
    return HttpStub::Answer{.code = 200};
  };
  Client();
  sdk::CancelSource cancel;
  const sdk::OwnedCall call("test", cancel.raw());
  auto in = sdk::Record<kvs_object_get_t>();
  in.key = sdk::Str("k");
  sdk::Owned<kvs_object_data_t> out;
  std::atomic<int> code{-1};
  sdk::Start(Ref().get(), call, &in, out.out(),
             [&](const Status& status) { code = static_cast<int>(status.code()); });
  while (!arrived_) std::this_thread::yield();

  cancel.Cancel();
  while (code < 0) std::this_thread::yield();

  EXPECT_EQ(code, static_cast<int>(StatusCode::kCancelled));
  hang_ = false;
}

TEST_F(StorageS3Test, StopEndsWhatIsUnderWay) {
  handler_ = [&](const HttpStub::Request&) {
    arrived_ = true;
    while (hang_) std::this_thread::yield();
    return HttpStub::Answer{.code = 200};
  };
  Client();
  std::thread reader(
      [&] { EXPECT_EQ(Client().Get("k").status().code(), StatusCode::kUnavailable); });
  while (!arrived_) std::this_thread::yield();

  EXPECT_TRUE(testkit::StopComponent(*store_).ok());
  reader.join();
  EXPECT_EQ(Client().Get("k").status().code(), StatusCode::kUnavailable);
  store_.reset();
  hang_ = false;
}

TEST_F(StorageS3Test, APutWhoseAnswerWasLostRecognisesItself) {
  std::string mark;
  handler_ = [&](const HttpStub::Request& request) -> HttpStub::Answer {
    const std::lock_guard lock(mutex_);
    if (request.method == "HEAD")
      return {.code = 200, .headers = {{"ETag", "\"e\""}, {"x-amz-meta-kvasir-put", mark}}};
    if (!mark.empty()) return {.code = 412};
    mark = request.header("x-amz-meta-kvasir-put");
    return {.hang_up = true};
  };

  const auto put = Client().Put("k", "x", KVS_PUT_IF_ABSENT);

  ASSERT_TRUE(put.ok()) << put.status().ToString();
  EXPECT_EQ(put->etag, "e");
  EXPECT_EQ(server_.requests()[0].header("if-none-match"), "*");
}

TEST_F(StorageS3Test, APutWhoseAnswerWasLostDoesNotClaimWhatOthersWrote) {
  std::atomic<int> puts{0};
  handler_ = [&](const HttpStub::Request& request) -> HttpStub::Answer {
    if (request.method == "HEAD")
      return {.code = 200, .headers = {{"x-amz-meta-kvasir-put", "another"}}};
    if (++puts == 1) return {.code = 500};
    return {.code = 412};
  };

  EXPECT_EQ(Client().Put("k", "x", KVS_PUT_IF_ABSENT).status().code(), StatusCode::kAlreadyExists);
}

TEST_F(StorageS3Test, ConditionsHaveTheirCodes) {
  Answers({{.code = 412}});
  EXPECT_EQ(Client().Put("k", "x", KVS_PUT_IF_ABSENT).status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Client().Put("k", "x", KVS_PUT_IF_ETAG, "e").status().code(), StatusCode::kAborted);
  Answers({{.code = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"}});
  EXPECT_EQ(Client().Put("k", "x", KVS_PUT_IF_ETAG, "e").status().code(), StatusCode::kAborted);
  Answers({{.code = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"}});
  EXPECT_EQ(Client().Put("k", "x", KVS_PUT_IF_ETAG, "e").status().code(),
            StatusCode::kFailedPrecondition);
}

// A store that takes uploads in parts.
class PartsTest : public StorageS3Test {
 protected:
  void SetUp() override {
    StorageS3Test::SetUp();
    config_.part_size.bytes = 5 << 20;
    handler_ = [this](const HttpStub::Request& request) -> HttpStub::Answer {
      const std::lock_guard lock(mutex_);
      if (request.query() == "uploads=")
        return {.body =
                    "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></"
                    "InitiateMultipartUploadResult>"};
      if (request.method == "DELETE") {
        ++aborts_;
        return {.code = 204};
      }
      if (request.method == "PUT") {
        if (request.query().find("partNumber=2&") != std::string::npos && bad_part_code_ != 0)
          return {.code = bad_part_code_};
        sent_ += request.body.size();
        return {.headers = {{"ETag", "\"p\""}}};
      }
      if (request.method == "HEAD")
        return {.headers = {{"ETag", "\"p-3\""}, {"x-amz-meta-kvasir-put", mark_}}};
      return complete_(request);
    };
  }
  void WaitForAbort() {
    while (true) {
      const std::lock_guard lock(mutex_);
      if (aborts_ > 0) return;
    }
  }
  const std::string large_ = std::string(11 << 20, 'x');
  int bad_part_code_ = 0, aborts_ = 0;
  size_t sent_ = 0;
  std::string mark_;
  std::function<HttpStub::Answer(const HttpStub::Request&)> complete_ =
      [](const HttpStub::Request&) -> HttpStub::Answer {
    return {
        .body =
            "<CompleteMultipartUploadResult><ETag>\"p-3\"</ETag></CompleteMultipartUploadResult>"};
  };
};

TEST_F(PartsTest, ALargeObjectGoesInParts) {
  const auto put = Client().Put("k", large_);

  ASSERT_TRUE(put.ok()) << put.status().ToString();
  EXPECT_EQ(put->etag, "p-3");
  EXPECT_EQ(put->size, large_.size());
  EXPECT_EQ(sent_, large_.size());
  EXPECT_EQ(server_.requests().back().query(), "uploadId=u%2F1");
  EXPECT_THAT(server_.requests().back().body,
              ::testing::HasSubstr("<Part><PartNumber>3</PartNumber><ETag>\"p\"</ETag></Part>"));
  EXPECT_EQ(aborts_, 0);
}

TEST_F(PartsTest, AFailedPartAbortsTheUpload) {
  bad_part_code_ = 403;

  EXPECT_EQ(Client().Put("k", large_).status().code(), StatusCode::kPermissionDenied);
  WaitForAbort();
}

TEST_F(PartsTest, AnErrorInsideACompletionIsOne) {
  complete_ = [](const HttpStub::Request&) -> HttpStub::Answer {
    return {.body = "<Error><Code>EntityTooSmall</Code></Error>"};
  };
  config_.max_attempts = 1;

  EXPECT_FALSE(Client().Put("k", large_).ok());
  WaitForAbort();
}

TEST_F(PartsTest, ACompletionWhoseAnswerWasLostRecognisesItself) {
  int completions = 0;
  complete_ = [&](const HttpStub::Request&) -> HttpStub::Answer {
    if (++completions == 1) {
      for (const auto& request : server_.requests()) {
        if (request.query() == "uploads=") mark_ = request.header("x-amz-meta-kvasir-put");
      }
      return {.hang_up = true};
    }
    return {.code = 404, .body = "<Error><Code>NoSuchUpload</Code></Error>"};
  };

  const auto put = Client().Put("k", large_);

  ASSERT_TRUE(put.ok()) << put.status().ToString();
  EXPECT_EQ(put->etag, "p-3");
}

TEST_F(PartsTest, WithAConditionAnObjectIsNeverWrittenInParts) {
  ASSERT_TRUE(Client().Put("k", large_, KVS_PUT_IF_ABSENT).ok());

  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests()[0].body.size(), large_.size());
}

TEST_F(StorageS3Test, HeadersOfObjectsFollowTheConfiguration) {
  config_.storage_class = "STANDARD_IA";
  config_.sse_type = "SSE-KMS";
  config_.sse_kms_key_id = "key-1";
  config_.sse_kms_encryption_context = "{}";
  config_.send_content_md5 = true;

  ASSERT_TRUE(Client().Put("k", "").ok());

  const auto request = server_.requests()[0];
  EXPECT_EQ(request.header("x-amz-storage-class"), "STANDARD_IA");
  EXPECT_EQ(request.header("x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(request.header("x-amz-server-side-encryption-aws-kms-key-id"), "key-1");
  EXPECT_EQ(request.header("x-amz-server-side-encryption-context"), "e30=");
  EXPECT_EQ(request.header("content-md5"), "1B2M2Y8AsgTpgAmY7PhCfg==");
}

TEST_F(StorageS3Test, AnEmptyPageOfOtherKeysIsNotTheEnd) {
  Answers({{.body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t+1</"
                    "NextContinuationToken><Contents><Key>folder/</Key><Size>0</Size></Contents></"
                    "ListBucketResult>"},
           {.body = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</"
                    "Key><Size>3</Size></Contents></ListBucketResult>"}});

  const auto page = Client().List("");

  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->keys(), ::testing::ElementsAre("k"));
  EXPECT_EQ(server_.requests()[1].query(),
            "continuation-token=t%2B1&encoding-type=url&list-type=2&max-keys=1000");
}

TEST_F(StorageS3Test, KeysStandBelowThePrefix) {
  config_.storage_prefix = "/team/";

  ASSERT_TRUE(Client().Put("k", "x").ok());

  EXPECT_EQ(server_.requests()[0].target, "/bucket/team/k");
  EXPECT_EQ(Client().Put(std::string(1024, 'k'), "x").status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(StorageS3Test, RemovingWhatIsNotThereSucceeds) {
  Answers({{.code = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"}});
  EXPECT_TRUE(Client().Remove("k").ok());
  Answers({{.code = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"}});
  EXPECT_EQ(Client().Remove("k").code(), StatusCode::kFailedPrecondition);
}

TEST_F(StorageS3Test, SecretsAreNotLogged) {
  Answers({{.code = 403}});
  IgnoreError(Client().Get("k").status(), "what is logged counts");

  for (const auto& line : host_.logs()) {
    for (const auto& [name, value] : line.pairs) EXPECT_EQ(value.find(kSecret), std::string::npos);
  }
}

TEST_F(StorageS3Test, WhereNobodyListensTheStoreIsUnavailable) {
  {
    HttpStub gone([](const HttpStub::Request&) { return HttpStub::Answer(); });
    config_.endpoint = "http://" + gone.address();
  }

  const Status status = Client().Get("k").status();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
}

TEST_F(StorageS3Test, ManyCallsAtOnceAllEnd) {
  handler_ = [](const HttpStub::Request& request) -> HttpStub::Answer {
    return {.body = request.path()};
  };
  config_.max_connections = 4;
  Client();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(*Client().Get(StrCat("k", t, "-", i)), StrCat("/bucket/k", t, "-", i));
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_LE(server_.connections(), 4);
}

}  // namespace
}  // namespace kvs::storage::s3
