// SPDX-License-Identifier: Apache-2.0
// One address: its ports, as if they were here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/port/series_source.h"
#include "write_forms.h"

namespace kvs::remote::grpc {

/// Connects when it is first needed, and again when the connection is lost. Calls end with UNAVAILABLE, retryable, when the
/// other side cannot be reached. Nothing here blocks. [any]
class Peer final : public sdk::SeriesSink, public sdk::SeriesSource, public sdk::QueryEngine, public sdk::ObjectStore {
 public:
  /// `token`: what is shown to the peer, or an empty pointer; called for each call.
  Peer(std::string address, const ClientConfig& config, std::function<std::shared_ptr<const std::string>()> token = {});
  /// Waits for calls under way: not on a thread of gRPC.
  ~Peer() override;
  const std::string& address() const { return address_; }

  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out, sdk::Completer& completer) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) override;

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out, sdk::Completer& completer) override;
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in, kvs_query_answers_t& out, sdk::Completer& completer) override;

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out, sdk::Completer& completer) override;
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out, sdk::Completer& completer) override;
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out, sdk::Completer& completer) override;
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out, sdk::Completer& completer) override;
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) override;

 private:
  struct Connection;
  struct Writing;
  /// Sends; when the call has ended, `then(Status status, v1::Reply& reply)` gets how, and what it brought.
  template <typename Then>
  void Ask(const sdk::Call& call, const char* interface, const char* method, std::string input, Then then);
  /// Sends, and when the answer is there decodes it with `decode(std::string output) -> Status`, which runs also beside an
  /// error.
  template <typename Decode>
  sdk::Outcome Send(const sdk::Call& call, const char* interface, const char* method, std::string input, Decode decode,
                    sdk::Completer& completer);

  /// A write in the form that everybody understands.
  void WriteInFull(std::unique_ptr<Writing> write);
  /// A write by keys, which tells the labels of the series at these positions.
  void WriteByKeys(std::unique_ptr<Writing> write, std::vector<uint32_t> told);

  const std::string address_;
  const int64_t timeout_ms_;
  const std::function<std::shared_ptr<const std::string>()> token_;
  std::unique_ptr<Connection> connection_;
  WriteForms forms_;
};

}  // namespace kvs::remote::grpc
