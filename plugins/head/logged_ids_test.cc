// SPDX-License-Identifier: Apache-2.0
#include "logged_ids.h"

#include <gtest/gtest.h>

namespace kvs::head {
namespace {

TEST(LoggedIdsTest, FindsWhatWasSetAndNothingElse) {
  LoggedIds ids;
  EXPECT_EQ(ids.Find(0), LoggedIds::kNone);
  EXPECT_EQ(ids.Find(LoggedIds::kMax - 1), LoggedIds::kNone);

  ids.Set(5, 50);
  ids.Set(LoggedIds::kMax - 1, 7);
  ids.Set(5, 51);

  EXPECT_EQ(ids.Find(5), 51u);
  EXPECT_EQ(ids.Find(4), LoggedIds::kNone);
  EXPECT_EQ(ids.Find(LoggedIds::kMax - 1), 7u);
  EXPECT_EQ(ids.Find(LoggedIds::kMax / 2), LoggedIds::kNone);
  EXPECT_EQ(ids.Find(~uint64_t{0}), LoggedIds::kNone);
}

}  // namespace
}  // namespace kvs::head
