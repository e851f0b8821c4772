// SPDX-License-Identifier: Apache-2.0
// AlertStore: the alerts of a tenant, those that fire and those whose end is young. It decides what
// of a telling has to be written down, so that alerts which are told again every minute cost
// nothing. Not synchronised.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "kvs/base/status.h"

#include "alert.h"
#include "codec.h"
#include "silences.h"

namespace kvs::alertmanager {

/// Whether somebody is told of an alert, as it was when that was last asked.
enum class Attention : uint8_t { kUnprocessed, kActive, kSuppressed };

class AlertStore {
 public:
  struct Limits {
    int64_t max_count = 0;  ///< 0: any.
    int64_t max_bytes = 0;  ///< Of all alerts; 0: any.
  };
  struct Entry {
    AlertPtr alert;
    Attention attention = Attention::kUnprocessed;
    SilenceMemo silences;
    bool kept = true;            ///< What is written is what is known, but for an end that moves.
    bool kept_moving = false;    ///< It was written that the end moves.
    bool kept_resolved = false;  ///< It was written that it has ended.
    /// The last end that another replica told of. What begins and ends before that is over,
    /// whatever the clock says here.
    End elsewhere{.ends_ms = INT64_MIN};
  };
  struct Put {
    AlertPtr alert;      ///< What it is now.
    bool write = false;  ///< It has to be written down, with the bit below.
    bool moving = false;
  };

  /// Takes what was told of an alert. ResourceExhausted: it is one too many.
  StatusOr<Put> Set(const Alert& told, const Limits& limits);
  /// Takes an alert from what was written. One whose end has been put off since fires for another
  /// `grace_ms`: whoever told it before will do so again.
  void Restore(const KeptAlert& kept, int64_t now_ms, int64_t grace_ms);
  /// Notes that what Set() wanted to be written was not.
  void NoteLost(uint64_t fingerprint);
  /// Notes that the end of an alert is known to have come; whether that has to be written down.
  bool NoteResolved(const Alert& alert);
  /// Takes another replica's word that an alert is over: one that was away when it ended, or whose
  /// clock has not come so far, holds that it fires. What the alert is now, to be written down;
  /// null where that changes nothing: it is over here, too, or what is known here is newer.
  AlertPtr TakeEnd(const End& end, int64_t now_ms);
  /// Those that are over, for other replicas.
  std::vector<End> Ends(int64_t now_ms) const;
  /// The same of one alert.
  End EndOf(const Alert& alert) const;

  Entry* Find(uint64_t fingerprint);
  const std::unordered_map<uint64_t, Entry>& entries() const { return entries_; }
  std::unordered_map<uint64_t, Entry>& entries() { return entries_; }
  /// Sorted by fingerprint, as the API lists them.
  std::vector<AlertPtr> List() const;
  size_t bytes() const { return bytes_; }

  /// Forgets those that have ended; their fingerprints.
  std::vector<uint64_t> Collect(int64_t now_ms);

 private:
  std::unordered_map<uint64_t, Entry> entries_;  // By fingerprint.
  size_t bytes_ = 0;
};

}  // namespace kvs::alertmanager
