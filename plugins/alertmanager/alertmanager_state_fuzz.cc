// SPDX-License-Identifier: Apache-2.0
// What the Alertmanager reads from stores and from requests, as any bytes: what can be read, reads
// back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kvs/base/check.h"

#include "api/shapes.h"
#include "config/tenant_config.h"
#include "state/codec.h"

namespace {

using namespace kvs::alertmanager;  // NOLINT(google-build-using-namespace)

void CheckKept(std::string_view bytes) {
  if (const auto alert = DecodeAlert(bytes); alert.ok()) {
    const std::string written = EncodeAlert(*alert->alert, alert->moving);
    const auto again = DecodeAlert(written);
    KVS_CHECK(again.ok() && again->alert->labels == alert->alert->labels);
  }
  if (const auto entry = DecodeLogEntry(bytes); entry.ok()) {
    const std::string written = EncodeLogEntry(**entry);
    const auto again = DecodeLogEntry(written);
    KVS_CHECK(again.ok() && EncodeLogEntry(**again) == written);
  }
  if (const auto state = DecodeFullState(bytes); state.ok()) {
    const std::string written = EncodeFullState("t", *state);
    const auto again = DecodeFullState(written);
    KVS_CHECK(again.ok() && EncodeFullState("t", *again) == written);
  }
  size_t skipped = 0;
  if (const auto states = DecodeFullStates(bytes, &skipped); states.ok() && skipped == 0)
    KVS_CHECK(DecodeFullState(bytes).ok());
  if (const auto config = DecodeConfig(bytes); config.ok())
    KVS_CHECK(*DecodeConfig(EncodeConfig("t", *config)) == *config);
}

void CheckSent(std::string_view body) {
  if (auto alerts = ParseAlerts(body); alerts.ok()) {
    for (Alert& alert : *alerts) {
      FillTimes(&alert, 1'700'000'000'000, 300'000);
      if (Validate(alert).ok()) KVS_CHECK(!alert.labels.empty());
    }
  }
  if (const auto silence = ParseSilence(body); silence.ok()) KVS_CHECK(!silence->matchers.empty());
  if (const auto stored = ParseBody(body); stored.ok()) KVS_CHECK(!FormatBody(*stored).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckKept(text);
  CheckSent(text);
  return 0;
}
