// SPDX-License-Identifier: Apache-2.0
#include "kvs/base/status.h"

#include <cstdio>
#include <cstdlib>

namespace kvs {
namespace {

// Function-local, so that nothing at namespace scope needs a constructor.
const std::string& EmptyString() {
  static const std::string* const kEmpty = new std::string();
  return *kEmpty;
}

}  // namespace

void CheckFailed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
  std::abort();
}

std::string StatusCodeName(StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto number = static_cast<int32_t>(code);
  if (number < 0 || number > 16) return StrCat("CODE_", number);
  return kNames[number];
}

Status::Status(StatusCode code, std::string message) : rep_(std::make_unique<Rep>()) {
  KVS_CHECK(code != StatusCode::kOk);
  rep_->code = code;
  rep_->message = std::move(message);
}

Status::Status(const Status& other)
    : rep_(other.rep_ == nullptr ? nullptr : std::make_unique<Rep>(*other.rep_)) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_ = other.rep_ == nullptr ? nullptr : std::make_unique<Rep>(*other.rep_);
  return *this;
}

const std::string& Status::message() const {
  return ok() ? EmptyString() : rep_->message;
}
const std::string& Status::reason() const {
  return ok() ? EmptyString() : rep_->reason;
}

Status&& Status::WithReason(std::string reason) && {
  if (!ok()) rep_->reason = std::move(reason);
  return std::move(*this);
}

Status&& Status::WithRetryAfterMs(uint32_t ms) && {
  if (!ok()) {
    rep_->retry_after_ms = ms;
    rep_->retryable = true;
  }
  return std::move(*this);
}

Status&& Status::Retryable(bool on) && {
  if (!ok()) rep_->retryable = on;
  return std::move(*this);
}

Status&& Status::Partial(bool on) && {
  if (!ok()) rep_->partial = on;
  return std::move(*this);
}

std::string Status::ToString() const {
  return ok() ? "OK" : StrCat(StatusCodeName(rep_->code), ": ", rep_->message);
}

}  // namespace kvs
