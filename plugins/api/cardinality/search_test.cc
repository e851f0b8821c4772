// SPDX-License-Identifier: Apache-2.0
#include "search.h"

#include <gtest/gtest.h>

namespace kvs::api::cardinality {
namespace {

TEST(SearchTest, TheCloserTheHigher) {
  EXPECT_EQ(ScoreOf("http_requests_total", "HTTP_requests_total"), 1);
  const double begins = ScoreOf("http_requests_total", "http");
  const double word = ScoreOf("http_requests_total", "requests");
  const double inside = ScoreOf("http_requests_total", "ttp_");
  const double letters = ScoreOf("http_requests_total", "hrt");
  EXPECT_GT(begins, word);
  EXPECT_GT(word, inside);
  EXPECT_GT(inside, letters);
  EXPECT_GT(letters, 0);
}

TEST(SearchTest, WhatDoesNotFitIsNothing) {
  EXPECT_EQ(ScoreOf("up", "down"), 0);
  EXPECT_EQ(ScoreOf("up", "pu"), 0);
  EXPECT_EQ(ScoreOf("up", ""), 1);
}

}  // namespace
}  // namespace kvs::api::cardinality
