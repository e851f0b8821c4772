// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "transport.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A text of a certificate; empty when it is none, or could be taken for another one.
std::string TextOf(const ASN1_STRING* string) {
  const auto* const data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  std::string text(data, static_cast<size_t>(ASN1_STRING_length(string)));
  return text.find('\0') == std::string::npos ? text : std::string();
}

std::string AddressText(const ASN1_OCTET_STRING* bytes) {
  const unsigned char* const data = ASN1_STRING_get0_data(bytes);
  if (ASN1_STRING_length(bytes) == 4) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(data, data + v4.size(), v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (ASN1_STRING_length(bytes) != 16) return {};
  asio::ip::address_v6::bytes_type v6;
  std::copy(data, data + v6.size(), v6.begin());
  return asio::ip::address_v6(v6).to_string();
}

PeerCertificate ReadCertificate(X509* x509) {
  PeerCertificate out;
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(x509), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  if (size > 0) out.subject.assign(data, static_cast<size_t>(size));
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    const auto add = [&out](std::string_view kind, std::string value) {
      if (!value.empty()) out.names.push_back(StrCat(kind, value));
    };
    if (name->type == GEN_DNS) add("DNS:", TextOf(name->d.dNSName));
    if (name->type == GEN_URI) add("URI:", TextOf(name->d.uniformResourceIdentifier));
    if (name->type == GEN_EMAIL) add("EMAIL:", TextOf(name->d.rfc822Name));
    if (name->type == GEN_IPADD) add("IP:", AddressText(name->d.iPAddress));
  }
  return out;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  void Handshake(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](Error error) { done(error, 0); });
  }
  PeerCertificate Peer() const override {
    X509* const x509 = SSL_get0_peer_certificate(const_cast<Stream&>(stream_).native_handle());
    return x509 == nullptr ? PeerCertificate() : ReadCertificate(x509);
  }
  void ReadSome(asio::mutable_buffer into, Done done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void Write(std::vector<asio::const_buffer> buffers, Done done) override {
    asio::async_write(stream_, std::move(buffers), std::move(done));
  }
  // Ends when the client has said goodbye as well, or by Close().
  void EndWriting(Done done) override {
    stream_.async_shutdown([done = std::move(done)](Error error) { done(error, 0); });
  }
  void Close() override {
    Error ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  using Stream = asio::ssl::stream<tcp::socket>;
  Stream stream_;
};

}  // namespace

TlsContext::TlsContext(std::unique_ptr<asio::ssl::context> context)
    : context_(std::move(context)) {}
TlsContext::~TlsContext() = default;

StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Make(const Config& config) {
  namespace ssl = asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  // Only HTTP/1.1 is spoken here; a client that offers more must be told.
  SSL_CTX_set_alpn_select_cb(
      context->native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
         unsigned int in_length, void*) {
        static constexpr unsigned char kHttp11[] = "\x08http/1.1";
        unsigned char* chosen = nullptr;
        const int found =
            SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof(kHttp11) - 1, in, in_length);
        *out = chosen;
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
      },
      nullptr);
  boost::system::error_code error;
  context->use_certificate_chain_file(config.tls_cert_file, error);
  if (error)
    return InvalidArgument("reading tls.cert_file ", config.tls_cert_file, ": ", error.message());
  context->use_private_key_file(config.tls_key_file, ssl::context::pem, error);
  if (error)
    return InvalidArgument("reading tls.key_file ", config.tls_key_file, ": ", error.message());
  if (!config.tls_client_ca_file.empty()) {
    context->load_verify_file(config.tls_client_ca_file, error);
    if (error)
      return InvalidArgument("reading tls.client_ca_file ", config.tls_client_ca_file, ": ",
                             error.message());
    const bool require = config.tls_client_auth == "require";
    context->set_verify_mode(
        require ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert : ssl::verify_peer, error);
    // Without it a client that resumes a session is refused.
    static constexpr unsigned char kSessions[] = "kvasir";
    SSL_CTX_set_session_id_context(context->native_handle(), kSessions, sizeof(kSessions) - 1);
  }
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    ERR_clear_error();
    return InvalidArgument("tls.key_file ", config.tls_key_file,
                           " is not the key of tls.cert_file ", config.tls_cert_file);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context)));
}

std::unique_ptr<Transport> TlsContext::MakeTransport(tcp::socket socket) const {
  return std::make_unique<TlsTransport>(std::move(socket), *context_);
}

}  // namespace kvs::net::http
