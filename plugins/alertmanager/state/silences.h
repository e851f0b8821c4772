// SPDX-License-Identifier: Apache-2.0
// Silences: who has asked not to be told about what, and until when. A silence never changes its
// history: what would, ends it and makes a new one, as in Alertmanager.
//
// Changes are made in two steps, so that they can be made durable between them: Plan...() says what
// would change, Apply() does it. Not synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/alerting/matchers.h"
#include "kvs/base/status.h"
#include "kvs/model/labels.h"

namespace kvs::alertmanager {

enum class SilenceState : uint8_t { kActive, kPending, kExpired };
std::string_view SilenceStateName(SilenceState state);

struct Silence {
  std::string id;
  alerting::Matchers matchers;  ///< All must hold. In the order they were given.
  int64_t starts_ms = 0;
  int64_t ends_ms = 0;
  int64_t updated_ms = 0;
  std::string created_by, comment;

  SilenceState StateAt(int64_t now_ms) const {
    if (now_ms < starts_ms) return SilenceState::kPending;
    return now_ms > ends_ms ? SilenceState::kExpired : SilenceState::kActive;
  }
};
using SilencePtr = std::shared_ptr<const Silence>;

/// What an alert remembers of the silences that concern it.
struct SilenceMemo {
  uint64_t version = 0;  ///< Of the silences it is about; 0: of none.
  std::vector<SilencePtr> matching;
};

class Silences {
 public:
  struct Limits {
    int64_t max_count = 0;       ///< Expired ones included; 0: any.
    int64_t max_size_bytes = 0;  ///< Of one, as it is stored; 0: any.
  };
  struct Plan {
    std::string id;                   ///< Of the silence that was set.
    std::vector<SilencePtr> changes;  ///< In order.
  };
  using MakeId = std::function<std::string()>;

  /// Silences are forgotten so long after their end.
  explicit Silences(int64_t retention_ms) : retention_ms_(retention_ms) {}

  /// A new silence, or a change of the one that `silence.id` names. NotFound; InvalidArgument in
  /// Alertmanager's words; ResourceExhausted.
  StatusOr<Plan> PlanSet(Silence silence, const Limits& limits, int64_t now_ms,
                         const MakeId& make_id) const;
  /// Ends one now. NotFound. Nothing changes where it has ended.
  StatusOr<Plan> PlanExpire(std::string_view id, int64_t now_ms) const;
  void Apply(const std::vector<SilencePtr>& changes);

  /// Whether the silences that are active match, and which: `active` gets their ids, sorted.
  bool Silenced(const model::Labels& labels, int64_t now_ms, SilenceMemo* memo,
                std::vector<std::string>* active) const;

  SilencePtr Find(std::string_view id) const;
  /// All, in the order of the API: active ones by their end, pending ones by their start, expired
  /// ones by their end, latest first.
  std::vector<SilencePtr> List(int64_t now_ms) const;
  size_t Count(SilenceState state, int64_t now_ms) const;
  size_t size() const { return silences_.size(); }

  int64_t ForgottenAt(const Silence& silence) const { return silence.ends_ms + retention_ms_; }
  /// Forgets those whose time has come; their ids.
  std::vector<std::string> Collect(int64_t now_ms);

 private:
  const int64_t retention_ms_;
  uint64_t version_ = 1;                                     // Grows with every change.
  std::map<std::string, SilencePtr, std::less<>> silences_;  // By id.
};

/// A random UUID of version 4.
std::string NewUuid();

}  // namespace kvs::alertmanager
