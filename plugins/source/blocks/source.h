// SPDX-License-Identifier: Apache-2.0
// BlocksSource: the blocks of an object store as a source of series: what is called a store-gateway
// elsewhere.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kvs/blocks/block_reads.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sharing/work_ring.h"

#include "choose.h"
#include "config.h"
#include "headers.h"
#include "metrics.h"
#include "tenant_blocks.h"

namespace kvs::source::blocks {

/// Waits for the store: the port is marked blocking. [worker]
class BlocksSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  BlocksSource(sdk::Host host, Config config);

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

  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer&) override;

  /// What is known of blocks is looked for anew with the next query. [any]
  void MakeDue() { tenants_.MakeDue(); }

  sdk::StoreRef store;
  sdk::RingRef ring;        ///< May be empty.
  sdk::LimiterRef limiter;  ///< May be empty.

 private:
  Span Clip(int64_t min_ms, int64_t max_ms) const;
  StatusOr<std::vector<bucket::IndexBlock>> BlocksOf(const sdk::Call& call, const Span& span,
                                                     const Resolution& resolution);
  /// Those that were named, whatever else there is. What is nowhere is left out, as one that is
  /// lost.
  StatusOr<std::vector<bucket::IndexBlock>> NamedBlocks(const sdk::Call& call,
                                                        const std::vector<tsdb::Ulid>& names,
                                                        std::vector<std::string>* warnings);
  /// Which headers of a tenant's blocks are kept, where a ring says which are ours.
  std::function<bool(const tsdb::Ulid&)> KeepsOf(const std::string& tenant) const;
  StatusOr<std::unique_ptr<kvs::blocks::BlockReads>> OpenBlock(
      const sdk::Call& call, const bucket::IndexBlock& block,
      const std::shared_ptr<Budget>& budget);
  using Lists = std::vector<std::vector<std::string>>;
  using LabelQuery = StatusOr<std::vector<std::string>> (*)(kvs::blocks::BlockReads&,
                                                            const sdk::Call&,
                                                            const kvs_label_query_t&);
  sdk::Outcome AskLabels(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                         LabelQuery query);
  Status LeaveOut(const Status& status, std::vector<std::string>* warnings) const;
  std::shared_ptr<Budget> NewBudget() const;
  void Refresh();

  const sdk::Host host_;
  const Config config_;
  const StoreMetrics metrics_;
  const std::shared_ptr<TotalBudget> total_;
  TenantBlocks tenants_;
  sharing::WorkRing work_;
  std::unique_ptr<HeaderStore> disk_;
  std::unique_ptr<Headers> headers_;
  sdk::CancelSource stopping_;
  std::function<void()> refresh_;
  uint64_t ticket_ = 0;
};

}  // namespace kvs::source::blocks
