// SPDX-License-Identifier: Apache-2.0
// Errors across the C interface: what a callee made is given back, whatever it returned.
#include "kvs/sdk/status.h"

#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::sdk {
namespace {

class ForeignError {
 public:
  explicit ForeignError(kvs_status_t code) {
    raw_.code = code;
    raw_.message = Str("no room");
    raw_.producer = this;
    raw_.release = [](kvs_error_t* self) noexcept {
      ++static_cast<ForeignError*>(self->producer)->released;
      self->release = nullptr;
    };
  }
  kvs_error_t* raw() { return &raw_; }
  int released = 0;

 private:
  kvs_error_t raw_ = Record<kvs_error_t>();
};

constexpr auto kExhausted = static_cast<kvs_status_t>(StatusCode::kResourceExhausted);
constexpr auto kInternal = static_cast<kvs_status_t>(StatusCode::kInternal);

TEST(ImportTest, AnErrorIsCopiedAndReleased) {
  ForeignError error(kExhausted);
  EXPECT_EQ(Import(kExhausted, error.raw()).message(), "no room");
  EXPECT_EQ(error.released, 1);
}

TEST(ImportTest, AnErrorOfAnotherCodeIsReleasedToo) {
  ForeignError error(kExhausted);
  const Status status = Import(kInternal, error.raw());
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_NE(status.message(), "no room") << "it is of something else";
  EXPECT_EQ(error.released, 1);
}

TEST(ImportTest, AnErrorBesideASuccessIsReleasedToo) {
  ForeignError error(kExhausted);
  EXPECT_TRUE(Import(KVS_OK, error.raw()).ok());
  EXPECT_EQ(error.released, 1);
}

TEST(ImportTest, WithoutARecordTheCodeIsTheError) {
  EXPECT_EQ(Import(kExhausted, nullptr).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace kvs::sdk
