// SPDX-License-Identifier: Apache-2.0
// HaDedupSink: of several replicas that send the same series, hands on what one
// of them sends, without the label that tells them apart. A batch without
// replicas is handed on as it came.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/model/series_memory.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/derived_batch.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"
#include "page.h"
#include "replica_of.h"
#include "tracker.h"

namespace kvs::sink::ha_dedup {

class HaDedupSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  HaDedupSink(sdk::Host host, Config config);

  sdk::SinkRef next;
  sdk::KvRef kv;
  sdk::LimiterRef limiter;  ///< May be empty, as the one below.
  sdk::RoutesRef http;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// May overlap with itself. [any & started]
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

 private:
  /// What a tenant wants. Immutable.
  struct Settings {
    uint64_t epoch = 0;
    bool enabled = true;
    int64_t max_clusters = 0;
    HaLabels labels;
  };
  /// Series of a batch that one replica sent.
  struct Group {
    const Replica* replica = nullptr;
    Replica unnumbered;
    uint32_t number = ReplicaTable::kUnknown;
    uint64_t samples = 0;
    int64_t newest_ms = INT64_MIN;
    Tracker::Verdict verdict = Tracker::Verdict::kUndecided;
    Status refusal;
  };
  struct Sorted {
    std::vector<uint32_t> group_of;  ///< Of each row of the view; kNoGroup: it has no replica.
    std::vector<std::unique_ptr<Group>> groups;
  };
  static constexpr uint32_t kNoGroup = UINT32_MAX;

  std::shared_ptr<const Settings> SettingsOf(std::string_view tenant) const;
  sdk::Task AskSettings(sdk::Call call, const kvs_write_view_t& in, kvs_write_result_t& out);
  Sorted Sort(const sdk::Call& call, const Settings& settings, const kvs_write_view_t& in);
  sdk::Task Decide(sdk::Call call, std::shared_ptr<const Settings> settings,
                   const kvs_write_view_t& in, kvs_write_result_t& out);

  const Config config_;
  const sdk::Host host_;
  const Metrics metrics_;
  Tracker tracker_;
  ReplicaTable replicas_;
  model::SeriesMemory memory_;  // Numbers of replicas, by series.
  std::unique_ptr<TrackerPage> page_;
  std::shared_ptr<const Settings> configured_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Settings>>
      settings_;  // By tenant; guarded by mutex_.
};

}  // namespace kvs::sink::ha_dedup
