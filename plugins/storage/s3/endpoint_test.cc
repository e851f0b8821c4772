// SPDX-License-Identifier: Apache-2.0
// Where requests go, by configuration and environment.
#include "endpoint.h"

#include <gtest/gtest.h>

namespace kvs::storage::s3 {
namespace {

std::string Nothing(const char*) {
  return {};
}

Config Of(std::string endpoint, std::string region = "", std::string lookup = "auto") {
  Config config;
  config.endpoint = std::move(endpoint);
  config.region = std::move(region);
  config.bucket_lookup_type = std::move(lookup);
  config.bucket_name = "blocks";
  return config;
}

std::string UrlOf(const Config& config) {
  const auto endpoint = MakeEndpoint(config, Nothing);
  return endpoint.ok() ? endpoint->UrlOf("t 1/k") : endpoint.status().ToString();
}

TEST(EndpointTest, AmazonHasTheBucketInTheHost) {
  EXPECT_EQ(UrlOf(Of("", "eu-west-1")), "https://blocks.s3.eu-west-1.amazonaws.com/t%201/k");
  EXPECT_EQ(UrlOf(Of("s3.eu-west-1.amazonaws.com")),
            "https://blocks.s3.eu-west-1.amazonaws.com/t%201/k");
  EXPECT_EQ(UrlOf(Of("", "cn-north-1")), "https://blocks.s3.cn-north-1.amazonaws.com.cn/t%201/k");
}

TEST(EndpointTest, OthersHaveItInThePath) {
  EXPECT_EQ(UrlOf(Of("minio:9000")), "https://minio:9000/blocks/t%201/k");
  EXPECT_EQ(UrlOf(Of("http://minio:9000")), "http://minio:9000/blocks/t%201/k");
  EXPECT_EQ(UrlOf(Of("minio:9000", "", "virtual-hosted")), "https://blocks.minio:9000/t%201/k");
}

TEST(EndpointTest, APortThatTheSchemeImpliesIsNotPartOfTheHost) {
  EXPECT_EQ(UrlOf(Of("https://minio:443/")), "https://minio/blocks/t%201/k");
  EXPECT_EQ(UrlOf(Of("http://minio:80")), "http://minio/blocks/t%201/k");
  EXPECT_EQ(UrlOf(Of("http://minio:443")), "http://minio:443/blocks/t%201/k");
}

TEST(EndpointTest, ABucketThatFitsNoHostStaysInThePath) {
  Config config = Of("", "us-east-1");
  config.bucket_name = "my.bucket";
  EXPECT_EQ(UrlOf(config), "https://s3.us-east-1.amazonaws.com/my.bucket/t%201/k");

  config.bucket_lookup_type = "virtual-hosted";
  EXPECT_FALSE(MakeEndpoint(config, Nothing).ok());
}

TEST(EndpointTest, TheRegionComesFromTheFirstThatSaysOne) {
  const auto env = [](const char* name) {
    return std::string(name) == "AWS_REGION" ? "from-env" : "";
  };

  EXPECT_EQ(MakeEndpoint(Of("x", "set"), env)->region, "set");
  EXPECT_EQ(MakeEndpoint(Of("s3.eu-west-1.amazonaws.com"), env)->region, "eu-west-1");
  EXPECT_EQ(MakeEndpoint(Of("x"), env)->region, "from-env");
  EXPECT_EQ(MakeEndpoint(Of("x"), Nothing)->region, "us-east-1");
}

TEST(EndpointTest, WhatIsNoHostIsRefused) {
  for (const char* text : {"ftp://x", "minio:9000/bucket", "user@minio", "a b"})
    EXPECT_EQ(MakeEndpoint(Of(text), Nothing).status().code(), StatusCode::kInvalidArgument)
        << text;
  Config config = Of("https://x");
  config.insecure = true;
  EXPECT_FALSE(MakeEndpoint(config, Nothing).ok());
}

TEST(EndpointTest, TheBucketItselfIsAPath) {
  EXPECT_EQ(MakeEndpoint(Of("x"), Nothing)->PathOf(""), "/blocks");
  EXPECT_EQ(MakeEndpoint(Of("", "us-east-1"), Nothing)->PathOf(""), "/");
}

TEST(ConfigTest, HalvesOfPairsAreRefused) {
  Config config = Of("x");
  EXPECT_TRUE(config.Validate().ok());
  config.access_key_id = "id";
  EXPECT_FALSE(config.Validate().ok());
  config.secret_access_key.value = "secret";
  EXPECT_TRUE(config.Validate().ok());
  config.tls_cert_path = "c";
  EXPECT_FALSE(config.Validate().ok());
  config.tls_key_path = "k";
  EXPECT_TRUE(config.Validate().ok());
  config.sse_kms_key_id = "k";
  EXPECT_FALSE(config.Validate().ok());
  config.sse_type = "SSE-KMS";
  EXPECT_TRUE(config.Validate().ok());
  config.storage_prefix = "a//b";
  EXPECT_FALSE(config.Validate().ok());
}

}  // namespace
}  // namespace kvs::storage::s3
