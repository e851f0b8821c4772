// SPDX-License-Identifier: Apache-2.0
// BucketUrl: where blocks lie that are in no local folder, as people write it.
//
//   s3://bucket/prefix?endpoint=minio:9000&insecure=true     file:///srv/bucket
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::tools {

struct BucketUrl {
  std::string plugin;                           ///< "storage.s3".
  std::map<std::string, std::string> settings;  ///< Of its component.

  /// Whether `text` is one, and no folder.
  static bool Is(std::string_view text);
  /// InvalidArgument names what is wrong.
  static StatusOr<BucketUrl> Parse(std::string_view text);
  /// A configuration with the store as the component `bucket`.
  std::string ToConfig() const;
};

}  // namespace kvs::tools
