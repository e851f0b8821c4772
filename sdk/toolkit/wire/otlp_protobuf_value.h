// SPDX-License-Identifier: Apache-2.0
// Attributes of OTLP, from protobuf.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/wire/otlp.h"
#include "kvs/wire/protobuf.h"

namespace kvs::wire::otlp {

/// Reads KeyValue messages. Texts are borrowed; other values become text in the arena.
class AttributeReader {
 public:
  explicit AttributeReader(model::ByteArena* arena) : arena_(*arena) {}

  /// Appends the attribute that is the field at hand. False on damage, which `in` then has.
  bool Read(ProtoReader& in, ProtoTag tag, std::vector<Attribute>* to);

 private:
  bool ReadValue(ProtoReader& in, std::string_view* out);
  bool AppendValue(ProtoReader& in, ProtoTag tag, int depth, std::string* out);
  bool AppendInner(ProtoReader& in, int depth, std::string* out);
  bool AppendList(ProtoReader& in, ProtoTag tag, int depth, std::string* out);
  bool AppendMap(ProtoReader& in, ProtoTag tag, int depth, std::string* out);

  model::ByteArena& arena_;
  std::string text_;
  bool unsupported_ = false;  // The value under way has a number that JSON has no text for.
};

}  // namespace kvs::wire::otlp
