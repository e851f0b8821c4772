// SPDX-License-Identifier: Apache-2.0
#include "silences.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <tuple>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/model/utf8.h"

#include "codec.h"

namespace kvs::alertmanager {
namespace {

// A negative matcher counts as one that does not, whatever its value: so it does in Alertmanager.
bool MatchesEmpty(const model::Matcher& matcher) {
  return !matcher.is_negative() && matcher.Matches("");
}

Status CheckMatcher(const model::Matcher& matcher) {
  if (!alerting::IsLabelName(matcher.name()))
    return InvalidArgument("invalid label name ", Quote(matcher.name()));
  if (!model::IsValidUtf8(matcher.value()))
    return InvalidArgument("invalid label value ", Quote(matcher.value()));
  return OkStatus();
}

Status CheckSilence(const Silence& silence) {
  if (silence.matchers.empty()) return InvalidArgument("at least one matcher required");
  for (size_t i = 0; i < silence.matchers.size(); ++i) {
    const Status status = CheckMatcher(silence.matchers[i]);
    if (!status.ok()) return Annotate(status, "invalid label matcher ", i);
  }
  if (std::all_of(silence.matchers.begin(), silence.matchers.end(), MatchesEmpty))
    return InvalidArgument("at least one matcher must not match the empty string");
  if (silence.ends_ms == 0) return InvalidArgument("invalid zero end timestamp");
  if (silence.ends_ms < silence.starts_ms)
    return InvalidArgument("end time must not be before start time");
  return OkStatus();
}

// Whether a silence can become another one without its history becoming another.
bool CanBecome(const Silence& from, const Silence& to, int64_t now_ms) {
  if (from.matchers != to.matchers) return false;
  switch (from.StateAt(now_ms)) {
    case SilenceState::kActive:
      return from.starts_ms / 1000 == to.starts_ms / 1000 && to.ends_ms >= now_ms;
    case SilenceState::kPending:
      return to.starts_ms >= now_ms;
    case SilenceState::kExpired:
      return false;
  }
  return false;
}

SilencePtr Ended(const Silence& silence, int64_t now_ms) {
  auto out = std::make_shared<Silence>(silence);
  // The end belongs to a silence, and what ends now is over now.
  if (silence.StateAt(now_ms) == SilenceState::kPending) out->starts_ms = now_ms - 1;
  out->ends_ms = std::max(now_ms - 1, out->starts_ms);
  out->updated_ms = now_ms;
  return out;
}

}  // namespace

std::string_view SilenceStateName(SilenceState state) {
  constexpr std::string_view kNames[] = {"active", "pending", "expired"};
  return kNames[static_cast<int>(state)];
}

StatusOr<Silences::Plan> Silences::PlanSet(Silence silence, const Limits& limits, int64_t now_ms,
                                           const MakeId& make_id) const {
  if (silence.starts_ms == 0) silence.starts_ms = now_ms;
  if (const Status status = CheckSilence(silence); !status.ok())
    return Annotate(status, "invalid silence");
  const SilencePtr before = Find(silence.id);
  if (!silence.id.empty() && before == nullptr) return NotFound("silence not found");
  silence.updated_ms = now_ms;
  const auto check_size = [&]() -> Status {
    const size_t size = EncodeSilence(silence, ForgottenAt(silence)).size();
    if (limits.max_size_bytes <= 0 || size <= static_cast<size_t>(limits.max_size_bytes))
      return OkStatus();
    return ResourceExhausted("silence exceeded maximum size: ", size,
                             " bytes (limit: ", limits.max_size_bytes, " bytes)");
  };
  if (before != nullptr && CanBecome(*before, silence, now_ms)) {
    KVS_RETURN_IF_ERROR(check_size());
    return Plan{silence.id, {std::make_shared<const Silence>(silence)}};
  }
  if (limits.max_count > 0 && static_cast<int64_t>(size()) + 1 > limits.max_count)
    return ResourceExhausted("exceeded maximum number of silences: ", size(),
                             " (limit: ", limits.max_count, ")");
  silence.id = make_id();
  silence.starts_ms = std::max(silence.starts_ms, now_ms);
  KVS_RETURN_IF_ERROR(check_size());
  Plan plan{silence.id, {}};
  if (before != nullptr && before->StateAt(now_ms) != SilenceState::kExpired)
    plan.changes.push_back(Ended(*before, now_ms));
  plan.changes.push_back(std::make_shared<const Silence>(std::move(silence)));
  return plan;
}

StatusOr<Silences::Plan> Silences::PlanExpire(std::string_view id, int64_t now_ms) const {
  const SilencePtr silence = Find(id);
  if (silence == nullptr) return NotFound("silence not found");
  if (silence->StateAt(now_ms) == SilenceState::kExpired) return Plan{std::string(id), {}};
  return Plan{std::string(id), {Ended(*silence, now_ms)}};
}

void Silences::Apply(const std::vector<SilencePtr>& changes) {
  for (const SilencePtr& silence : changes) silences_[silence->id] = silence;
  ++version_;
}

bool Silences::Silenced(const model::Labels& labels, int64_t now_ms, SilenceMemo* memo,
                        std::vector<std::string>* active) const {
  active->clear();
  if (memo->version != version_) {
    memo->version = version_;
    memo->matching.clear();
    for (const auto& [id, silence] : silences_) {
      if (silence->StateAt(now_ms) != SilenceState::kExpired &&
          alerting::MatchesAll(silence->matchers, labels))
        memo->matching.push_back(silence);
    }
  }
  for (const SilencePtr& silence : memo->matching) {
    if (silence->StateAt(now_ms) == SilenceState::kActive) active->push_back(silence->id);
  }
  return !active->empty();
}

SilencePtr Silences::Find(std::string_view id) const {
  const auto found = silences_.find(id);
  return found == silences_.end() ? nullptr : found->second;
}

std::vector<SilencePtr> Silences::List(int64_t now_ms) const {
  std::vector<SilencePtr> out;
  out.reserve(silences_.size());
  for (const auto& [id, silence] : silences_) out.push_back(silence);
  const auto rank = [now_ms](const SilencePtr& silence) {
    const SilenceState state = silence->StateAt(now_ms);
    const int64_t time = state == SilenceState::kActive    ? silence->ends_ms
                         : state == SilenceState::kPending ? silence->starts_ms
                                                           : -silence->ends_ms;
    return std::tuple(state, time);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const SilencePtr& a, const SilencePtr& b) { return rank(a) < rank(b); });
  return out;
}

size_t Silences::Count(SilenceState state, int64_t now_ms) const {
  return static_cast<size_t>(
      std::count_if(silences_.begin(), silences_.end(),
                    [&](const auto& item) { return item.second->StateAt(now_ms) == state; }));
}

std::vector<std::string> Silences::Collect(int64_t now_ms) {
  std::vector<std::string> gone;
  std::erase_if(silences_, [&](const auto& item) {
    if (ForgottenAt(*item.second) > now_ms) return false;
    gone.push_back(item.first);
    return true;
  });
  if (!gone.empty()) ++version_;
  return gone;
}

std::string NewUuid() {
  std::random_device random;
  uint32_t bits[4];
  for (uint32_t& word : bits) word = random();
  bits[1] = (bits[1] & 0xffff0fff) | 0x4000;
  bits[2] = (bits[2] & 0x3fffffff) | 0x80000000;
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%08x-%04x-%04x-%04x-%04x%08x", bits[0], bits[1] >> 16,
                bits[1] & 0xffff, bits[2] >> 16, bits[2] & 0xffff, bits[3]);
  return buffer;
}

}  // namespace kvs::alertmanager
