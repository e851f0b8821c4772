// SPDX-License-Identifier: Apache-2.0
// Ports of other processes, as if they were here.
#pragma once

#include <memory>
#include <vector>

#include "config.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/merged_source.h"
#include "peer.h"
#include "token.h"

namespace kvs::remote::grpc {

/// With one address everything is handed on. With several, series are spread over them by their canonical hash and read
/// from all of them: a fixed membership. What changes its members while it runs is a ring's business.
class RemoteClient final : public sdk::Component,
                           public sdk::SeriesSink,
                           public sdk::MergedSource,
                           public sdk::QueryEngine,
                           public sdk::ObjectStore {
 public:
  RemoteClient(sdk::Host host, ClientConfig config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) override;

  /// Queries and objects are not spread: the first address answers.
  sdk::Outcome Query(const sdk::Call& c, const kvs_query_t& i, kvs_query_result_t& o, sdk::Completer& d) override { return first().Query(c, i, o, d); }
  sdk::Outcome QueryBatch(const sdk::Call& c, const kvs_query_batch_t& i, kvs_query_answers_t& o, sdk::Completer& d) override { return first().QueryBatch(c, i, o, d); }
  sdk::Outcome Stat(const sdk::Call& c, const kvs_str_t& i, kvs_object_info_t& o, sdk::Completer& d) override { return first().Stat(c, i, o, d); }
  sdk::Outcome Get(const sdk::Call& c, const kvs_object_get_t& i, kvs_object_data_t& o, sdk::Completer& d) override { return first().Get(c, i, o, d); }
  sdk::Outcome Put(const sdk::Call& c, const kvs_object_put_t& i, kvs_object_info_t& o, sdk::Completer& d) override { return first().Put(c, i, o, d); }
  sdk::Outcome List(const sdk::Call& c, const kvs_object_list_t& i, kvs_object_page_t& o, sdk::Completer& d) override { return first().List(c, i, o, d); }
  sdk::Outcome Remove(const sdk::Call& c, const kvs_str_t& i, sdk::Completer& d) override { return first().Remove(c, i, d); }

 private:
  Peer& first() { return *peers_.front(); }
  const sdk::Host host_;
  const ClientConfig config_;
  ShownToken token_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace kvs::remote::grpc
