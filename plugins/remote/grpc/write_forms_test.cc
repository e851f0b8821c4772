// SPDX-License-Identifier: Apache-2.0
#include "write_forms.h"

#include <gtest/gtest.h>

namespace kvs::remote::grpc {
namespace {

using Form = WriteForms::Form;
constexpr int64_t kSecond = 1'000'000'000;

TEST(WriteFormsTest, KeysAreTriedFirst) {
  WriteForms forms;

  EXPECT_EQ(forms.Next(kSecond), Form::kKeys);
}

TEST(WriteFormsTest, APeerThatKnowsFewIsToldForAWhile) {
  WriteForms forms;

  forms.Asked(51, 100);

  for (int i = 0; i < 15; ++i) EXPECT_EQ(forms.Next(kSecond), Form::kTold) << i;
  EXPECT_EQ(forms.Next(kSecond), Form::kKeys);
}

TEST(WriteFormsTest, APeerThatKnowsMostIsAskedOn) {
  WriteForms forms;

  forms.Asked(50, 100);

  EXPECT_EQ(forms.Next(kSecond), Form::kKeys);
}

TEST(WriteFormsTest, APeerThatUnderstandsNoKeysIsTriedAgainAfterAMinute) {
  WriteForms forms;

  forms.Refused(kSecond);

  EXPECT_EQ(forms.Next(kSecond), Form::kFull);
  EXPECT_EQ(forms.Next(60 * kSecond), Form::kFull);
  EXPECT_EQ(forms.Next(61 * kSecond), Form::kKeys);
}

}  // namespace
}  // namespace kvs::remote::grpc
