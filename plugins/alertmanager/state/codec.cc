// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <algorithm>
#include <array>
#include <span>

#include "kvs/base/str_cat.h"
#include "kvs/wire/protobuf_fields.h"

namespace kvs::alertmanager {
namespace {

using wire::BytesOf;
using wire::EachField;
using wire::EachFieldInside;
using wire::ProtoReader;
using wire::ProtoTag;
using wire::WireType;

template <typename OnField>
Status ReadAll(std::string_view what, std::string_view bytes, OnField field) {
  ProtoReader in(BytesOf(bytes));
  if (EachField(in, field)) return OkStatus();
  return DataLoss(what, ": ", in.Error(BytesOf(bytes)).message());
}

bool ReadText(ProtoReader& in, std::string* out) {
  std::string_view text;
  if (!in.ReadString(&text)) return false;
  *out = text;
  return true;
}

// google.protobuf.Timestamp.
void AppendTime(std::string& out, uint32_t field, int64_t ms) {
  const int64_t seconds = (ms >= 0 ? ms : ms - 999) / 1000;
  const size_t begin = wire::BeginMessage(out, field);
  if (seconds != 0) wire::AppendVarintField(out, 1, static_cast<uint64_t>(seconds));
  if (ms != seconds * 1000)
    wire::AppendVarintField(out, 2, static_cast<uint64_t>((ms - seconds * 1000) * 1'000'000));
  wire::EndMessage(out, begin);
}
bool ReadTime(ProtoReader& in, int64_t* ms) {
  constexpr int64_t kSecondsMax = 253'402'300'799;  // The end of year 9999.
  int64_t seconds = 0, nanos = 0;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kVarint)) return message.ReadSigned(&seconds);
        if (tag.Is(2, WireType::kVarint)) return message.ReadSigned(&nanos);
        return message.Skip(tag);
      }))
    return false;
  if (seconds > kSecondsMax || seconds < -kSecondsMax || nanos < 0 || nanos >= 1'000'000'000)
    return in.Damage("time is out of range");
  *ms = seconds * 1000 + nanos / 1'000'000;
  return true;
}

// silencepb.Matcher.Type has other numbers than ours.
constexpr std::array kTypes = {model::MatchType::kEqual, model::MatchType::kRegex,
                               model::MatchType::kNotEqual, model::MatchType::kNotRegex};

bool ReadMatcher(ProtoReader& in, Silence* silence) {
  uint64_t type = 0;
  std::string name, pattern;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kVarint)) return message.ReadVarint(&type);
        if (tag.Is(2, WireType::kBytes)) return ReadText(message, &name);
        if (tag.Is(3, WireType::kBytes)) return ReadText(message, &pattern);
        return message.Skip(tag);
      }))
    return false;
  if (type >= kTypes.size()) return in.Damage("matcher has an unknown type");
  StatusOr<model::Matcher> matcher = model::Matcher::Make(kTypes[type], name, pattern);
  if (!matcher.ok()) return in.Damage("matcher has a bad regular expression");
  silence->matchers.push_back(*std::move(matcher));
  return true;
}

bool ReadSilence(ProtoReader& in, Silence* silence) {
  return EachFieldInside(in, [silence](ProtoReader& message, ProtoTag tag) {
    if (tag.type != WireType::kBytes) return message.Skip(tag);
    switch (tag.field) {
      case 1:
        return ReadText(message, &silence->id);
      case 2:
        return ReadMatcher(message, silence);
      case 3:
        return ReadTime(message, &silence->starts_ms);
      case 4:
        return ReadTime(message, &silence->ends_ms);
      case 5:
        return ReadTime(message, &silence->updated_ms);
      case 8:
        return ReadText(message, &silence->created_by);
      case 9:
        return ReadText(message, &silence->comment);
      default:
        return message.Skip(tag);
    }
  });
}

StatusOr<std::pair<SilencePtr, int64_t>> DecodeMeshSilence(std::string_view bytes) {
  auto silence = std::make_shared<Silence>();
  int64_t expires_ms = 0;
  KVS_RETURN_IF_ERROR(ReadAll("silence", bytes, [&](ProtoReader& in, ProtoTag tag) {
    if (tag.Is(1, WireType::kBytes)) return ReadSilence(in, silence.get());
    if (tag.Is(2, WireType::kBytes)) return ReadTime(in, &expires_ms);
    return in.Skip(tag);
  }));
  if (silence->id.empty()) return DataLoss("silence: it has no id");
  return std::pair<SilencePtr, int64_t>(std::move(silence), expires_ms);
}

void AppendPacked(std::string& out, uint32_t field, const std::vector<uint64_t>& numbers) {
  if (numbers.empty()) return;
  const size_t begin = wire::BeginMessage(out, field);
  for (const uint64_t number : numbers) wire::AppendVarint(out, number);
  wire::EndMessage(out, begin);
}
// Packed, or one by one, as parsers of protobuf have to take both.
bool ReadNumbers(ProtoTag tag, ProtoReader& in, std::vector<uint64_t>* out) {
  uint64_t number = 0;
  if (tag.type == WireType::kVarint) {
    if (!in.ReadVarint(&number)) return false;
    out->push_back(number);
    return true;
  }
  ProtoReader packed;
  if (tag.type != WireType::kBytes || !in.ReadMessage(&packed)) return in.Skip(tag);
  while (!packed.done()) {
    if (!packed.ReadVarint(&number)) return in.Damage(packed);
    out->push_back(number);
  }
  return true;
}

bool ReadWay(ProtoReader& in, Way* way) {
  return EachFieldInside(in, [way](ProtoReader& message, ProtoTag tag) {
    if (tag.Is(1, WireType::kBytes)) return ReadText(message, &way->receiver);
    if (tag.Is(2, WireType::kBytes)) return ReadText(message, &way->integration);
    if (tag.Is(3, WireType::kVarint)) return message.ReadUint32(&way->index);
    return message.Skip(tag);
  });
}

// One of map<string, ReceiverDataValue>; only texts are ours.
bool ReadMemory(ProtoReader& in, Pairs* memory) {
  std::string name, value;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return ReadText(message, &name);
        if (!tag.Is(2, WireType::kBytes)) return message.Skip(tag);
        return EachFieldInside(message, [&](ProtoReader& data, ProtoTag inner) {
          return inner.Is(1, WireType::kBytes) ? ReadText(data, &value) : data.Skip(inner);
        });
      }))
    return false;
  memory->emplace_back(std::move(name), std::move(value));
  return true;
}

bool ReadLogEntry(ProtoReader& in, LogEntry* entry) {
  return EachFieldInside(in, [entry](ProtoReader& message, ProtoTag tag) {
    if (tag.Is(1, WireType::kBytes)) return ReadText(message, &entry->group_key);
    if (tag.Is(2, WireType::kBytes)) return ReadWay(message, &entry->way);
    if (tag.Is(5, WireType::kBytes)) return ReadTime(message, &entry->told_ms);
    if (tag.field == 6) return ReadNumbers(tag, message, &entry->firing);
    if (tag.field == 7) return ReadNumbers(tag, message, &entry->resolved);
    if (tag.Is(8, WireType::kBytes)) return ReadMemory(message, &entry->memory);
    return message.Skip(tag);
  });
}

void AppendPair(std::string& out, uint32_t field, std::string_view name, std::string_view value) {
  const size_t begin = wire::BeginMessage(out, field);
  wire::AppendBytesField(out, 1, name);
  wire::AppendBytesField(out, 2, value);
  wire::EndMessage(out, begin);
}
bool ReadPair(ProtoReader& in, Pairs* out) {
  std::string name, value;
  if (!EachFieldInside(in, [&](ProtoReader& message, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return ReadText(message, &name);
        if (tag.Is(2, WireType::kBytes)) return ReadText(message, &value);
        return message.Skip(tag);
      }))
    return false;
  out->emplace_back(std::move(name), std::move(value));
  return true;
}

// Messages one after the other, each with its length before it.
void AppendDelimited(std::string& out, std::string_view message) {
  wire::AppendVarint(out, message.size());
  out += message;
}
template <typename OnMessage>
Status ReadDelimited(std::string_view bytes, OnMessage on_message) {
  ProtoReader in(BytesOf(bytes));
  while (!in.done()) {
    std::string_view message;
    if (!in.ReadString(&message)) break;
    KVS_RETURN_IF_ERROR(on_message(message));
  }
  return in.damaged() ? DataLoss("state: ", in.Error(BytesOf(bytes)).message()) : OkStatus();
}

}  // namespace

std::string EncodeSilence(const Silence& silence, int64_t expires_ms) {
  std::string out;
  const size_t begin = wire::BeginMessage(out, 1);
  wire::AppendBytesField(out, 1, silence.id);
  for (const model::Matcher& matcher : silence.matchers) {
    const size_t matcher_begin = wire::BeginMessage(out, 2);
    const auto type = std::find(kTypes.begin(), kTypes.end(), matcher.type()) - kTypes.begin();
    if (type != 0) wire::AppendVarintField(out, 1, static_cast<uint64_t>(type));
    wire::AppendBytesField(out, 2, matcher.name());
    wire::AppendBytesField(out, 3, matcher.value());
    wire::EndMessage(out, matcher_begin);
  }
  AppendTime(out, 3, silence.starts_ms);
  AppendTime(out, 4, silence.ends_ms);
  AppendTime(out, 5, silence.updated_ms);
  wire::AppendBytesField(out, 8, silence.created_by);
  wire::AppendBytesField(out, 9, silence.comment);
  wire::EndMessage(out, begin);
  AppendTime(out, 2, expires_ms);
  return out;
}

StatusOr<SilencePtr> DecodeSilence(std::string_view bytes) {
  KVS_ASSIGN_OR_RETURN(auto decoded, DecodeMeshSilence(bytes));
  return std::move(decoded.first);
}

std::string EncodeLogEntry(const LogEntry& entry) {
  std::string out;
  const size_t begin = wire::BeginMessage(out, 1);
  wire::AppendBytesField(out, 1, entry.group_key);
  const size_t way = wire::BeginMessage(out, 2);
  wire::AppendBytesField(out, 1, entry.way.receiver);
  wire::AppendBytesField(out, 2, entry.way.integration);
  if (entry.way.index != 0) wire::AppendVarintField(out, 3, entry.way.index);
  wire::EndMessage(out, way);
  AppendTime(out, 5, entry.told_ms);
  AppendPacked(out, 6, entry.firing);
  AppendPacked(out, 7, entry.resolved);
  for (const auto& [name, value] : entry.memory) {
    const size_t pair = wire::BeginMessage(out, 8);
    wire::AppendBytesField(out, 1, name);
    const size_t data = wire::BeginMessage(out, 2);
    wire::AppendBytesField(out, 1, value);
    wire::EndMessage(out, data);
    wire::EndMessage(out, pair);
  }
  wire::EndMessage(out, begin);
  AppendTime(out, 2, entry.expires_ms);
  return out;
}

StatusOr<LogEntryPtr> DecodeLogEntry(std::string_view bytes) {
  auto entry = std::make_shared<LogEntry>();
  KVS_RETURN_IF_ERROR(
      ReadAll("entry of the notification log", bytes, [&](ProtoReader& in, ProtoTag tag) {
        if (tag.Is(1, WireType::kBytes)) return ReadLogEntry(in, entry.get());
        if (tag.Is(2, WireType::kBytes)) return ReadTime(in, &entry->expires_ms);
        return in.Skip(tag);
      }));
  std::sort(entry->firing.begin(), entry->firing.end());
  std::sort(entry->resolved.begin(), entry->resolved.end());
  return LogEntryPtr(std::move(entry));
}

std::string EncodeAlert(const Alert& alert, bool moving) {
  std::string out;
  for (const model::LabelView& label : alert.labels) AppendPair(out, 1, label.name, label.value);
  for (const auto& [name, value] : alert.annotations) AppendPair(out, 2, name, value);
  AppendTime(out, 3, alert.starts_ms);
  AppendTime(out, 4, alert.ends_ms);
  AppendTime(out, 5, alert.updated_ms);
  if (alert.timeout) wire::AppendVarintField(out, 6, 1);
  if (!alert.generator_url.empty()) wire::AppendBytesField(out, 7, alert.generator_url);
  if (moving) wire::AppendVarintField(out, 8, 1);
  return out;
}

StatusOr<KeptAlert> DecodeAlert(std::string_view bytes) {
  auto alert = std::make_shared<Alert>();
  Pairs labels;
  uint64_t timeout = 0, moving = 0;
  KVS_RETURN_IF_ERROR(ReadAll("alert", bytes, [&](ProtoReader& in, ProtoTag tag) {
    if (tag.Is(1, WireType::kBytes)) return ReadPair(in, &labels);
    if (tag.Is(2, WireType::kBytes)) return ReadPair(in, &alert->annotations);
    if (tag.Is(3, WireType::kBytes)) return ReadTime(in, &alert->starts_ms);
    if (tag.Is(4, WireType::kBytes)) return ReadTime(in, &alert->ends_ms);
    if (tag.Is(5, WireType::kBytes)) return ReadTime(in, &alert->updated_ms);
    if (tag.Is(6, WireType::kVarint)) return in.ReadVarint(&timeout);
    if (tag.Is(7, WireType::kBytes)) return ReadText(in, &alert->generator_url);
    if (tag.Is(8, WireType::kVarint)) return in.ReadVarint(&moving);
    return in.Skip(tag);
  }));
  model::LabelsBuilder builder;
  for (const auto& [name, value] : labels) builder.Set(name, value);
  alert->labels = builder.Build();
  if (alert->labels.empty()) return DataLoss("alert: it has no labels");
  alert->timeout = timeout != 0;
  alert->fingerprint = Fingerprint(alert->labels);
  return KeptAlert{std::move(alert), moving != 0};
}

namespace {

void AppendEnd(std::string& out, const End& end) {
  std::string message;
  wire::AppendVarintField(message, 1, end.fingerprint);
  AppendTime(message, 2, end.ends_ms);
  if (end.was_said) wire::AppendVarintField(message, 3, 1);
  AppendDelimited(out, message);
}
StatusOr<End> DecodeEnd(std::string_view bytes) {
  End end;
  uint64_t was_said = 0;
  KVS_RETURN_IF_ERROR(ReadAll("end of an alert", bytes, [&](ProtoReader& in, ProtoTag tag) {
    if (tag.Is(1, WireType::kVarint)) return in.ReadVarint(&end.fingerprint);
    if (tag.Is(2, WireType::kBytes)) return ReadTime(in, &end.ends_ms);
    if (tag.Is(3, WireType::kVarint)) return in.ReadVarint(&was_said);
    return in.Skip(tag);
  }));
  end.was_said = was_said != 0;
  return end;
}

}  // namespace

// alertspb.FullStateDesc{state: clusterpb.FullState{parts: [{key, data}]}}
std::string EncodeFullState(std::string_view tenant, const FullState& state) {
  std::string silences, entries;
  for (const auto& [silence, expires_ms] : state.silences)
    AppendDelimited(silences, EncodeSilence(*silence, expires_ms));
  for (const LogEntryPtr& entry : state.entries) AppendDelimited(entries, EncodeLogEntry(*entry));
  std::string out;
  const size_t begin = wire::BeginMessage(out, 1);
  AppendPair(out, 1, StrCat("nfl:", tenant), entries);
  AppendPair(out, 1, StrCat("sil:", tenant), silences);
  if (!state.ends.empty()) {
    std::string ends;
    for (const End& end : state.ends) AppendEnd(ends, end);
    AppendPair(out, 1, StrCat("end:", tenant), ends);
  }
  wire::EndMessage(out, begin);
  return out;
}

namespace {

// state_of(tenant) is the state that a part belongs to. Without `skipped`, every silence has to be
// understood.
template <typename StateOf>
Status DecodeParts(std::string_view bytes, size_t* skipped, StateOf state_of) {
  Pairs parts;
  KVS_RETURN_IF_ERROR(ReadAll("state", bytes, [&](ProtoReader& in, ProtoTag tag) {
    if (!tag.Is(1, WireType::kBytes)) return in.Skip(tag);
    return EachFieldInside(in, [&](ProtoReader& message, ProtoTag inner) {
      return inner.Is(1, WireType::kBytes) ? ReadPair(message, &parts) : message.Skip(inner);
    });
  }));
  for (const auto& [key, data] : parts) {
    const std::string_view kind = std::string_view(key).substr(0, 4);
    if (kind != "sil:" && kind != "nfl:" && kind != "end:") continue;
    FullState& state = state_of(std::string_view(key).substr(4));
    if (kind == "sil:") {
      KVS_RETURN_IF_ERROR(ReadDelimited(data, [&](std::string_view message) -> Status {
        StatusOr<std::pair<SilencePtr, int64_t>> silence = DecodeMeshSilence(message);
        if (silence.ok()) {
          state.silences.push_back(*std::move(silence));
        } else if (skipped == nullptr) {
          return silence.status();
        } else {
          ++*skipped;
        }
        return OkStatus();
      }));
    } else if (kind == "end:") {
      KVS_RETURN_IF_ERROR(ReadDelimited(data, [&](std::string_view message) -> Status {
        KVS_ASSIGN_OR_RETURN(const End end, DecodeEnd(message));
        state.ends.push_back(end);
        return OkStatus();
      }));
    } else {
      KVS_RETURN_IF_ERROR(ReadDelimited(data, [&](std::string_view message) -> Status {
        KVS_ASSIGN_OR_RETURN(LogEntryPtr entry, DecodeLogEntry(message));
        state.entries.push_back(std::move(entry));
        return OkStatus();
      }));
    }
  }
  return OkStatus();
}

}  // namespace

StatusOr<FullState> DecodeFullState(std::string_view bytes) {
  FullState state;
  KVS_RETURN_IF_ERROR(
      DecodeParts(bytes, nullptr, [&](std::string_view) -> FullState& { return state; }));
  return state;
}

StatusOr<std::map<std::string, FullState>> DecodeFullStates(std::string_view bytes,
                                                            size_t* skipped) {
  *skipped = 0;
  std::map<std::string, FullState> states;
  KVS_RETURN_IF_ERROR(DecodeParts(bytes, skipped, [&](std::string_view tenant) -> FullState& {
    return states[std::string(tenant)];
  }));
  return states;
}

}  // namespace kvs::alertmanager
