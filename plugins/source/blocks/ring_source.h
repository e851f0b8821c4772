// SPDX-License-Identifier: Apache-2.0
// RingSource: the blocks of an object store, read by store-gateways that share them by a ring. This
// side knows which blocks a query needs, by the bucket index, and asks for each of them one of
// those who have it; where one does not answer, another one. What nobody answered for is an error:
// every block is accounted for.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sharing/source_peers.h"
#include "kvs/sharing/work_ring.h"

#include "choose.h"
#include "config.h"
#include "metrics.h"
#include "tenant_blocks.h"

namespace kvs::source::blocks {

/// Waits for gateways: the port is marked blocking. [worker]
class RingSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  RingSource(sdk::Host host, RingConfig config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer&) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer&) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer&) override;
  /// Blocks have neither.
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&,
                        sdk::Completer&) override {
    return OkStatus();
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&,
                         sdk::Completer&) override {
    return OkStatus();
  }
  /// By the bucket: no gateway is asked.
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer&) override;

  sdk::StoreRef store;
  sdk::RingRef ring;
  sdk::DialerRef dialer;
  sdk::LimiterRef limiter;  ///< May be empty.

 private:
  template <typename Out, typename Named, typename In, typename MethodOf>
  auto Ask(const sdk::Call& call, const In& in, const Resolution& resolution, MethodOf method_of);
  template <typename MethodOf>
  sdk::Outcome AskLabels(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                         MethodOf method_of);
  Span Clip(int64_t min_ms, int64_t max_ms) const;

  const sdk::Host host_;
  const RingConfig config_;
  const RingMetrics metrics_;
  TenantBlocks tenants_;
  sharing::WorkRing work_;
  sharing::SourcePeers peers_;
  std::atomic<uint64_t> turn_{0};
  sdk::CancelSource stopping_;
  std::function<void()> refresh_;
  uint64_t ticket_ = 0;
};

}  // namespace kvs::source::blocks
