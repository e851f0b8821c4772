// SPDX-License-Identifier: Apache-2.0
// ValidateSink: refuses series that break the rules, and tenants that write too fast; hands the
// rest on. A batch in which all is well, which is nearly every one, is handed on as it came,
// without an allocation. Labels out of order, which no usual sender sends, are sorted in a copy:
// behind this sink a series has one spelling.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_sink.h"

#include "config.h"
#include "known_series.h"
#include "label_rules.h"
#include "metrics.h"
#include "tenant_limits.h"

namespace kvs::sink::validate {

class ValidateSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  ValidateSink(sdk::Host host, Config config);

  sdk::SinkRef next;
  sdk::LimiterRef limiter;  ///< May be empty.

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;

  /// May overlap with itself. [any & started]
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

 private:
  struct Pending;  // A write that needs more than handing on.
  struct Findings {
    std::vector<uint32_t> good_rows;  ///< Filled once the batch cannot be handed on as it came.
    Status first;                     ///< The first refusal; OK without one.
    bool narrowed = false;            ///< Whether good_rows is filled.
    bool rewritten = false;           ///< Whether a good row has labels out of order, or too long.
    std::vector<bool> bad_exemplars;  ///< One an exemplar of the batch; empty: none is bad.
    bool odd_metadata = false;        ///< Whether some are refused or have to be cut.
    bool odd_histograms = false;      ///< Whether some are to be reduced or left out.
    bool copied = false;              ///< Whether it takes a copy to hand on what is good.
  };
  struct CachedLimits {
    uint64_t epoch = 0;
    TenantLimits limits;
  };

  bool FindLimits(std::string_view tenant, uint64_t epoch, TenantLimits* limits);
  void KeepLimits(std::string_view tenant, const CachedLimits& limits);

  /// Judges everything. [any]
  Findings Judge(std::string_view tenant, const kvs_write_view_t& in, const TenantLimits& limits,
                 uint64_t epoch);

  void JudgeExemplars(std::string_view tenant, const kvs_write_batch_t& batch,
                      const TenantLimits& limits, int64_t newest, Findings& findings);
  void JudgeMetadata(std::string_view tenant, const kvs_write_batch_t& batch,
                     const TenantLimits& limits, Findings& findings);

  // The steps of a pending write, each started by the one before.
  void AskLimits(const std::shared_ptr<Pending>& p);
  void AskRequestRate(const std::shared_ptr<Pending>& p);
  void JudgeAndAskIngestionRate(const std::shared_ptr<Pending>& p);
  void HandOn(const std::shared_ptr<Pending>& p);
  void End(Pending& p, const Status& status);

  const Config config_;
  const sdk::Clock clock_;
  Metrics metrics_;
  const TenantLimits default_limits_;
  KnownSeries known_;
  uint64_t secret_ = 0;  // Seeds the keys of batches that had to be sorted.

  std::mutex mutex_;
  std::unordered_map<std::string, CachedLimits> limits_;  // By tenant; guarded by mutex_.
};

}  // namespace kvs::sink::validate
