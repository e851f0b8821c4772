// SPDX-License-Identifier: Apache-2.0
// A small XML document as a tree: what S3 and STS answer. Namespaces, attributes and comments are
// dropped; a document type, which no honest answer has, is refused, so no entity is ever expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::storage::s3 {

struct XmlElement {
  std::string name;
  std::string text;  ///< all of the element's own, in one
  std::vector<XmlElement> children;

  /// The first child of that name; null when there is none.
  const XmlElement* Find(std::string_view child) const;
  /// Its text; empty when there is none.
  std::string_view Text(std::string_view child) const;
};

inline constexpr size_t kXmlDepthMax = 16;
inline constexpr size_t kXmlBytesMax = size_t{32} << 20;

/// The root. DataLoss for what is not well formed, nested deeper than kXmlDepthMax or longer than
/// kXmlBytesMax. [any]
StatusOr<XmlElement> ParseXml(std::string_view text);

}  // namespace kvs::storage::s3
