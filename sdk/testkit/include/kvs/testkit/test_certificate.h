// SPDX-License-Identifier: Apache-2.0
// TestCertificate: certificates that a test makes for itself. Header-only: whoever includes it
// links OpenSSL.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace kvs::testkit {

/// A self-signed certificate with its key, in files that go with it. It is its own authority.
class TestCertificate {
 public:
  /// `organization` and `name` tell certificates of clients apart.
  explicit TestCertificate(const char* organization = "test",
                           const char* alternative_name = "DNS:agent.test") {
    char folder[] = "/tmp/kvs_tls_XXXXXX";
    folder_ = mkdtemp(folder);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_NAME* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(organization), -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name);
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509, key, EVP_sha256());
    FILE* file = fopen(cert().c_str(), "w");
    PEM_write_X509(file, x509);
    fclose(file);
    file = fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    fclose(file);
    X509_free(x509);
    EVP_PKEY_free(key);
  }
  ~TestCertificate() {
    std::remove(cert().c_str());
    std::remove(key_file().c_str());
    std::remove(folder_.c_str());
  }
  /// Puts this one's files where the other's are.
  void Replace(const TestCertificate& other) const {
    std::rename(key_file().c_str(), other.key_file().c_str());
    std::rename(cert().c_str(), other.cert().c_str());
  }
  std::string cert() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

}  // namespace kvs::testkit
