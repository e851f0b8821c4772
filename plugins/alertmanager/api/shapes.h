// SPDX-License-Identifier: Apache-2.0
// The shapes of Alertmanager's API v2, as its OpenAPI document has them: what is written, and what
// is read. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/http/json.h"

#include "dispatch/tenant.h"
#include "state/alert.h"
#include "state/silences.h"

namespace kvs::alertmanager {

/// 2026-01-31T12:00:00.000Z
std::string TimeText(int64_t ms);

/// gettableAlert
void WriteAlert(http::JsonWriter& json, const AlertView& view);
/// alertGroup
void WriteGroup(http::JsonWriter& json, const GroupView& view);
/// gettableSilence
void WriteSilence(http::JsonWriter& json, const Silence& silence, int64_t now_ms);

/// postableAlerts: times that are not given are 0. InvalidArgument: it is no JSON of this kind;
/// FailedPrecondition: a required field is missing.
StatusOr<std::vector<Alert>> ParseAlerts(std::string_view body);
/// Fills in what was not said, as Alertmanager does: an alert without an end ends when nobody tells
/// it again for `resolve_timeout_ms`.
void FillTimes(Alert* alert, int64_t now_ms, int64_t resolve_timeout_ms);

/// postableSilence. As ParseAlerts().
StatusOr<Silence> ParseSilence(std::string_view body);

}  // namespace kvs::alertmanager
