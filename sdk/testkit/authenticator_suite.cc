// SPDX-License-Identifier: Apache-2.0
// What every authenticator has to do, whoever it knows: to strangers all of them are alike.
#include <string>
#include <string_view>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/testkit/suite.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

Status Identify(const sdk::AuthenticatorRef& authenticator, std::string_view authorization,
                std::string_view subject = {}) {
  auto in = sdk::Record<kvs_credentials_t>();
  in.authorization = sdk::Str(authorization);
  in.peer_subject = sdk::Str(subject);
  in.remote = sdk::Str("192.0.2.1:1");
  sdk::Owned<kvs_identity_t> out;
  return sdk::Await(authenticator.identify(), sdk::OwnedCall(""), &in, out.out());
}

bool IsRefusal(const Status& status) {
  return status.code() == StatusCode::kUnauthenticated ||
         status.code() == StatusCode::kPermissionDenied;
}

Status WhoShowsNothingIsUnauthenticated(Context& context) {
  const Status status = Identify(context.Port<sdk::AuthenticatorRef>(), "");
  KVS_EXPECT_CODE(status, kUnauthenticated, "a request without credentials");
  return OkStatus();
}

Status RubbishIsRefused(Context& context) {
  const auto authenticator = context.Port<sdk::AuthenticatorRef>();
  const std::string inputs[] = {"x",
                                "Bearer",
                                "Bearer ",
                                "Basic",
                                "Basic !!!",
                                "Basic Og==",
                                "Bearer a.b.c",
                                "Bearer ..",
                                std::string("Bearer \0x", 9),
                                "Bearer " + std::string(100'000, 'a'),
                                "Basic " + std::string(100'000, 'Y'),
                                "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
                                "bearer\tx",
                                "Digest username=a"};
  for (const std::string& input : inputs) {
    const Status status = Identify(authenticator, input);
    KVS_EXPECT(IsRefusal(status), "\"", input.substr(0, 60), "\" was answered ", status.ToString());
  }
  return OkStatus();
}

Status ARefusalRepeatsNoSecret(Context& context) {
  const auto authenticator = context.Port<sdk::AuthenticatorRef>();
  for (const std::string_view input :
       {"Bearer zu8oPhahx3ie", "Basic enU4b1BoYWh4M2llOnp1OG9QaGFoeDNpZQ=="}) {
    const Status status = Identify(authenticator, input);
    KVS_EXPECT(IsRefusal(status), "a stranger was answered ", status.ToString());
    KVS_EXPECT(status.message().find("zu8oPhahx3ie") == std::string::npos &&
                   status.message().find(input.substr(6)) == std::string::npos,
               "the refusal repeats what was shown: ", status.message());
  }
  return OkStatus();
}

Status AStrangersCertificateIsRefused(Context& context) {
  const Status status =
      Identify(context.Port<sdk::AuthenticatorRef>(), "", "CN=no-such-subject-anywhere.invalid");
  KVS_EXPECT(IsRefusal(status), "a stranger's certificate was answered ", status.ToString());
  return OkStatus();
}

Status TheChallengeIsOneLine(Context& context) {
  const std::string_view challenge = context.Port<sdk::AuthenticatorRef>().challenge();
  KVS_EXPECT(challenge.find_first_of("\r\n") == std::string_view::npos,
             "the challenge has a line break");
  return OkStatus();
}

constexpr Case kCases[] = {
    {"WhoShowsNothingIsUnauthenticated", WhoShowsNothingIsUnauthenticated},
    {"RubbishIsRefused", RubbishIsRefused},
    {"ARefusalRepeatsNoSecret", ARefusalRepeatsNoSecret},
    {"AStrangersCertificateIsRefused", AStrangersCertificateIsRefused},
    {"TheChallengeIsOneLine", TheChallengeIsOneLine},
};

}  // namespace

const Suite& AuthenticatorSuite() {
  static constexpr Suite kSuite{KVS_AUTHENTICATOR_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit
