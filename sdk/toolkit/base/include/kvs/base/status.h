// SPDX-License-Identifier: Apache-2.0
// Status: how an operation ended. OK is one null pointer; an error carries a code (gRPC's numbers, as the C ABI), one
// sentence for people, a stable reason id for machines, and whether trying again makes sense.
//
//   Status Open(std::string_view path) {
//     if (path.empty()) return InvalidArgument("no path given");
//     KVS_ASSIGN_OR_RETURN(File file, File::Open(path));
//     KVS_RETURN_IF_ERROR(file.Lock());
//     return OkStatus();
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kvs/base/check.h"
#include "kvs/base/str_cat.h"

namespace kvs {

/// gRPC's numbers, so that neither the C ABI nor a network hop translates them.
enum class StatusCode : int32_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "NOT_FOUND" and so on; "CODE_99" for a number without a name.
std::string StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  /// An error; `code` is not kOk. `message`: one sentence without a full stop, newline or secret.
  Status(StatusCode code, std::string message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return ok() ? StatusCode::kOk : rep_->code; }
  const std::string& message() const;
  /// A stable id such as "err-mimir-max-label-names-per-series"; empty when there is none.
  const std::string& reason() const;
  /// True when the producer says that the same call may succeed later.
  bool retryable() const { return !ok() && rep_->retryable; }
  /// True when a part of the input was accepted all the same.
  bool partial() const { return !ok() && rep_->partial; }
  /// Milliseconds after which to try again; 0: no advice.
  uint32_t retry_after_ms() const { return ok() ? 0 : rep_->retry_after_ms; }

  Status&& WithReason(std::string reason) &&;
  Status&& WithRetryAfterMs(uint32_t ms) &&;  ///< Also marks the error retryable.
  Status&& Retryable(bool on = true) &&;
  Status&& Partial(bool on = true) &&;

  /// "NOT_FOUND: no such object", or "OK".
  std::string ToString() const;

 private:
  struct Rep {
    StatusCode code;
    bool retryable = false;
    bool partial = false;
    uint32_t retry_after_ms = 0;
    std::string message;
    std::string reason;
  };
  std::unique_ptr<Rep> rep_;
};

inline Status OkStatus() { return Status(); }

/// Puts `context` before the message: Annotate(s, "reading ", name). OK stays OK.
template <typename... Pieces>
Status Annotate(const Status& status, const Pieces&... context) {
  if (status.ok()) return status;
  return Status(status.code(), StrCat(context..., ": ", status.message()))
      .WithReason(status.reason())
      .Retryable(status.retryable())
      .Partial(status.partial());
}

/// Says on purpose, and searchably, that an error does not matter here.
inline void IgnoreError(const Status& /*status*/, std::string_view /*why*/) {}

#define KVS_INTERNAL_STATUS_MAKER(Name)                        \
  template <typename... Pieces>                                \
  Status Name(const Pieces&... pieces) {                       \
    return Status(StatusCode::k##Name, StrCat(pieces...));     \
  }
KVS_INTERNAL_STATUS_MAKER(Cancelled)
KVS_INTERNAL_STATUS_MAKER(Unknown)
KVS_INTERNAL_STATUS_MAKER(InvalidArgument)
KVS_INTERNAL_STATUS_MAKER(DeadlineExceeded)
KVS_INTERNAL_STATUS_MAKER(NotFound)
KVS_INTERNAL_STATUS_MAKER(AlreadyExists)
KVS_INTERNAL_STATUS_MAKER(PermissionDenied)
KVS_INTERNAL_STATUS_MAKER(ResourceExhausted)
KVS_INTERNAL_STATUS_MAKER(FailedPrecondition)
KVS_INTERNAL_STATUS_MAKER(Aborted)
KVS_INTERNAL_STATUS_MAKER(OutOfRange)
KVS_INTERNAL_STATUS_MAKER(Unimplemented)
KVS_INTERNAL_STATUS_MAKER(Internal)
KVS_INTERNAL_STATUS_MAKER(Unavailable)
KVS_INTERNAL_STATUS_MAKER(DataLoss)
KVS_INTERNAL_STATUS_MAKER(Unauthenticated)
#undef KVS_INTERNAL_STATUS_MAKER

/// A T, or the error that prevented it. Reading the value of an error aborts.
template <typename T>
class [[nodiscard]] StatusOr {
 public:
  using value_type = T;

  StatusOr(Status status) : status_(std::move(status)) { KVS_CHECK(!status_.ok()); }  // NOLINT(google-explicit-constructor)
  StatusOr(const T& value) { new (&value_) T(value); }      // NOLINT(google-explicit-constructor)
  StatusOr(T&& value) { new (&value_) T(std::move(value)); }  // NOLINT(google-explicit-constructor)
  template <typename U>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Status> &&
             !std::is_same_v<std::remove_cvref_t<U>, StatusOr<T>>)
  StatusOr(U&& value) {  // NOLINT(google-explicit-constructor)
    new (&value_) T(std::forward<U>(value));
  }
  StatusOr(const StatusOr& other) : status_(other.status_) {
    if (ok()) new (&value_) T(other.value_);
  }
  StatusOr(StatusOr&& other) noexcept : status_(other.status_) {
    if (ok()) new (&value_) T(std::move(other.value_));
  }
  StatusOr& operator=(StatusOr other) noexcept {
    if (ok()) value_.~T();
    status_ = other.status_;  // Copied: one that lost its error would count as holding a value.
    if (ok()) new (&value_) T(std::move(other.value_));
    return *this;
  }
  ~StatusOr() {
    if (ok()) value_.~T();
  }

  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }

  T& value() & { KVS_CHECK(ok()); return value_; }
  const T& value() const& { KVS_CHECK(ok()); return value_; }
  T&& value() && { KVS_CHECK(ok()); return std::move(value_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  union {
    T value_;
  };
};

}  // namespace kvs

#define KVS_INTERNAL_CAT2(a, b) a##b
#define KVS_INTERNAL_CAT(a, b) KVS_INTERNAL_CAT2(a, b)

/// Returns from the enclosing function when `expression`, a Status, is an error.
#define KVS_RETURN_IF_ERROR(expression)                                     \
  do {                                                                      \
    if (::kvs::Status kvs_status_ = (expression); !kvs_status_.ok()) return kvs_status_; \
  } while (false)

/// KVS_ASSIGN_OR_RETURN(File f, Open(path)): the value of a StatusOr, or return its error.
#define KVS_ASSIGN_OR_RETURN(target, expression) \
  KVS_INTERNAL_ASSIGN(KVS_INTERNAL_CAT(kvs_or_, __LINE__), target, expression)
#define KVS_INTERNAL_ASSIGN(name, target, expression) \
  auto name = (expression);                           \
  if (!name.ok()) return name.status();               \
  target = std::move(name).value()
