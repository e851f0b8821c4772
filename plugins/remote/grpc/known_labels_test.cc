// SPDX-License-Identifier: Apache-2.0
#include "known_labels.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::remote::grpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What was found of some keys, and what keeps it.
struct Found {
  std::string text(size_t i) const {
    return {reinterpret_cast<const char*>(labels[i].data), static_cast<size_t>(labels[i].size)};
  }
  std::vector<model::Key128> keys;
  std::vector<model::BytesRef> labels;
  KnownLabels::Lease lease;
  std::vector<uint32_t> missing;
};

Found Find(const KnownLabels& known, std::string_view tenant,
           const std::vector<model::Key128>& keys) {
  Found found;
  found.keys = keys;
  found.labels.resize(keys.size());
  known.Find(tenant, found.keys, found.labels, &found.lease, &found.missing);
  return found;
}

void Learn(KnownLabels& known, std::string_view tenant, model::Key128 key, std::string_view text) {
  const uint32_t row = 0;
  const model::BytesRef labels{reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  known.Learn(tenant, {&row, 1}, {&key, 1}, {&labels, 1});
}

model::Key128 KeyOf(uint64_t i) {
  return {i * 0x9e3779b97f4a7c15, i};
}

TEST(KnownLabelsTest, WhatWasToldIsKnown) {
  KnownLabels known(1 << 20);
  Learn(known, "a", {1, 2}, "one");
  Learn(known, "a", {3, 4}, "");

  const Found found = Find(known, "a", {{3, 4}, {5, 6}, {1, 2}});

  EXPECT_THAT(found.missing, ElementsAre(1));
  EXPECT_EQ(found.text(2), "one");
  EXPECT_NE(found.labels[0].data, nullptr);
  EXPECT_EQ(found.labels[0].size, 0u);
}

TEST(KnownLabelsTest, AnotherTenantsKeysAreNotKnown) {
  KnownLabels known(1 << 20);
  Learn(known, "a", {1, 2}, "one");

  EXPECT_THAT(Find(known, "b", {{1, 2}}).missing, ElementsAre(0));
}

TEST(KnownLabelsTest, SeriesThatAreNotKnownButHaveLabelsAreNotMissing) {
  KnownLabels known(1 << 20);
  const uint8_t text = 'x';
  Found found;
  found.keys = {{1, 2}};
  found.labels = {{&text, 1}};

  known.Find("a", found.keys, found.labels, &found.lease, &found.missing);

  EXPECT_THAT(found.missing, IsEmpty());
  EXPECT_EQ(found.labels[0].data, &text);
  EXPECT_EQ(found.keys[0], (model::Key128{1, 2}));
}

TEST(KnownLabelsTest, EqualLabelsHaveOneKeyWhoeverToldThem) {
  KnownLabels known(1 << 20);
  Learn(known, "a", {1, 2}, "one");
  Learn(known, "a", {3, 4}, "");
  Learn(known, "a", {5, 6}, "two");
  Learn(known, "a", {7, 8}, "one");
  Learn(known, "b", {1, 2}, "one");

  const std::vector<model::Key128> keys = Find(known, "a", {{1, 2}, {3, 4}, {5, 6}, {7, 8}}).keys;

  EXPECT_EQ(keys[0], keys[3]);
  EXPECT_NE(keys[0], keys[1]);
  EXPECT_NE(keys[0], keys[2]);
  EXPECT_NE(keys[1], keys[2]);
  EXPECT_NE(keys[0], Find(known, "b", {{1, 2}}).keys[0]);
}

TEST(KnownLabelsTest, EqualLabelsOfSeveralKeysLieThereOnce) {
  KnownLabels known(1 << 20);
  for (uint64_t i = 1; i <= 10; ++i) Learn(known, "a", KeyOf(i), std::string(100, 'x'));

  EXPECT_EQ(known.bytes(), 116u);
  EXPECT_THAT(Find(known, "a", {KeyOf(1), KeyOf(10)}).missing, IsEmpty());
}

// In 64 slabs of 1,000 bytes.
TEST(KnownLabelsTest, TheOldestAreForgottenFirstAndCanBeToldAgain) {
  KnownLabels known(64'000);
  const auto text_of = [](uint64_t i) { return StrCat(i, std::string(500, 'x')).substr(0, 484); };
  for (uint64_t i = 0; i < 200; ++i) Learn(known, "a", KeyOf(i), text_of(i));

  EXPECT_EQ(known.bytes(), 64'000u);
  EXPECT_THAT(Find(known, "a", {KeyOf(0), KeyOf(71), KeyOf(72), KeyOf(199)}).missing,
              ElementsAre(0, 1));

  const model::Key128 key = Find(known, "a", {KeyOf(72)}).keys[0];
  for (const uint64_t i : {0, 72})
    Learn(known, "a", KeyOf(i), text_of(i));  // In place of 72 and 73.
  const Found found = Find(known, "a", {KeyOf(0), KeyOf(73), KeyOf(72), KeyOf(74)});
  EXPECT_THAT(found.missing, ElementsAre(1));
  EXPECT_EQ(found.text(0), text_of(0));
  EXPECT_EQ(found.text(3), text_of(74));
  EXPECT_EQ(found.keys[2], key);
}

TEST(KnownLabelsTest, WhatIsForgottenStaysWithWhoeverHoldsIt) {
  KnownLabels known(64 * 100);
  Learn(known, "a", KeyOf(0), "held");
  const Found found = Find(known, "a", {KeyOf(0)});

  for (uint64_t i = 1; i < 1000; ++i) Learn(known, "a", KeyOf(i), StrCat(i, std::string(70, 'x')));

  EXPECT_THAT(Find(known, "a", {KeyOf(0)}).missing, ElementsAre(0));
  EXPECT_EQ(found.text(0), "held");
}

TEST(KnownLabelsTest, LabelsLongerThanASlabAreNotKept) {
  KnownLabels known(64 * 100);
  Learn(known, "a", KeyOf(1), std::string(85, 'x'));
  Learn(known, "a", KeyOf(2), std::string(84, 'x'));

  EXPECT_THAT(Find(known, "a", {KeyOf(1), KeyOf(2)}).missing, ElementsAre(0));
}

TEST(KnownLabelsTest, ManyAreFoundWhileOthersAreTold) {
  constexpr uint64_t kSeries = 20'000;
  KnownLabels known(1 << 22);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 2; ++t) {
    threads.emplace_back([&known, t] {
      for (uint64_t i = t; i < kSeries; i += 2) Learn(known, "a", KeyOf(i), StrCat("series ", i));
    });
  }
  for (uint64_t i = 0; i < kSeries; ++i) {
    const Found found = Find(known, "a", {KeyOf(i)});
    if (!found.missing.empty()) continue;
    EXPECT_EQ(found.text(0), StrCat("series ", i));
  }
  for (std::thread& thread : threads) thread.join();

  for (uint64_t i = 0; i < kSeries; ++i)
    ASSERT_EQ(Find(known, "a", {KeyOf(i)}).text(0), StrCat("series ", i));
}

}  // namespace
}  // namespace kvs::remote::grpc
