// SPDX-License-Identifier: Apache-2.0
// TLS, client certificates, tokens and what binds a caller, over a real connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "client.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_certificate.h"
#include "kvs/testkit/test_host.h"
#include "server.h"

namespace kvs::remote::grpc {
namespace {

using ::testing::HasSubstr;
using testkit::TestCertificate;

// Answers with an error that says who asked: subject, tenant and matchers.
class WhoSource final : public sdk::SeriesSource {
 public:
  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t&, kvs_series_cursor_t&, sdk::Completer&) override {
    return NotFound(sdk::EncodeMatchers(sdk::BindingMatchers(call)));
  }
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t&, kvs_strings_t&, sdk::Completer&) override {
    const kvs_identity_t* const identity = sdk::IdentityOf(call);
    return NotFound(identity == nullptr ? "nobody" : sdk::View(identity->subject), " ", call.tenant(), " ",
                    sdk::EncodeMatchers(sdk::BindingMatchers(call)));
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&, sdk::Completer&) override { return OkStatus(); }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&, sdk::Completer&) override { return OkStatus(); }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&, sdk::Completer&) override { return OkStatus(); }
};

// Knows one token, and every certificate; both may read what is tenant a's.
class OneAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  sdk::Outcome Identify(const sdk::Call&, const kvs_credentials_t& in, kvs_identity_t& out, sdk::Completer&) override {
    std::string subject = sdk::Text(in.peer_subject);
    for (uint64_t i = 0; i < in.n_peer_names; ++i) StrAppend(subject, "+", sdk::View(in.peer_names[i]));
    if (subject.empty() && sdk::View(in.authorization) == "Bearer secret") subject = "token";
    if (subject.empty()) return Unauthenticated("unknown");
    sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(std::move(subject), KVS_RIGHT_READ, std::vector<std::string>{"a"},
                                                                 std::vector<sdk::OwnedMatcher>{{"peer", KVS_MATCH_EQUAL, "1"}}),
                           out);
    return OkStatus();
  }
  std::string_view Challenge() const noexcept override { return {}; }
};

class RemoteAccessTest : public ::testing::Test {
 protected:
  ~RemoteAccessTest() override {
    if (client_ != nullptr) {
      EXPECT_TRUE(testkit::StopComponent(*client_).ok());
    }
    client_.reset();
    if (server_ == nullptr) return;
    std::latch ended(1);
    const kvs_completion_t completion{[](void* ctx, kvs_status_t) noexcept { static_cast<std::latch*>(ctx)->count_down(); }, &ended};
    sdk::Completer completer(&completion, nullptr);
    const sdk::OwnedCall call("");
    if (server_->Drain(call, completer).is_raw()) ended.wait();
  }
  void Begin() {
    server_config_.listen = "127.0.0.1:0";
    server_ = std::make_unique<RemoteServer>(host_.host(), server_config_);
    server_->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    if (authenticated_) server_->auth.emplace_back(sdk::IfaceOf<sdk::Authenticator>(&authenticator_));
    ASSERT_EQ(testkit::StartComponent(*server_).ToString(), "OK");
    client_config_.addresses = {StrCat("127.0.0.1:", server_->port())};
    client_ = std::make_unique<RemoteClient>(host_.host(), client_config_);
    ASSERT_EQ(testkit::StartComponent(*client_).ToString(), "OK");
  }
  Status Ask(std::string_view tenant = "a", const kvs_ext_t* ext = nullptr) {
    sdk::OwnedCall timed(tenant);
    timed.WithTimeoutMs(10'000);
    kvs_call_t raw = *timed.call().raw();
    raw.ext = ext;
    auto query = sdk::Record<kvs_label_query_t>();
    sdk::Owned<kvs_strings_t> names;
    return sdk::Await(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(client_.get())).label_names(), sdk::Call(&raw), &query, names.out());
  }
  void UseTls(const TestCertificate& server, const TestCertificate* client) {
    server_config_.tls_cert_file = server.cert();
    server_config_.tls_key_file = server.key_file();
    client_config_.tls_ca_file = server.cert();
    client_config_.tls_server_name = "agent.test";
    if (client == nullptr) return;
    client_config_.tls_cert_file = client->cert();
    client_config_.tls_key_file = client->key_file();
  }

  testkit::TestHost host_;
  const testkit::TempDir folder_;
  WhoSource source_;
  OneAuthenticator authenticator_;
  ServerConfig server_config_;
  ClientConfig client_config_;
  bool authenticated_ = false;
  std::unique_ptr<RemoteServer> server_;
  std::unique_ptr<RemoteClient> client_;
};

TEST_F(RemoteAccessTest, WithoutAnAuthenticatorNobodyIsAsked) {
  Begin();
  EXPECT_EQ(Ask().ToString(), "NOT_FOUND: nobody a ");
}

TEST_F(RemoteAccessTest, ATokenIsShownAndJudged) {
  authenticated_ = true;
  client_config_.token_file = folder_.path() + "/token";
  testkit::WriteFile(client_config_.token_file, "secret\n");
  Begin();
  EXPECT_EQ(Ask("a").ToString(), "NOT_FOUND: token a peer=1");
  EXPECT_EQ(Ask("b").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(Ask("a|b").code(), StatusCode::kPermissionDenied);
}

TEST_F(RemoteAccessTest, WithoutATokenNothingIsAnswered) {
  authenticated_ = true;
  Begin();
  EXPECT_EQ(Ask().code(), StatusCode::kUnauthenticated);
  auto select = sdk::Record<kvs_select_t>();
  sdk::OpenSelection selection;
  const sdk::OwnedCall call("a");
  EXPECT_EQ(sdk::Await(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(client_.get())).select(), call, &select, selection.out()).code(),
            StatusCode::kUnauthenticated);
}

TEST_F(RemoteAccessTest, WhatBindsACallerTravelsAndIsJoined) {
  authenticated_ = true;
  client_config_.token_file = folder_.path() + "/token";
  testkit::WriteFile(client_config_.token_file, "secret");
  Begin();
  sdk::Owned<kvs_identity_t> identity;
  sdk::Identity::HandOut(std::make_shared<const sdk::Identity>("user", 0u, std::vector<std::string>{},
                                                               std::vector<sdk::OwnedMatcher>{{"env", KVS_MATCH_REGEX, "a|b"}}),
                         *identity.out());
  auto ext = sdk::Record<kvs_ext_t>();
  ext.id = KVS_EXT_IDENTITY;
  ext.value = &*identity;
  EXPECT_EQ(Ask("a", &ext).ToString(), "NOT_FOUND: token a env=~a%7Cb&peer=1");
}

TEST_F(RemoteAccessTest, TlsVerifiesBothSides) {
  const TestCertificate server, client("team-a");
  authenticated_ = true;
  UseTls(server, &client);
  server_config_.tls_client_ca_file = client.cert();
  Begin();
  EXPECT_EQ(Ask().ToString(), "NOT_FOUND: O=team-a,CN=localhost+DNS:agent.test a peer=1");
}

TEST_F(RemoteAccessTest, AStrangersCertificateGetsNoConnection) {
  const TestCertificate server, client, stranger;
  UseTls(server, &stranger);
  server_config_.tls_client_ca_file = client.cert();
  Begin();
  EXPECT_EQ(Ask().code(), StatusCode::kUnavailable);
}

TEST_F(RemoteAccessTest, AServerOfAnotherNameIsNotSpokenTo) {
  const TestCertificate server;
  UseTls(server, nullptr);
  client_config_.tls_server_name = "other.test";
  Begin();
  EXPECT_EQ(Ask().code(), StatusCode::kUnavailable);
}

TEST_F(RemoteAccessTest, AMissingFileStopsTheStart) {
  server_config_.tls_cert_file = server_config_.tls_key_file = "/nonexistent.pem";
  RemoteServer server(host_.host(), server_config_);
  EXPECT_THAT(testkit::StartComponent(server).message(), HasSubstr("/nonexistent.pem"));
  server_config_.tls_key_file.clear();
  EXPECT_FALSE(server_config_.Validate().ok());
  client_config_.addresses = {"x:1"};
  client_config_.tls_server_name = "x";
  EXPECT_FALSE(client_config_.Validate().ok());
}

}  // namespace
}  // namespace kvs::remote::grpc
