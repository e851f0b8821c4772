// SPDX-License-Identifier: Apache-2.0
// The digests that services of AWS ask for, and escapes of URLs. [any]
#pragma once

#include <string>
#include <string_view>

namespace kvs::sigv4 {

/// Lower-case hexadecimal.
std::string Hex(std::string_view bytes);
std::string Base64(std::string_view bytes);

/// Raw bytes: 32 and 16 of them.
std::string Sha256(std::string_view bytes);
std::string Md5(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// Escapes all but RFC 3986's unreserved characters, with upper-case digits, as signatures want it.
std::string UriEncode(std::string_view text, bool keep_slash = false);
/// Undoes escapes, and "+" as listings mean it: a blank. What is no escape stays as it is.
std::string UriDecode(std::string_view text);

}  // namespace kvs::sigv4
