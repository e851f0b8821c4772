// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/stored_group.h"

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/wire/protobuf_fields.h"

namespace kvs::rules {
namespace {

using wire::BytesOf;
using wire::EachField;
using wire::EachFieldInside;
using wire::ProtoReader;
using wire::ProtoTag;
using wire::WireType;

constexpr std::string_view kExtrasType = "type.googleapis.com/kvasir.RuleGroupExtras";
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// google.protobuf.Duration; gogoproto writes it also when it is zero.
void AppendDuration(std::string& out, uint32_t field, int64_t ms) {
  const size_t begin = wire::BeginMessage(out, field);
  if (ms / 1000 != 0) wire::AppendVarintField(out, 1, static_cast<uint64_t>(ms / 1000));
  if (ms % 1000 != 0) wire::AppendVarintField(out, 2, static_cast<uint64_t>(ms % 1000 * 1'000'000));
  wire::EndMessage(out, begin);
}
bool ReadDuration(ProtoReader& in, int64_t* ms) {
  int64_t seconds = 0, nanos = 0;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kVarint)) return message.ReadSigned(&seconds);
        if (tag.Is(2, WireType::kVarint)) return message.ReadSigned(&nanos);
        return message.Skip(tag);
      }))
    return false;
  if (seconds < 0 || seconds > int64_t{1} << 40) return in.Damage("duration is out of range");
  *ms = seconds * 1000 + nanos / 1'000'000;
  return true;
}

void AppendPairs(std::string& out, uint32_t field, const Pairs& pairs) {
  for (const auto& [name, value] : pairs) {
    const size_t begin = wire::BeginMessage(out, field);
    wire::AppendBytesField(out, 1, name);
    wire::AppendBytesField(out, 2, value);
    wire::EndMessage(out, begin);
  }
}
bool ReadPair(ProtoReader& in, Pairs* pairs) {
  std::string_view name, value;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return message.ReadString(&name);
        if (tag.Is(2, WireType::kBytes)) return message.ReadString(&value);
        return message.Skip(tag);
      }))
    return false;
  pairs->emplace_back(name, value);
  return true;
}

bool ReadText(ProtoReader& in, std::string* out) {
  std::string_view text;
  if (!in.ReadString(&text)) return false;
  *out = text;
  return true;
}

bool ReadRule(ProtoReader& in, Rule* rule) {
  return EachFieldInside(in, [rule](ProtoReader& message, ProtoTag tag) {
    if (tag.type != WireType::kBytes) return message.Skip(tag);
    switch (tag.field) {
      case 1:
        return ReadText(message, &rule->expr);
      case 2:
        return ReadText(message, &rule->record);
      case 3:
        return ReadText(message, &rule->alert);
      case 4:
        return ReadDuration(message, &rule->for_ms);
      case 5:
        return ReadPair(message, &rule->labels);
      case 6:
        return ReadPair(message, &rule->annotations);
      case 13:
        return ReadDuration(message, &rule->keep_firing_for_ms);
      default:
        return message.Skip(tag);
    }
  });
}

// google.protobuf.Any with our own message: limit = 1, labels = 2, query_offset is 0s rather than
// not set = 3.
bool ReadOption(ProtoReader& in, Group* group) {
  std::string_view type;
  ProtoReader value;
  if (!EachFieldInside(in, [&](ProtoReader& any, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return any.ReadString(&type);
        if (tag.Is(2, WireType::kBytes)) return any.ReadMessage(&value);
        return any.Skip(tag);
      }))
    return false;
  if (type != kExtrasType) return true;
  const bool ok = EachField(value, [group](ProtoReader& extras, ProtoTag tag) {
    if (tag.Is(1, WireType::kVarint)) return extras.ReadSigned(&group->limit);
    if (tag.Is(2, WireType::kBytes)) return ReadPair(extras, &group->labels);
    if (!tag.Is(3, WireType::kVarint)) return extras.Skip(tag);
    uint64_t on = 0;
    if (!extras.ReadVarint(&on)) return false;
    if (on != 0) group->query_offset_ms = 0;
    return true;
  });
  return ok || in.Damage(value);
}

}  // namespace

std::string EncodeGroup(const StoredGroup& stored) {
  const Group& group = stored.group;
  std::string out;
  wire::AppendBytesField(out, 1, group.name);
  wire::AppendBytesField(out, 2, stored.namespace_name);
  AppendDuration(out, 3, group.interval_ms);
  for (const Rule& rule : group.rules) {
    const size_t begin = wire::BeginMessage(out, 4);
    wire::AppendBytesField(out, 1, rule.expr);
    if (!rule.record.empty()) wire::AppendBytesField(out, 2, rule.record);
    if (!rule.alert.empty()) wire::AppendBytesField(out, 3, rule.alert);
    AppendDuration(out, 4, rule.for_ms);
    AppendPairs(out, 5, rule.labels);
    AppendPairs(out, 6, rule.annotations);
    AppendDuration(out, 13, rule.keep_firing_for_ms);
    wire::EndMessage(out, begin);
  }
  wire::AppendBytesField(out, 6, stored.tenant);
  const bool no_offset = group.query_offset_ms == 0;
  if (group.limit != 0 || !group.labels.empty() || no_offset) {
    const size_t any = wire::BeginMessage(out, 9);
    wire::AppendBytesField(out, 1, kExtrasType);
    const size_t value = wire::BeginMessage(out, 2);
    if (group.limit != 0) wire::AppendVarintField(out, 1, static_cast<uint64_t>(group.limit));
    AppendPairs(out, 2, group.labels);
    if (no_offset) wire::AppendVarintField(out, 3, 1);
    wire::EndMessage(out, value);
    wire::EndMessage(out, any);
  }
  for (const std::string& tenant : group.source_tenants) wire::AppendBytesField(out, 10, tenant);
  AppendDuration(out, 11, group.evaluation_delay_ms.value_or(0));
  if (group.align_evaluation_time_on_interval) wire::AppendVarintField(out, 12, 1);
  AppendDuration(out, 13, group.query_offset_ms.value_or(0));
  return out;
}

StatusOr<StoredGroup> DecodeGroup(std::string_view bytes) {
  StoredGroup stored;
  Group& group = stored.group;
  int64_t offset_ms = 0, delay_ms = 0;
  ProtoReader in(BytesOf(bytes));
  const bool ok = EachField(in, [&](ProtoReader& message, ProtoTag tag) {
    if (tag.Is(12, WireType::kVarint)) {
      uint64_t on = 0;
      if (!message.ReadVarint(&on)) return false;
      group.align_evaluation_time_on_interval = on != 0;
      return true;
    }
    if (tag.type != WireType::kBytes) return message.Skip(tag);
    switch (tag.field) {
      case 1:
        return ReadText(message, &group.name);
      case 2:
        return ReadText(message, &stored.namespace_name);
      case 3:
        return ReadDuration(message, &group.interval_ms);
      case 4:
        return ReadRule(message, &group.rules.emplace_back());
      case 6:
        return ReadText(message, &stored.tenant);
      case 9:
        return ReadOption(message, &group);
      case 10:
        return ReadText(message, &group.source_tenants.emplace_back());
      case 11:
        return ReadDuration(message, &delay_ms);
      case 13:
        return ReadDuration(message, &offset_ms);
      default:
        return message.Skip(tag);
    }
  });
  if (!ok) {
    return Status(StatusCode::kDataLoss,
                  StrCat("rule group: ", in.Error(BytesOf(bytes)).message()));
  }
  if (offset_ms > 0) group.query_offset_ms = offset_ms;
  if (delay_ms > 0) group.evaluation_delay_ms = delay_ms;
  for (Rule& rule : group.rules) {
    std::sort(rule.labels.begin(), rule.labels.end());
    std::sort(rule.annotations.begin(), rule.annotations.end());
  }
  return stored;
}

std::string Base64Url(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    const size_t n = std::min<size_t>(3, text.size() - i);
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < n ? static_cast<unsigned char>(text[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      out.push_back(k <= n ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}

StatusOr<std::string> FromBase64Url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  int n_bits = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return InvalidArgument("\"", text, "\" is no base64");
    bits = bits << 6 | static_cast<uint32_t>(value);
    n_bits += 6;
    if (n_bits < 8) continue;
    n_bits -= 8;
    out.push_back(static_cast<char>(bits >> n_bits & 0xff));
  }
  return out;
}

std::string NamespacePrefix(std::string_view tenant, std::string_view namespace_name) {
  return StrCat(kRulesPrefix, tenant, "/", Base64Url(namespace_name), "/");
}
std::string GroupKey(std::string_view tenant, std::string_view namespace_name,
                     std::string_view group) {
  return StrCat(NamespacePrefix(tenant, namespace_name), Base64Url(group));
}

StatusOr<KeyParts> ParseGroupKey(std::string_view key) {
  const std::string_view whole = key;
  std::string_view parts[3];
  if (!key.starts_with(kRulesPrefix))
    return InvalidArgument("\"", whole, "\" is no key of a rule group");
  key.remove_prefix(kRulesPrefix.size());
  for (int i = 0; i < 3; ++i) {
    const size_t slash = key.find('/');
    if ((slash == std::string_view::npos) != (i == 2))
      return InvalidArgument("\"", whole, "\" is no key of a rule group");
    parts[i] = key.substr(0, slash);
    if (i < 2) key.remove_prefix(slash + 1);
  }
  KVS_ASSIGN_OR_RETURN(std::string namespace_name, FromBase64Url(parts[1]));
  KVS_ASSIGN_OR_RETURN(std::string group, FromBase64Url(parts[2]));
  return KeyParts{std::string(parts[0]), std::move(namespace_name), std::move(group)};
}

}  // namespace kvs::rules
