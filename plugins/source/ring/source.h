// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sharing/source_peers.h"

#include "config.h"

namespace kvs::source::ring {

/// The instances of a ring as one source. It waits, so its port is marked blocking.
class RingSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  RingSource(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                        kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                         kvs_exemplar_list_t& out, sdk::Completer& completer) override;
  /// Of all instances, whatever the shards.
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer) override;

  sdk::RingRef ring;
  sdk::DialerRef dialer;
  sdk::LimiterRef limiter;  ///< May be empty.

 private:
  /// Whether all up to `max_ms` is so old that nobody is asked for it.
  StatusOr<bool> IsTooOld(const sdk::Call& call, int64_t max_ms) const;
  template <typename Out, typename MethodOf, typename In>
  auto Ask(const sdk::Call& call, MethodOf method_of, const In& in, bool of_all);

  const Config config_;
  const sdk::Clock clock_;
  sharing::SourcePeers peers_;
  std::atomic<uint64_t> turn_{0};
};

}  // namespace kvs::source::ring
