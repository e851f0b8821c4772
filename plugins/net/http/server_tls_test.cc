// SPDX-License-Identifier: Apache-2.0
// TLS and client certificates, with certificates that the test makes for itself.
#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "kvs/sdk/identity.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_certificate.h"

#include "test_client.h"

namespace kvs::net::http {
namespace {

using ::testing::HasSubstr;
using testkit::TestCertificate;

// One connection over TLS that trusts everybody.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port)
      : tcp_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_fd(ssl_, tcp_.fd());
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool Handshake() { return SSL_connect(ssl_) == 1; }
  std::string Roundtrip(std::string_view request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    char bytes[16384];
    const int n = SSL_read(ssl_, bytes, sizeof(bytes));
    return {bytes, static_cast<size_t>(std::max(n, 0))};
  }
  std::string Fingerprint() const {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509* const x509 = SSL_get0_peer_certificate(ssl_);
    if (x509 == nullptr || X509_digest(x509, EVP_sha256(), digest, &size) != 1) return {};
    return {reinterpret_cast<const char*>(digest), size};
  }

 private:
  TestClient tcp_;
  SSL_CTX* const context_;
  SSL* const ssl_;
};

class ServerTlsTest : public ServerTest {
 protected:
  ServerTlsTest() {
    config_.tls_cert_file = certificate_.cert();
    config_.tls_key_file = certificate_.key_file();
  }

  // Sends a request over TLS, with a client certificate if one is named; what came back, or the
  // empty text.
  std::string Talk(std::string_view request, const TestCertificate* client_certificate = nullptr,
                   int rounds = 1) {
    TestClient tcp = Connect();
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_file(context, certificate_.cert().c_str());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (client_certificate != nullptr) {
      SSL_CTX_use_certificate_file(context, client_certificate->cert().c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context, client_certificate->key_file().c_str(),
                                  SSL_FILETYPE_PEM);
    }
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, tcp.fd());
    std::string all;
    if (SSL_connect(ssl) == 1) {
      for (int i = 0; i < rounds; ++i) {
        SSL_write(ssl, request.data(), static_cast<int>(request.size()));
        std::string got;
        char bytes[16384];
        // Answers of these tests end in "t= b=..." text of a known length; the head says how long.
        while (true) {
          const int n = SSL_read(ssl, bytes, sizeof(bytes));
          if (n <= 0) break;
          got.append(bytes, static_cast<size_t>(n));
          const size_t end = got.find("\r\n\r\n");
          const size_t at = got.find("Content-Length: ");
          if (end != std::string::npos &&
              got.size() >= end + 4 + static_cast<size_t>(std::atoi(got.c_str() + at + 16)))
            break;
        }
        all += got;
      }
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    return all;
  }

  // Of the certificate that a new connection is shown.
  std::string Fingerprint() {
    TlsClient client(server_->port());
    return client.Handshake() ? client.Fingerprint() : "";
  }

  TestCertificate certificate_;
};

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(ServerTlsTest, ServesOverTlsAgainAndAgain) {
  StartServer();
  Handle("GET,POST", "/a", &Echo);

  const std::string got = Talk(kGet, nullptr, 3);

  size_t answers = 0;
  for (size_t at = got.find("GET /a q="); at != std::string::npos;
       at = got.find("GET /a q=", at + 1))
    ++answers;
  EXPECT_EQ(answers, 3u);
}

TEST_F(ServerTlsTest, LargeAnswersArriveWhole) {
  StartServer();
  Handle("GET", "/a",
         [](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send({200, {}, std::string(1 << 20, 'x')}, out);
           return OkStatus();
         });

  EXPECT_GT(Talk(kGet).size(), size_t{1} << 20);
}

TEST_F(ServerTlsTest, PlainHttpIsNoHandshake) {
  StartServer();
  Handle("GET", "/a", &Echo);
  TestClient client = Connect();

  EXPECT_EQ(client.Roundtrip(kGet).status, 0);
  StopServer();
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_tls_handshake_failures_total"), 1);
}

TEST_F(ServerTlsTest, ASilentClientDoesNotHoldItsHandshake) {
  config_.header_timeout.ms = 50;
  StartServer();
  TestClient client = Connect();

  EXPECT_TRUE(client.EndsQuietly());
}

TEST_F(ServerTlsTest, WithAClientAuthorityOnlyItsClientsGetIn) {
  const TestCertificate trusted;
  const TestCertificate stranger;
  config_.tls_client_ca_file = trusted.cert();
  StartServer();
  Handle("GET", "/a", &Echo);

  EXPECT_THAT(Talk(kGet, &trusted), HasSubstr("200 OK"));
  EXPECT_EQ(Talk(kGet, &stranger), "");
  EXPECT_EQ(Talk(kGet, nullptr), "");
}

// Says who showed which certificate.
class EchoAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  sdk::Outcome Identify(const sdk::Call&, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer&) override {
    if (in.peer_subject.size == 0) return Unauthenticated("no certificate");
    std::string subject = sdk::Text(in.peer_subject);
    for (uint64_t i = 0; i < in.n_peer_names; ++i)
      StrAppend(subject, " ", sdk::View(in.peer_names[i]));
    sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(std::move(subject), KVS_RIGHT_READ,
                                                                 std::vector<std::string>{"a"},
                                                                 std::vector<sdk::OwnedMatcher>{}),
                           out);
    return OkStatus();
  }
  std::string_view Challenge() const noexcept override { return {}; }
};

TEST_F(ServerTlsTest, AuthenticatorsSeeTheClientsCertificate) {
  const TestCertificate trusted("team, a", "DNS:agent.test,URI:spiffe://mesh/agent,IP:10.0.0.7");
  EchoAuthenticator authenticator;
  config_.tls_client_ca_file = trusted.cert();
  config_.tls_client_auth = "request";
  server_ = std::make_unique<HttpServer>(host_.host(), config_);
  server_->auth.emplace_back(sdk::IfaceOf<sdk::Authenticator>(&authenticator));
  ASSERT_EQ(Step(&HttpServer::Start).ToString(), "OK");
  Handle("GET", "/a",
         [](const sdk::Call& call, const kvs_http_request_t&, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::PlainText(200, sdk::Text(sdk::IdentityOf(call)->subject)),
                     out);
           return OkStatus();
         });

  EXPECT_THAT(
      Talk(kGet, &trusted),
      HasSubstr("O=team\\, a,CN=localhost DNS:agent.test URI:spiffe://mesh/agent IP:10.0.0.7"));
  EXPECT_THAT(Talk(kGet, nullptr), HasSubstr("401 Unauthorized"));
}

TEST_F(ServerTlsTest, AChangedCertificateCountsForNewConnectionsAndKeepsOldOnes) {
  testkit::TestHost host({.manual_clock = true});
  server_ = std::make_unique<HttpServer>(host.host(), config_);
  ASSERT_EQ(Step(&HttpServer::Start).ToString(), "OK");
  Handle("GET", "/a", &Echo);
  const std::string before = Fingerprint();
  TlsClient kept(server_->port());
  ASSERT_TRUE(kept.Handshake());

  TestCertificate().Replace(certificate_);
  host.Advance(10'000);

  EXPECT_NE(Fingerprint(), before);
  EXPECT_THAT(kept.Roundtrip(kGet), HasSubstr("200 OK"));

  testkit::WriteFile(certificate_.cert(), "no certificate");
  const std::string now = Fingerprint();
  host.Advance(10'000);
  EXPECT_EQ(Fingerprint(), now) << "what cannot be used changes nothing";
  EXPECT_TRUE(host.Logged("a changed file cannot be used"));
  StopServer();
}

TEST_F(ServerTlsTest, AKeyOfAnotherCertificateStopsTheStart) {
  const TestCertificate other;
  config_.tls_key_file = other.key_file();
  server_ = std::make_unique<HttpServer>(host_.host(), config_);

  const Status status = Step(&HttpServer::Start);
  server_ = nullptr;

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("tls.key_file"));
}

TEST_F(ServerTlsTest, AMissingCertificateStopsTheStart) {
  config_.tls_cert_file = "/nonexistent.pem";
  server_ = std::make_unique<HttpServer>(host_.host(), config_);

  const Status status = Step(&HttpServer::Start);
  server_ = nullptr;

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("/nonexistent.pem"));
}

TEST_F(ServerTlsTest, HalfATlsConfigurationIsRefused) {
  Config config;
  config.tls_cert_file = "x";
  EXPECT_FALSE(config.Validate().ok());
  config.tls_key_file = "y";
  EXPECT_TRUE(config.Validate().ok());
  config.tls_cert_file = config.tls_key_file = "";
  config.tls_client_ca_file = "z";
  EXPECT_FALSE(config.Validate().ok());
}

}  // namespace
}  // namespace kvs::net::http
