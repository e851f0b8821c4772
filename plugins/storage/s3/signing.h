// SPDX-License-Identifier: Apache-2.0
// What the plugin takes from toolkit/sigv4.
#pragma once

#include "kvs/sigv4/digests.h"
#include "kvs/sigv4/sigv4.h"

namespace kvs::storage::s3 {

using sigv4::AmzDate;
using sigv4::Authorization;
using sigv4::Base64;
using sigv4::CanonicalQuery;
using sigv4::Credentials;
using sigv4::Hex;
using sigv4::Md5;
using sigv4::Sha256;
using sigv4::SignedParts;
using sigv4::UriDecode;
using sigv4::UriEncode;

}  // namespace kvs::storage::s3
