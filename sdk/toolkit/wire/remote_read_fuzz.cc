// SPDX-License-Identifier: Apache-2.0
// Any bytes as a remote read request: an error, or a request that survives being encoded.
#include <cstdlib>

#include "kvs/wire/remote_read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::wire;
  ReadRequest request;
  if (!DecodeReadRequest({data, size}, &request).ok()) return 0;
  (void)NegotiateReadResponse(request);
  std::string first;
  EncodeReadRequest(request, &first);
  ReadRequest again;
  if (!DecodeReadRequest({reinterpret_cast<const uint8_t*>(first.data()), first.size()}, &again)
           .ok()) {
    std::abort();
  }
  std::string second;
  EncodeReadRequest(again, &second);
  if (first != second) std::abort();
  return 0;
}
