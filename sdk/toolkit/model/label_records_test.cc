// SPDX-License-Identifier: Apache-2.0
#include "kvs/model/label_records.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/model/label_cursor.h"

namespace kvs::model {
namespace {

// Sizes at which a length takes another byte.
TEST(LabelRecordsTest, ACursorReadsWhatWasAppendedAndSizesAreTrue) {
  const std::vector<size_t> sizes{0, 1, 61, 62, 63, 123, 124, 127, 128, 16'379, 16'383, 16'384};
  std::string records;
  size_t expected = 0;
  for (const size_t size : sizes) {
    const std::string name(size / 2, 'n'), value(size - size / 2, 'v');
    AppendLabelRecord(name, value, records);
    expected += LabelRecordSize(name, value);
    EXPECT_EQ(records.size(), expected) << size;
  }

  LabelCursor cursor({reinterpret_cast<const uint8_t*>(records.data()), records.size()});
  LabelView label;
  for (const size_t size : sizes) {
    ASSERT_TRUE(cursor.Next(&label)) << size;
    EXPECT_EQ(label.name, std::string(size / 2, 'n'));
    EXPECT_EQ(label.value, std::string(size - size / 2, 'v'));
  }
  EXPECT_FALSE(cursor.Next(&label));
  EXPECT_FALSE(cursor.damaged());
}

}  // namespace
}  // namespace kvs::model
