// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include <charconv>

namespace kvs::storage::s3 {
namespace {

struct Known {
  const char* error;  // As the store names it.
  StatusCode code;
  bool retryable;
  const char* hint;
};

// What the HTTP code alone would tell wrongly, or where one sentence helps.
constexpr Known kKnown[] = {
    {"NoSuchBucket", StatusCode::kFailedPrecondition, false,
     "bucket_name or region is wrong, or the bucket was never made"},
    {"InvalidBucketName", StatusCode::kFailedPrecondition, false, "bucket_name is not one"},
    {"PermanentRedirect", StatusCode::kFailedPrecondition, false,
     "the bucket is in another region: set region and endpoint"},
    {"AuthorizationHeaderMalformed", StatusCode::kFailedPrecondition, false,
     "the bucket is probably in another region: set region"},
    {"AccessDenied", StatusCode::kPermissionDenied, false,
     "the policy must allow s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload "
     "and s3:ListBucket"},
    {"SignatureDoesNotMatch", StatusCode::kPermissionDenied, false,
     "secret_access_key is wrong, or a proxy changes requests"},
    {"InvalidAccessKeyId", StatusCode::kPermissionDenied, false,
     "access_key_id is not known to this store"},
    {"RequestTimeTooSkewed", StatusCode::kPermissionDenied, false,
     "the clock of this machine differs from the store's by more than 15 minutes"},
    {"ExpiredToken", StatusCode::kUnauthenticated, true, "the temporary credentials have expired"},
    {"ExpiredTokenException", StatusCode::kUnauthenticated, true,
     "the web identity token has expired"},
    {"TokenRefreshRequired", StatusCode::kUnauthenticated, true,
     "the temporary credentials have expired"},
    {"InvalidToken", StatusCode::kPermissionDenied, false,
     "session_token does not belong to these credentials"},
    {"InvalidIdentityToken", StatusCode::kPermissionDenied, false,
     "the role does not trust the issuer of the web identity token"},
    {"QuotaExceeded", StatusCode::kResourceExhausted, false,
     "the store is full for this user or bucket"},
    {"XMinioStorageFull", StatusCode::kResourceExhausted, false, "the store is full"},
    {"RequestTimeout", StatusCode::kUnavailable, true, nullptr},
    {"SlowDown", StatusCode::kUnavailable, true, nullptr},
    {"InternalError", StatusCode::kUnavailable, true, nullptr},
    {"ServiceUnavailable", StatusCode::kUnavailable, true, nullptr},
    {"OperationAborted", StatusCode::kAborted, true, nullptr},
    {"ConditionalRequestConflict", StatusCode::kAborted, true, nullptr},
    // Bytes that changed on their way: they are right here.
    {"BadDigest", StatusCode::kUnavailable, true, nullptr},
    {"IncompleteBody", StatusCode::kUnavailable, true, nullptr},
    {"XAmzContentSHA256Mismatch", StatusCode::kUnavailable, true, nullptr},
};

Known OfHttpCode(int code) {
  switch (code) {
    case 301:
    case 307:
      return {"", StatusCode::kFailedPrecondition, false,
              "the bucket is in another region: set region and endpoint"};
    case 401:
      return {"", StatusCode::kUnauthenticated, false, nullptr};
    case 403:
      return {"", StatusCode::kPermissionDenied, false,
              "without s3:ListBucket a missing object looks the same"};
    case 404:
      return {"", StatusCode::kNotFound, false, nullptr};
    case 405:
    case 501:
      return {"", StatusCode::kUnimplemented, false, nullptr};
    case 408:
    case 429:
      return {"", StatusCode::kUnavailable, true, nullptr};
    case 409:
      return {"", StatusCode::kAborted, true, nullptr};
    case 412:
      return {"", StatusCode::kFailedPrecondition, false, nullptr};
    case 416:
      return {"", StatusCode::kOutOfRange, false, nullptr};
    case 507:
      return {"", StatusCode::kResourceExhausted, false, nullptr};
    default:
      if (code >= 500) return {"", StatusCode::kUnavailable, true, nullptr};
      if (code >= 400) return {"", StatusCode::kInvalidArgument, false, nullptr};
      return {"", StatusCode::kInternal, false, nullptr};
  }
}

Known Look(int http_code, const ErrorAnswer& error) {
  for (const Known& known : kKnown) {
    if (error.code == known.error) return known;
  }
  return OfHttpCode(http_code);
}

// "Retry-After: 3"; dates are not used by stores.
uint32_t RetryAfterMs(std::string_view header) {
  uint32_t seconds = 0;
  const auto end = std::from_chars(header.data(), header.data() + header.size(), seconds);
  return end.ec == std::errc() && end.ptr == header.data() + header.size() && seconds < 3600
             ? seconds * 1000
             : 0;
}

}  // namespace

Status StatusOf(const HttpAnswer& answer, const ErrorAnswer& error) {
  const Known known = Look(answer.code, error);
  std::string text = StrCat("the store answered ", answer.code);
  if (!error.code.empty()) StrAppend(text, " ", error.code);
  if (!error.message.empty()) StrAppend(text, ": ", error.message);
  if (known.hint != nullptr) StrAppend(text, " (", known.hint, ")");
  if (const std::string_view region = answer.header("x-amz-bucket-region");
      known.code == StatusCode::kFailedPrecondition && !region.empty()) {
    StrAppend(text, "; the bucket's region is ", region);
  }
  // Messages of others may span lines.
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  Status status = Status(known.code, std::move(text)).Retryable(known.retryable);
  const uint32_t wait_ms = known.retryable ? RetryAfterMs(answer.header("retry-after")) : 0;
  return wait_ms == 0 ? status : std::move(status).WithRetryAfterMs(wait_ms);
}

bool CredentialsExpired(const ErrorAnswer& error) {
  return error.code == "ExpiredToken" || error.code == "TokenRefreshRequired";
}

}  // namespace kvs::storage::s3
