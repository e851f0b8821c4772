// SPDX-License-Identifier: Apache-2.0
#include "otlp_protobuf_value.h"

#include <utility>

#include "kvs/http/json.h"
#include "kvs/wire/protobuf_fields.h"

#include "otlp_value.h"

namespace kvs::wire::otlp {
namespace {

constexpr const char* kTooDeep = "value is nested too deeply";

std::string_view Text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Key and a short text value, in the order and with the lengths that exporters write.
bool TakeUsualAttribute(std::span<const uint8_t> in, Attribute* out) {
  if (in.size() < 6 || in[0] != 0x0a || in[1] > 0x7f) return false;
  const size_t key = in[1];
  if (in.size() < 6 + key || in[2 + key] != 0x12) return false;
  const size_t value = in[3 + key];
  if (value < 2 || value > 0x7f || in.size() != 4 + key + value) return false;
  if (in[4 + key] != 0x0a || in[5 + key] != value - 2) return false;
  *out = {Text(in.subspan(2, key)), Text(in.subspan(6 + key))};
  return true;
}

}  // namespace

bool AttributeReader::Read(ProtoReader& in, ProtoTag tag, std::vector<Attribute>* to) {
  return Inside(in, tag, [&](ProtoReader& message) {
    Attribute attribute;
    const bool ok = TakeUsualAttribute(message.rest(), &attribute) ||
                    EachField(message, [&](ProtoReader& m, ProtoTag t) {
                      if (t.field == 1) return ReadText(m, t, &attribute.name);
                      if (t.field != 2) return m.Skip(t);
                      return Inside(m, t, [&](ProtoReader& value) {
                        return ReadValue(value, &attribute.value);
                      });
                    });
    if (ok) to->push_back(attribute);
    return ok;
  });
}

// A value at the top: texts stay where they are.
bool AttributeReader::ReadValue(ProtoReader& in, std::string_view* out) {
  return EachField(in, [&](ProtoReader& m, ProtoTag t) {
    if (t.field == 1) return ReadText(m, t, out);
    text_.clear();
    unsupported_ = false;
    if (!AppendValue(m, t, 0, &text_)) return false;
    *out = unsupported_ ? std::string_view() : arena_.Copy(text_);
    return true;
  });
}

// One alternative of a value, as JSON inside of lists and maps, which have a depth above 0.
bool AttributeReader::AppendValue(ProtoReader& in, ProtoTag tag, int depth, std::string* out) {
  uint64_t bits = 0;
  std::string_view text;
  switch (tag.field) {
    case 1:
      if (!ReadText(in, tag, &text)) return false;
      http::AppendJsonString(*out, text);
      return true;
    case 2:
      if (tag.type != WireType::kVarint) return in.Damage(kWrongType);
      if (!in.ReadVarint(&bits)) return false;
      *out += bits != 0 ? "true" : "false";
      return true;
    case 3:
      if (tag.type != WireType::kVarint) return in.Damage(kWrongType);
      if (!in.ReadVarint(&bits)) return false;
      *out += std::to_string(static_cast<int64_t>(bits));
      return true;
    case 4: {
      double value = 0;
      if (!ReadDouble(in, tag, &value)) return false;
      if (depth > 0 && value - value != 0) unsupported_ = true;
      AppendDouble(*out, value);
      return true;
    }
    case 5:
      return AppendList(in, tag, depth, out);
    case 6:
      return AppendMap(in, tag, depth, out);
    case 7:
      if (!ReadText(in, tag, &text)) return false;
      if (depth > 0) *out += '"';
      AppendBase64(*out, text);
      if (depth > 0) *out += '"';
      return true;
    default:
      return in.Skip(tag);
  }
}

// A value inside of a list or a map; one without an alternative is null.
bool AttributeReader::AppendInner(ProtoReader& in, int depth, std::string* out) {
  const size_t before = out->size();
  const bool ok = EachField(in, [&](ProtoReader& m, ProtoTag t) {
    if (t.field <= 7) out->resize(before);  // Of several alternatives the last counts.
    return AppendValue(m, t, depth, out);
  });
  if (out->size() == before) *out += "null";
  return ok;
}

bool AttributeReader::AppendList(ProtoReader& in, ProtoTag tag, int depth, std::string* out) {
  if (depth == kMaxValueDepth) return in.Damage(kTooDeep);
  *out += '[';
  bool first = true;
  const bool ok = Inside(in, tag, [&](ProtoReader& list) {
    return EachField(list, [&](ProtoReader& m, ProtoTag t) {
      if (t.field != 1) return m.Skip(t);
      if (!first) *out += ',';
      first = false;
      return Inside(m, t, [&](ProtoReader& v) { return AppendInner(v, depth + 1, out); });
    });
  });
  *out += ']';
  return ok;
}

bool AttributeReader::AppendMap(ProtoReader& in, ProtoTag tag, int depth, std::string* out) {
  if (depth == kMaxValueDepth) return in.Damage(kTooDeep);
  JsonMap map;
  const bool ok = Inside(in, tag, [&](ProtoReader& list) {
    return EachField(list, [&](ProtoReader& m, ProtoTag t) {
      if (t.field != 1) return m.Skip(t);
      return Inside(m, t, [&](ProtoReader& member) {
        std::string_view key;
        std::string value;
        const bool read = EachField(member, [&](ProtoReader& f, ProtoTag ft) {
          if (ft.field == 1) return ReadText(f, ft, &key);
          if (ft.field != 2) return f.Skip(ft);
          value.clear();
          return Inside(f, ft, [&](ProtoReader& v) { return AppendInner(v, depth + 1, &value); });
        });
        if (read) map.Add(key) = value.empty() ? "null" : std::move(value);
        return read;
      });
    });
  });
  map.AppendTo(*out);
  return ok;
}

}  // namespace kvs::wire::otlp
