// SPDX-License-Identifier: Apache-2.0
// From what a store answers to a Status. [any]
#pragma once

#include "kvs/base/status.h"
#include "kvs/http_client/http_client.h"

#include "answers.h"

namespace kvs::storage::s3 {

using http_client::HttpAnswer;

/// Of an answer whose code is not one of success. `error` is what its body says; HEAD has none.
Status StatusOf(const HttpAnswer& answer, const ErrorAnswer& error);

/// Whether credentials were refused for their age: with new ones the request may pass.
bool CredentialsExpired(const ErrorAnswer& error);

}  // namespace kvs::storage::s3
