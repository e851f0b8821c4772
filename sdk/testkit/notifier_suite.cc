// SPDX-License-Identifier: Apache-2.0
// What every notifier has to do, however it tells people. No case needs somebody who listens: the
// receivers here have settings that no way of notifying knows.
#include <string>
#include <string_view>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/notifier.h"
#include "kvs/testkit/suite.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

constexpr std::string_view kSecret = "zu8oPhahx3ie";

kvs_receiver_t Receiver(std::string_view settings) {
  auto receiver = sdk::Record<kvs_receiver_t>();
  receiver.name = sdk::Str("conformance");
  receiver.settings = sdk::Str(settings);
  receiver.external_url = sdk::Str("http://kvasir.invalid");
  return receiver;
}

Status Check(const sdk::NotifierRef& notifier, const kvs_receiver_t& receiver) {
  const sdk::OwnedCall call("conformance");
  return sdk::Await(notifier.check(), call, &receiver, nullptr);
}

Status Notify(const sdk::NotifierRef& notifier, const kvs_receiver_t& receiver,
              const sdk::OwnedCall& call) {
  const kvs_pair_t labels[] = {{sdk::Str("alertname"), sdk::Str("Conformance")}};
  auto alert = kvs_alert_t{};
  alert.labels = labels;
  alert.n_labels = 1;
  alert.starts_ms = 1'700'000'000'000;
  auto in = sdk::Record<kvs_notification_t>();
  in.receiver = &receiver;
  in.group_key = sdk::Str("{}:{}");
  in.alerts = &alert;
  in.n_alerts = 1;
  sdk::Owned<kvs_delivery_t> out;
  return sdk::Await(notifier.notify(), call, &in, out.out());
}

Status TheTypeIsAWord(Context& context) {
  const std::string_view type = context.Port<sdk::NotifierRef>().type();
  KVS_EXPECT(!type.empty(), "the type is empty");
  KVS_EXPECT(
      type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos,
      "the type is \"", type, "\": lower-case letters, digits and _ alone");
  return OkStatus();
}

Status UnusableSettingsAreRefused(Context& context) {
  const auto notifier = context.Port<sdk::NotifierRef>();
  for (const std::string_view settings : {"[1, 2]", "{", "\"text\"", "{\"no_such_setting\": 1"}) {
    const Status checked = Check(notifier, Receiver(settings));
    KVS_EXPECT_CODE(checked, kInvalidArgument, StrCat("checking the settings ", settings));
    const sdk::OwnedCall call("conformance");
    const Status sent = Notify(notifier, Receiver(settings), call);
    KVS_EXPECT_CODE(sent, kInvalidArgument, StrCat("notifying with the settings ", settings));
    KVS_EXPECT(!sent.retryable(),
               "settings that cannot be used do not get better: ", sent.ToString());
  }
  return OkStatus();
}

Status ATemplateThatDoesNotParseIsRefused(Context& context) {
  kvs_receiver_t receiver = Receiver("{}");
  const kvs_pair_t templates[] = {{sdk::Str("mine.tmpl"), sdk::Str("{{ define \"x\" }}")}};
  receiver.templates = templates;
  receiver.n_templates = 1;
  const Status status = Check(context.Port<sdk::NotifierRef>(), receiver);
  KVS_EXPECT_CODE(status, kInvalidArgument, "a template without its end");
  KVS_EXPECT(status.message().find("mine.tmpl") != std::string::npos,
             "the message does not name the file: ", status.message());
  return OkStatus();
}

Status AnErrorRepeatsNoSecret(Context& context) {
  const std::string settings = StrCat(R"({"url": "http://)", kSecret, R"(.invalid/", "api_key": ")",
                                      kSecret, R"(", "nested": [)");
  const Status status = Check(context.Port<sdk::NotifierRef>(), Receiver(settings));
  KVS_EXPECT(!status.ok(), "settings that are no table were taken");
  KVS_EXPECT(status.message().find(kSecret) == std::string::npos,
             "the message repeats what stood in the settings: ", status.message());
  return OkStatus();
}

Status ACancelledCallTellsNobody(Context& context) {
  sdk::CancelSource cancel;
  cancel.Cancel();
  const sdk::OwnedCall call("conformance", cancel.raw());
  const Status status = Notify(context.Port<sdk::NotifierRef>(), Receiver("{}"), call);
  KVS_EXPECT(!status.ok(), "a call that had been cancelled before succeeded");
  return OkStatus();
}

constexpr Case kCases[] = {
    {"TheTypeIsAWord", TheTypeIsAWord},
    {"UnusableSettingsAreRefused", UnusableSettingsAreRefused},
    {"ATemplateThatDoesNotParseIsRefused", ATemplateThatDoesNotParseIsRefused},
    {"AnErrorRepeatsNoSecret", AnErrorRepeatsNoSecret},
    {"ACancelledCallTellsNobody", ACancelledCallTellsNobody},
};

}  // namespace

const Suite& NotifierSuite() {
  static constexpr Suite kSuite{KVS_NOTIFIER_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit
