// SPDX-License-Identifier: Apache-2.0
// RelabelSink: Prometheus' relabelling on the way in, by rules of the
// configuration and of the tenant. Without rules for a tenant its batches are
// handed on as they came; with rules, what they do to a series that they leave
// as it is, or drop, is found out once.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/model/series_memory.h"
#include "kvs/relabel/relabel.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"

namespace kvs::sink::relabel {

class RelabelSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  RelabelSink(sdk::Host host, Config config);

  sdk::SinkRef next;
  sdk::LimiterRef limiter;  ///< May be empty.

  /// May overlap with itself. [any & started]
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

 private:
  /// What happens to a tenant's series. Immutable.
  struct Rules {
    uint64_t epoch = 0;
    uint64_t hash = 0;  ///< Of all that follows.
    std::vector<std::string> drop_labels;
    std::vector<kvs::relabel::Relabeler> relabelers;
    bool empty() const { return drop_labels.empty() && relabelers.empty(); }
  };
  enum Found : uint32_t { kUnknown = 0, kUnchanged = 1, kDropped = 2, kRewritten = 3 };

  std::shared_ptr<const Rules> RulesOf(std::string_view tenant) const;
  StatusOr<std::shared_ptr<const Rules>> Compile(std::string_view drop_labels,
                                                 std::string_view rules, std::string_view tenant,
                                                 uint64_t epoch) const;
  sdk::Task AskRules(sdk::Call call, const kvs_write_view_t& in, kvs_write_result_t& out);
  sdk::Task Rewrite(sdk::Call call, std::shared_ptr<const Rules> rules, const kvs_write_view_t& in,
                    kvs_write_result_t& out);

  const Config config_;
  const sdk::Log log_;
  const Metrics metrics_;
  const model::NameScheme scheme_;
  model::SeriesMemory memory_;
  std::shared_ptr<const Rules> configured_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Rules>>
      rules_;  // By tenant; guarded by mutex_.
};

}  // namespace kvs::sink::relabel
