// SPDX-License-Identifier: Apache-2.0
#include "kvs/grpc_tls/tls.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "kvs/sdk/file_watch.h"

namespace kvs::grpc_tls {
namespace {

namespace tls = ::grpc::experimental;

constexpr unsigned kLookEverySeconds = 10;

std::shared_ptr<tls::CertificateProviderInterface> ProviderOf(const TlsFiles& files) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(files.key_file, files.cert_file,
                                                               files.ca_file, kLookEverySeconds);
}

}  // namespace

Status CheckFiles(const TlsFiles& files) {
  for (const std::string* file : {&files.cert_file, &files.key_file, &files.ca_file}) {
    if (!file->empty()) KVS_RETURN_IF_ERROR(sdk::ReadFile(*file).status());
  }
  return OkStatus();
}

std::shared_ptr<::grpc::ChannelCredentials> ClientCredentials(const TlsFiles& files) {
  if (files.empty()) return ::grpc::InsecureChannelCredentials();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(ProviderOf(files));
  options.watch_root_certs();
  if (!files.cert_file.empty()) options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(true);
  return tls::TlsCredentials(options);
}

std::shared_ptr<::grpc::ServerCredentials> ServerCredentials(const TlsFiles& files) {
  if (files.empty()) return ::grpc::InsecureServerCredentials();
  tls::TlsServerCredentialsOptions options(ProviderOf(files));
  options.watch_identity_key_cert_pairs();
  if (!files.ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace kvs::grpc_tls
