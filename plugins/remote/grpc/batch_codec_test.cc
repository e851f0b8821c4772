// SPDX-License-Identifier: Apache-2.0
// Batches of queries over the wire: each query keeps its own end, and no damaged message does harm.
#include "batch_codec.h"

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"

namespace kvs::remote::grpc {
namespace {

std::string AskedMessage() {
  std::vector<kvs_query_t> queries(3, sdk::Record<kvs_query_t>());
  std::vector<const kvs_query_t*> pointers;
  const char* const texts[] = {"one", "bad", "two"};
  for (size_t i = 0; i < 3; ++i) {
    queries[i].text = sdk::Str(texts[i]);
    queries[i].start_ms = 100 + static_cast<int64_t>(i);
    pointers.push_back(&queries[i]);
  }
  auto batch = sdk::Record<kvs_query_batch_t>();
  batch.max_parallel = 4;
  batch.timeout_ms = 70;
  batch.queries = pointers.data();
  batch.n_queries = 3;
  return EncodeQueryBatch(batch);
}

// "one", an error, "two".
std::string AnsweredMessage() {
  sdk::QueryAnswers answers(3);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    kvs_query_answer_t& answer = answers.out()->answers[i];
    auto kept = std::make_unique<std::string>(i == 0 ? "one" : "two");
    answer.result->value_type = KVS_VALUE_STRING;
    answer.result->text = sdk::Str(*kept);
    sdk::HandOut(*answer.result, std::move(kept));
    answer.wall_ns = 7;
    answer.code = KVS_OK;
  }
  kvs_query_answer_t& bad = answers.out()->answers[1];
  bad.code = sdk::Export(
      ResourceExhausted("slow down").WithReason("test-slow").WithRetryAfterMs(1500), bad.error);
  return EncodeQueryAnswers(answers);
}

TEST(BatchCodecTest, ABatchComesBack) {
  const std::string message = AskedMessage();
  DecodedBatch out;

  ASSERT_TRUE(DecodeQueryBatch(message, &out).ok());

  EXPECT_EQ(out.value.max_parallel, 4u);
  EXPECT_EQ(out.value.timeout_ms, 70);
  ASSERT_EQ(out.value.n_queries, 3u);
  EXPECT_EQ(sdk::View(out.value.queries[2]->text), "two");
  EXPECT_EQ(out.value.queries[2]->start_ms, 102);
}

TEST(BatchCodecTest, EachAnswerKeepsItsEnd) {
  sdk::QueryAnswers out(3);

  ASSERT_TRUE(DecodeQueryAnswers(AnsweredMessage(), out.out()).ok());

  EXPECT_TRUE(out.TakeStatus(0).ok());
  EXPECT_EQ(sdk::View(out.result(0).text), "one");
  EXPECT_EQ(out.wall_ns(0), 7);
  const Status bad = out.TakeStatus(1);
  EXPECT_EQ(bad.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(bad.message(), "slow down");
  EXPECT_EQ(bad.reason(), "test-slow");
  EXPECT_EQ(bad.retry_after_ms(), 1500u);
  EXPECT_TRUE(out.TakeStatus(2).ok());
  EXPECT_EQ(sdk::View(out.result(2).text), "two");
}

TEST(BatchCodecTest, AnswersToAnotherQuestionAreDataLoss) {
  sdk::QueryAnswers out(2);

  EXPECT_EQ(DecodeQueryAnswers(AnsweredMessage(), out.out()).code(), StatusCode::kDataLoss);
  EXPECT_EQ(out.out()->answers[0].code, KVS_UNKNOWN);
}

TEST(BatchCodecTest, AnswersThatWereCutOffAreDataLoss) {
  sdk::QueryAnswers out(3);

  ASSERT_TRUE(DecodeQueryAnswers(AnsweredMessage().substr(0, sizeof(uint64_t)), out.out()).ok());

  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(out.TakeStatus(i).code(), StatusCode::kDataLoss) << i;
}

TEST(BatchCodecTest, DamagedMessagesAreErrorsOrHarmless) {
  const std::string asked = AskedMessage(), answered = AnsweredMessage();
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = round % 2 == 0 ? asked : answered;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 3 == 0) damaged.resize(random() % damaged.size());
    DecodedBatch batch;
    if (DecodeQueryBatch(damaged, &batch).ok()) {
      for (const kvs_query_t& query : batch.queries) EXPECT_LE(query.text.size, damaged.size());
    }
    sdk::QueryAnswers out(3);
    if (!DecodeQueryAnswers(damaged, out.out()).ok()) continue;
    for (size_t i = 0; i < 3; ++i) {
      if (!out.TakeStatus(i).ok()) continue;
      EXPECT_LE(out.result(i).text.size, damaged.size());
    }
  }
}

}  // namespace
}  // namespace kvs::remote::grpc
