// SPDX-License-Identifier: Apache-2.0
// What a mail is made of: headers of any text, bodies of 7 bits. [any]
#pragma once

#include <string>
#include <string_view>

namespace kvs::notifier::email {

/// A value of a header: as it is when it is printable ASCII, else in words of RFC 2047's Q
/// encoding. The result has no line break but those before a continuation.
std::string EncodeHeader(std::string_view text);

/// Whether a header may be called that: RFC 5322's field names.
bool IsHeaderName(std::string_view name);

/// RFC 2045's quoted-printable: lines of at most 76 characters, ended by CRLF.
std::string QuotedPrintable(std::string_view text);

}  // namespace kvs::notifier::email
