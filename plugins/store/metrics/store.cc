// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <type_traits>

namespace kvs::store::metrics {
namespace {

constexpr int kNoBytes = 0;

// An answer that a caller asks for on purpose, or that it brought about itself, is no trouble of
// the store.
bool IsFailure(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kNotFound:
    case StatusCode::kAlreadyExists:
    case StatusCode::kAborted:
    case StatusCode::kOutOfRange:
    case StatusCode::kCancelled:
      return false;
    default:
      return true;
  }
}

}  // namespace

template <typename In, typename Out, typename Bytes>
sdk::Task Store::Measured(sdk::Call call, sdk::Method<In, Out> method, const In* in, Out* out,
                          Operation operation, Bytes bytes) {
  const Metrics::Cells& cells = metrics_.cells[operation];
  cells.operations.Add();
  const int64_t begin_ns = clock_.MonotonicNs();
  const Status status = co_await sdk::Async(method, call, in, out);
  if (IsFailure(status)) cells.failures.Add();
  if (!status.ok()) co_return status;
  cells.seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) * 1e-9);
  if constexpr (!std::is_same_v<Bytes, int>)
    cells.bytes.Observe(static_cast<double>(bytes(*in, *out)));
  if (operation == kUpload) metrics_.last_upload.Set(static_cast<double>(clock_.NowMs()) / 1000);
  co_return status;
}

sdk::Outcome Store::Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                         sdk::Completer& completer) {
  return sdk::Run(completer, Measured(call, next.stat(), &in, &out, kAttributes, kNoBytes));
}

sdk::Outcome Store::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                        sdk::Completer& completer) {
  const Operation operation = in.offset == 0 && in.size == 0 ? kGet : kGetRange;
  return sdk::Run(completer, Measured(call, next.get(), &in, &out, operation,
                                      [](const kvs_object_get_t&, const kvs_object_data_t& data) {
                                        return data.bytes.size;
                                      }));
}

sdk::Outcome Store::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                        sdk::Completer& completer) {
  return sdk::Run(completer, Measured(call, next.put(), &in, &out, kUpload,
                                      [](const kvs_object_put_t& put, const kvs_object_info_t&) {
                                        return put.bytes.size;
                                      }));
}

sdk::Outcome Store::List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                         sdk::Completer& completer) {
  return sdk::Run(completer, Measured(call, next.list(), &in, &out, kIter, kNoBytes));
}

sdk::Outcome Store::Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) {
  return sdk::Run(completer,
                  Measured<kvs_str_t, void>(call, next.remove(), &in, nullptr, kDelete, kNoBytes));
}

}  // namespace kvs::store::metrics
