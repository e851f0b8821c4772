// SPDX-License-Identifier: Apache-2.0
// Answers of stores are read, and what is none is refused.
#include "answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errors.h"
#include "listing.h"
#include "xml.h"

namespace kvs::storage::s3 {
namespace {

std::string Listing(const std::string& inside) {
  return "<?xml version=\"1.0\"?><ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

std::string Contents(const std::string& key, const std::string& size = "1") {
  return "<Contents><Key>" + key + "</Key><Size>" + size +
         "</Size><LastModified>2009-10-12T17:50:30.000Z</LastModified></Contents>";
}

TEST(AnswersTest, KeysAndCommonPrefixesStandInOneOrder) {
  const auto list = ParseList(Listing(
      Contents("a-", "7") + Contents("a0") +
      "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes><IsTruncated>false</IsTruncated>"));

  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->entries.size(), 3u);
  EXPECT_EQ(list->entries[0].key, "a-");
  EXPECT_EQ(list->entries[0].size, 7u);
  EXPECT_EQ(list->entries[0].modified_ms, 1255369830000);
  EXPECT_EQ(list->entries[1].key, "a/");
  EXPECT_TRUE(list->entries[1].is_prefix);
  EXPECT_EQ(list->entries[2].key, "a0");
  EXPECT_FALSE(list->truncated);
}

TEST(AnswersTest, EscapedKeysAreUnescapedOnlyWhenTheAnswerSaysSo) {
  EXPECT_EQ(
      ParseList(Listing("<EncodingType>url</EncodingType>" + Contents("a%2Bb+c")))->entries[0].key,
      "a+b c");
  EXPECT_EQ(ParseList(Listing(Contents("a%2Bb+c&amp;d")))->entries[0].key, "a%2Bb+c&d");
}

TEST(AnswersTest, ATruncatedListingSaysWhereToGoOn) {
  const auto list = ParseList(Listing(
      Contents("a") +
      "<IsTruncated>true</IsTruncated><NextContinuationToken>t&lt;1</NextContinuationToken>"));

  EXPECT_TRUE(list->truncated);
  EXPECT_EQ(list->next_token, "t<1");
  EXPECT_EQ(ParseList(Listing("<IsTruncated>true</IsTruncated>")).status().code(),
            StatusCode::kDataLoss);
}

TEST(AnswersTest, WhatIsNoListingIsRefused) {
  for (const std::string& body :
       {std::string(), std::string("not XML"), std::string("<html><body>proxy</body></html>"),
        std::string("<ListBucketResult><Contents>"), Listing(Contents("a", "many")),
        Listing(Contents("a", "")), Listing(Contents("a", "-1"))}) {
    EXPECT_EQ(ParseList(body).status().code(), StatusCode::kDataLoss) << body;
  }
}

TEST(AnswersTest, NoDocumentTypeIsReadAndSoNoEntity) {
  const Status status = ParseXml("<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>").status();

  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("document type"), std::string::npos);
}

TEST(AnswersTest, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";

  EXPECT_EQ(ParseXml(deep).status().code(), StatusCode::kDataLoss);
}

TEST(AnswersTest, ErrorsOfBothServicesAreFound) {
  EXPECT_EQ(ParseError("<Error><Code>NoSuchKey</Code><Message>m</Message></Error>").code,
            "NoSuchKey");
  EXPECT_EQ(
      ParseError(
          "<ErrorResponse xmlns=\"x\"><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
          .code,
      "AccessDenied");
  EXPECT_EQ(ParseError("").code, "");
  EXPECT_EQ(ParseError("<html/>").code, "");
}

TEST(AnswersTest, ACompletionMayBeAnError) {
  ErrorAnswer error;
  EXPECT_EQ(*ParseCompleted("<CompleteMultipartUploadResult><ETag>&quot;ab-2&quot;</ETag></"
                            "CompleteMultipartUploadResult>",
                            &error),
            "ab-2");
  EXPECT_EQ(error.code, "");
  EXPECT_EQ(*ParseCompleted("<Error><Code>InternalError</Code></Error>", &error), "");
  EXPECT_EQ(error.code, "InternalError");
}

TEST(AnswersTest, TimesOfBothForms) {
  EXPECT_EQ(ParseIsoTime("2013-05-24T00:00:00.000Z"), 1369353600000);
  EXPECT_EQ(ParseHttpDate("Fri, 24 May 2013 00:00:00 GMT"), 1369353600000);
  EXPECT_EQ(ParseHttpDate("yesterday"), 0);
  EXPECT_EQ(ParseIsoTime(""), 0);
}

TEST(ErrorsTest, CodesHaveTheirMeaning) {
  struct Want {
    int http;
    const char* error;
    StatusCode code;
    bool retryable;
  };
  for (const Want& want :
       {Want{404, "NoSuchKey", StatusCode::kNotFound, false},
        Want{404, "", StatusCode::kNotFound, false},
        Want{404, "NoSuchBucket", StatusCode::kFailedPrecondition, false},
        Want{403, "AccessDenied", StatusCode::kPermissionDenied, false},
        Want{403, "", StatusCode::kPermissionDenied, false},
        Want{400, "ExpiredToken", StatusCode::kUnauthenticated, true},
        Want{400, "RequestTimeout", StatusCode::kUnavailable, true},
        Want{400, "InvalidArgument", StatusCode::kInvalidArgument, false},
        Want{503, "SlowDown", StatusCode::kUnavailable, true},
        Want{500, "", StatusCode::kUnavailable, true},
        Want{429, "", StatusCode::kUnavailable, true},
        Want{409, "ConditionalRequestConflict", StatusCode::kAborted, true},
        Want{403, "QuotaExceeded", StatusCode::kResourceExhausted, false},
        Want{501, "NotImplemented", StatusCode::kUnimplemented, false},
        Want{301, "PermanentRedirect", StatusCode::kFailedPrecondition, false}}) {
    HttpAnswer answer;
    answer.code = want.http;
    const Status status = StatusOf(answer, {want.error, ""});
    EXPECT_EQ(status.code(), want.code) << want.http << " " << want.error;
    EXPECT_EQ(status.retryable(), want.retryable) << want.http << " " << want.error;
  }
}

TEST(ErrorsTest, AStoreMaySayHowLongToWait) {
  HttpAnswer answer;
  answer.code = 503;
  answer.headers["retry-after"] = "7";

  EXPECT_EQ(StatusOf(answer, {}).retry_after_ms(), 7000u);
}

TEST(ErrorsTest, ARedirectNamesTheRegion) {
  HttpAnswer answer;
  answer.code = 301;
  answer.headers["x-amz-bucket-region"] = "eu-west-1";

  EXPECT_NE(StatusOf(answer, {}).message().find("eu-west-1"), std::string::npos);
}

std::vector<std::string> Keys(const ListPage& page) {
  std::vector<std::string> out;
  for (const auto& entry : page.entries) out.push_back(entry.key);
  return out;
}

std::string StartAfter(const ListRequest& request, const objstore::KeyPrefix& prefix) {
  for (const auto& [name, value] : ListQuery(request, prefix, "")) {
    if (name == "start-after") return value;
  }
  return "";
}

TEST(ListingTest, APageThatEndedWithACommonPrefixGoesOnBehindAllOfIt) {
  const objstore::KeyPrefix none;

  EXPECT_EQ(StartAfter({"", "f0/", "/", 0}, none), "f0/\xf4\x8f\xbf\xbf");
  EXPECT_EQ(StartAfter({"f0/", "f0/x", "/", 0}, none), "f0/x");
  EXPECT_EQ(StartAfter({"", "f0/x", "", 0}, none), "f0/x");
  EXPECT_EQ(StartAfter({"p/t/", "t/a/", "/", 0}, objstore::KeyPrefix("p")),
            "p/t/a/\xf4\x8f\xbf\xbf");
}

TEST(ListingTest, WhatWasSeenAndWhatIsNoKeyIsDropped) {
  ListAnswer answer;
  answer.entries = {{"p/a", 1, 0, false},
                    {"p/b/", 0, 0, false},
                    {"p/b/", 0, 0, true},
                    {"p/c", 1, 0, false},
                    {"q", 1, 0, false}};
  answer.truncated = true;

  const ListPage page = MakePage({"p/", "a", "/", 0}, objstore::KeyPrefix("p"), answer);

  EXPECT_THAT(Keys(page), ::testing::ElementsAre("b/", "c"));
  EXPECT_TRUE(page.entries[0].is_prefix);
  EXPECT_TRUE(page.more);
}

}  // namespace
}  // namespace kvs::storage::s3
