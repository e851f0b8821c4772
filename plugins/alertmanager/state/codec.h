// SPDX-License-Identifier: Apache-2.0
// The state of a tenant as bytes. Silences and the notification log are Alertmanager's own messages
// (silencepb.MeshSilence, nflogpb.MeshEntry), and the snapshot is Mimir's (alertspb.FullStateDesc),
// so either can go on where the other stopped. Alerts, which neither keeps, are a message of our
// own. Bears any bytes: DataLoss. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

#include "alert.h"
#include "notification_log.h"
#include "silences.h"

namespace kvs::alertmanager {

std::string EncodeSilence(const Silence& silence, int64_t expires_ms);
StatusOr<SilencePtr> DecodeSilence(std::string_view bytes);

std::string EncodeLogEntry(const LogEntry& entry);
StatusOr<LogEntryPtr> DecodeLogEntry(std::string_view bytes);

/// An alert as it is kept. `moving`: its end has been put off since, which was not written.
struct KeptAlert {
  AlertPtr alert;
  bool moving = false;
};
std::string EncodeAlert(const Alert& alert, bool moving);
StatusOr<KeptAlert> DecodeAlert(std::string_view bytes);

/// That an alert is over, as one replica tells it to another.
struct End {
  uint64_t fingerprint = 0;
  int64_t ends_ms = 0;
  /// Who sends the alert has said so. Else it was not told again, and its last end went by:
  /// somebody who has heard of it since knows better.
  bool was_said = false;
};

/// Silences and the notification log of a tenant, as Mimir keeps them in
/// alertmanager/TENANT/fullstate. Between replicas also the alerts that are over.
struct FullState {
  std::vector<std::pair<SilencePtr, int64_t>> silences;  ///< With the time they are forgotten.
  std::vector<LogEntryPtr> entries;
  std::vector<End> ends;
};
/// Without `ends` there are no bytes of them: what Mimir reads.
std::string EncodeFullState(std::string_view tenant, const FullState& state);
StatusOr<FullState> DecodeFullState(std::string_view bytes);
/// Of several tenants: the encoded states of all of them, one after the other. Bears what a later
/// version may send: parts, fields and kinds of matchers that are not known are passed over, and
/// `skipped` counts silences that cannot be understood.
StatusOr<std::map<std::string, FullState>> DecodeFullStates(std::string_view bytes,
                                                            size_t* skipped);

}  // namespace kvs::alertmanager
