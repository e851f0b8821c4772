// SPDX-License-Identifier: Apache-2.0
// What S3 and STS say in XML, as values. [any]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/objstore/listing.h"

#include "signing.h"

namespace kvs::storage::s3 {

/// <Error>: of an answer that is none, empty.
struct ErrorAnswer {
  std::string code;     ///< "NoSuchKey"
  std::string message;  ///< for people; may be empty
};
ErrorAnswer ParseError(std::string_view body);

/// <ListBucketResult>, in byte order, keys and common prefixes in one row.
struct ListAnswer {
  std::vector<objstore::ListEntry> entries;
  bool truncated = false;
  std::string next_token;
};
StatusOr<ListAnswer> ParseList(std::string_view body);

/// The UploadId of <InitiateMultipartUploadResult>.
StatusOr<std::string> ParseUploadId(std::string_view body);

/// The ETag of <CompleteMultipartUploadResult>, without quotes. That answer begins before it is
/// known how it ends, so an <Error> may come with code 200: `*error` is that, and the value is
/// empty.
StatusOr<std::string> ParseCompleted(std::string_view body, ErrorAnswer* error);

/// <AssumeRoleWithWebIdentityResponse>
StatusOr<Credentials> ParseAssumedRole(std::string_view body);

/// An ETag without its quotes.
std::string_view BareEtag(std::string_view etag);

/// Unix milliseconds of "2009-10-12T17:50:30.000Z", and of "Fri, 24 May 2013 00:00:00 GMT"; 0 when
/// it is not one.
int64_t ParseIsoTime(std::string_view text);
int64_t ParseHttpDate(std::string_view text);

}  // namespace kvs::storage::s3
