// SPDX-License-Identifier: Apache-2.0
#include "kvs/wire/remote_read.h"

#include "kvs/base/crc32c.h"
#include "kvs/wire/protobuf.h"
#include "kvs/wire/protobuf_fields.h"

#include "histogram.h"

namespace kvs::wire {
namespace {

bool ReadVarint32(ProtoReader& in, ProtoTag tag, uint32_t* out) {
  return tag.type == WireType::kVarint ? in.ReadUint32(out) : in.Damage(kWrongType);
}
bool ReadVarint64(ProtoReader& in, ProtoTag tag, int64_t* out) {
  return tag.type == WireType::kVarint ? in.ReadSigned(out) : in.Damage(kWrongType);
}

bool DecodeMatcher(ProtoReader& in, ReadMatcher* out) {
  return EachField(in, [out](ProtoReader& m, ProtoTag t) {
    if (t.field == 1) return ReadVarint32(m, t, &out->type);
    if (t.field == 2) return ReadText(m, t, &out->name);
    return t.field == 3 ? ReadText(m, t, &out->value) : m.Skip(t);
  });
}

bool DecodeHints(ProtoReader& in, ReadHints* out) {
  return EachField(in, [out](ProtoReader& m, ProtoTag t) {
    uint32_t flag = 0;
    switch (t.field) {
      case 1:
        return ReadVarint64(m, t, &out->step_ms);
      case 2:
        return ReadText(m, t, &out->func);
      case 3:
        return ReadVarint64(m, t, &out->start_ms);
      case 4:
        return ReadVarint64(m, t, &out->end_ms);
      case 5:
        return ReadText(m, t, &out->grouping.emplace_back());
      case 6:
        if (!ReadVarint32(m, t, &flag)) return false;
        out->by = flag != 0;
        return true;
      case 7:
        return ReadVarint64(m, t, &out->range_ms);
      default:
        return m.Skip(t);
    }
  });
}

bool DecodeQuery(ProtoReader& in, ReadQuery* out) {
  return EachField(in, [out](ProtoReader& m, ProtoTag t) {
    switch (t.field) {
      case 1:
        return ReadVarint64(m, t, &out->min_ms);
      case 2:
        return ReadVarint64(m, t, &out->max_ms);
      case 3:
        return Inside(m, t, [out](ProtoReader& matcher) {
          return DecodeMatcher(matcher, &out->matchers.emplace_back());
        });
      case 4:
        return Inside(m, t, [out](ProtoReader& hints) { return DecodeHints(hints, &out->hints); });
      default:
        return m.Skip(t);
    }
  });
}

bool DecodeAccepted(ProtoReader& in, ProtoTag tag, std::vector<uint32_t>* out) {
  if (tag.type == WireType::kVarint) return in.ReadUint32(&out->emplace_back());
  return Inside(in, tag, [out](ProtoReader& list) {
    while (!list.done()) {
      if (!list.ReadUint32(&out->emplace_back())) return false;
    }
    return true;
  });
}

}  // namespace

Status DecodeReadRequest(std::span<const uint8_t> body, ReadRequest* out) {
  *out = ReadRequest();
  ProtoReader in(body);
  const bool ok = EachField(in, [out](ProtoReader& m, ProtoTag t) {
    if (t.field == 1) {
      return Inside(m, t, [out](ProtoReader& query) {
        return DecodeQuery(query, &out->queries.emplace_back());
      });
    }
    return t.field == 2 ? DecodeAccepted(m, t, &out->accepted) : m.Skip(t);
  });
  return ok ? OkStatus() : in.Error(body);
}

StatusOr<ReadResponseType> NegotiateReadResponse(const ReadRequest& request) {
  if (request.accepted.empty()) return ReadResponseType::kSamples;
  std::string asked;
  for (const uint32_t type : request.accepted) {
    if (type <= 1) return static_cast<ReadResponseType>(type);
    StrAppend(asked, asked.empty() ? "" : ", ", type);
  }
  return InvalidArgument("server does not support any of the requested response types: ", asked,
                         "; supported: 0 (SAMPLES), 1 (STREAMED_XOR_CHUNKS)");
}

void EncodeReadRequest(const ReadRequest& request, std::string* out) {
  for (const ReadQuery& query : request.queries) {
    const size_t message = BeginMessage(*out, 1);
    AppendNumber(*out, 1, query.min_ms);
    AppendNumber(*out, 2, query.max_ms);
    for (const ReadMatcher& matcher : query.matchers) {
      const size_t inner = BeginMessage(*out, 3);
      AppendNumber(*out, 1, matcher.type);
      AppendText(*out, 2, matcher.name);
      AppendText(*out, 3, matcher.value);
      EndMessage(*out, inner);
    }
    const size_t hints = BeginMessage(*out, 4);
    AppendNumber(*out, 1, query.hints.step_ms);
    AppendText(*out, 2, query.hints.func);
    AppendNumber(*out, 3, query.hints.start_ms);
    AppendNumber(*out, 4, query.hints.end_ms);
    for (const std::string_view label : query.hints.grouping) AppendBytesField(*out, 5, label);
    AppendNumber(*out, 6, query.hints.by ? 1 : 0);
    AppendNumber(*out, 7, query.hints.range_ms);
    EndMessage(*out, hints);
    EndMessage(*out, message);
  }
  if (request.accepted.empty()) return;
  const size_t accepted = BeginMessage(*out, 2);
  for (const uint32_t type : request.accepted) AppendVarint(*out, type);
  EndMessage(*out, accepted);
}

void AppendReadLabel(std::string& out, const model::LabelView& label) {
  const size_t begin = BeginMessage(out, 1);
  AppendText(out, 1, label.name);
  AppendText(out, 2, label.value);
  EndMessage(out, begin);
}

void AppendReadSample(std::string& out, int64_t t, double v) {
  const size_t begin = BeginMessage(out, 2);
  AppendDoubleField(out, 1, v);
  AppendNumber(out, 2, t);
  EndMessage(out, begin);
}

void AppendReadHistogram(std::string& out, const model::HistogramView& histogram) {
  const size_t begin = BeginMessage(out, 4);
  AppendHistogram(out, histogram, /*with_start_timestamp=*/false);
  EndMessage(out, begin);
}

void AppendReadChunk(std::string& out, int64_t min_ms, int64_t max_ms, uint8_t encoding,
                     std::span<const uint8_t> data) {
  const size_t begin = BeginMessage(out, 2);
  AppendNumber(out, 1, min_ms);
  AppendNumber(out, 2, max_ms);
  AppendNumber(out, 3, encoding);
  AppendBytesField(out, 4, {reinterpret_cast<const char*>(data.data()), data.size()});
  EndMessage(out, begin);
}

void AppendReadFrame(std::string& out, std::string_view series, uint64_t query_index) {
  std::string data;
  AppendBytesField(data, 1, series);
  AppendNumber(data, 2, static_cast<int64_t>(query_index));
  AppendVarint(out, data.size());
  const uint32_t checksum = Crc32c({reinterpret_cast<const uint8_t*>(data.data()), data.size()});
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(checksum >> shift);
  out += data;
}

}  // namespace kvs::wire
