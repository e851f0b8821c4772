// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kvs/base/mutex.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/users.h"

#include "config.h"
#include "metrics.h"
#include "target.h"

namespace kvs::sink::replicate {

/// Spreads series over the instances of a ring, with copies.
class ReplicateSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  ReplicateSink(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  /// Waits for copies that are still written when their write has long been acknowledged.
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

  sdk::RingRef ring;
  sdk::DialerRef dialer;
  sdk::LimiterRef limiter;  ///< May be empty.

 private:
  uint32_t ShardSizeOf(const sdk::Call& call);

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  Targets targets_;
  const std::shared_ptr<sdk::Users> users_ = std::make_shared<sdk::Users>();
  Mutex mutex_;
  uint64_t limits_epoch_ KVS_GUARDED_BY(mutex_) = 0;
  std::map<std::string, uint32_t, std::less<>> shard_sizes_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sink::replicate
