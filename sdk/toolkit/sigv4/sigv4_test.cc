// SPDX-License-Identifier: Apache-2.0
// Signatures: the examples that Amazon publishes for S3, and what the specification says beyond
// them.
#include "kvs/sigv4/sigv4.h"

#include <gtest/gtest.h>

#include "kvs/sigv4/digests.h"

namespace kvs::sigv4 {
namespace {

const char* const kDate = "20130524T000000Z";
const char* const kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Credentials Example() {
  return {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
}

SignedParts Parts(std::string method, std::string path) {
  SignedParts parts;
  parts.method = std::move(method);
  parts.path = std::move(path);
  parts.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                   {"x-amz-content-sha256", kEmptyHash},
                   {"x-amz-date", kDate}};
  parts.payload_hash = kEmptyHash;
  return parts;
}

std::string SignatureOf(const SignedParts& parts) {
  const std::string whole = Authorization(Example(), "us-east-1", "s3", kDate, parts);
  return whole.substr(whole.rfind('=') + 1);
}

TEST(SigV4Test, AnObjectIsReadInPart) {
  SignedParts parts = Parts("GET", "/test.txt");
  parts.headers["range"] = "bytes=0-9";

  EXPECT_EQ(Authorization(Example(), "us-east-1", "s3", kDate, parts),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, AnObjectIsWritten) {
  SignedParts parts = Parts("PUT", "/test$file.text");
  parts.payload_hash = Hex(Sha256("Welcome to Amazon S3."));
  parts.headers["x-amz-content-sha256"] = parts.payload_hash;
  parts.headers["date"] = "Fri, 24 May 2013 00:00:00 GMT";
  parts.headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";

  EXPECT_EQ(SignatureOf(parts), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4Test, AParameterMayHaveNoValue) {
  SignedParts parts = Parts("GET", "/");
  parts.query = {{"lifecycle", ""}};

  EXPECT_EQ(SignatureOf(parts), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4Test, TheOrderOfParametersDoesNotMatter) {
  SignedParts parts = Parts("GET", "/");
  parts.query = {{"prefix", "J"}, {"max-keys", "2"}};

  EXPECT_EQ(SignatureOf(parts), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4Test, BlanksOfValuesAreSqueezed) {
  SignedParts plain = Parts("PUT", "/k");
  plain.headers["x-amz-meta-a"] = "one two";
  SignedParts wide = Parts("PUT", "/k");
  wide.headers["x-amz-meta-a"] = "  one \t two ";

  EXPECT_EQ(SignatureOf(plain), SignatureOf(wide));
}

TEST(SigV4Test, EverythingThatIsSignedCounts) {
  const std::string base = SignatureOf(Parts("GET", "/k"));
  SignedParts other = Parts("GET", "/k");
  other.payload_hash = "UNSIGNED-PAYLOAD";
  SignedParts meta = Parts("GET", "/k");
  meta.headers["x-amz-meta-a"] = "";

  EXPECT_NE(SignatureOf(Parts("PUT", "/k")), base);
  EXPECT_NE(SignatureOf(Parts("GET", "/k/")), base);
  EXPECT_NE(SignatureOf(other), base);
  EXPECT_NE(SignatureOf(meta), base);
}

TEST(SigV4Test, QueriesAreEscapedAndSortedByName) {
  EXPECT_EQ(CanonicalQuery({{"uploads", ""}, {"a b", "c/d+e"}, {"A", "\xc3\xbc"}, {"a", "~"}}),
            "A=%C3%BC&a=~&a%20b=c%2Fd%2Be&uploads=");
}

TEST(SigV4Test, DatesAreUtc) {
  EXPECT_EQ(AmzDate(1369353600999), "20130524T000000Z");
}

TEST(CryptoTest, EscapesComeBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));

  EXPECT_EQ(UriDecode(UriEncode(all)), all);
  EXPECT_EQ(UriEncode("a/b c", true), "a/b%20c");
  EXPECT_EQ(UriDecode("a+b%2Bc"), "a b+c");
  EXPECT_EQ(UriDecode("100%"), "100%");
  EXPECT_EQ(UriDecode("%zz%4"), "%zz%4");
}

TEST(CryptoTest, DigestsAreThoseOfTheirStandards) {
  EXPECT_EQ(Hex(Md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Hex(Sha256("")), kEmptyHash);
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
}

}  // namespace
}  // namespace kvs::sigv4
