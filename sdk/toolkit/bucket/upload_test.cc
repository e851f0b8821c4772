// SPDX-License-Identifier: Apache-2.0
// validation.json, as Mimir writes it.
#include "kvs/bucket/upload.h"

#include <gtest/gtest.h>

namespace kvs::bucket {
namespace {

TEST(UploadTest, AValidationIsWrittenAsItIsRead) {
  const UploadValidation failed{1700000000000, "index: no magic"};

  EXPECT_EQ(FormatUploadValidation(failed),
            R"({"LastUpdate":1700000000000,"Error":"index: no magic"})");
  EXPECT_EQ(ParseUploadValidation(FormatUploadValidation(failed)).value(), failed);
}

TEST(UploadTest, WhatIsNoValidationIsAnError) {
  EXPECT_EQ(ParseUploadValidation("[]").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseUploadValidation(R"({"LastUpdate":"x"})").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kvs::bucket
