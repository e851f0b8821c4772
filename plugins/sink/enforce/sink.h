// SPDX-License-Identifier: Apache-2.0
// EnforceSink: of a caller that is bound to matchers (kvs/sdk/identity.h), takes only series that
// match them. For a caller that is not bound, one indirect call.
#pragma once

#include <memory>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"
#include "policy.h"

namespace kvs::sink::enforce {

class EnforceSink final : public sdk::Component, public sdk::SeriesSink {
 public:
  EnforceSink(sdk::Host host, Config) : metrics_(host.metrics()) {}

  sdk::SinkRef next;

  /// PermissionDenied, partial, for series that do not match; metadata, which have no labels, are
  /// left out. [any & started]
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

 private:
  sdk::Task WriteBound(sdk::Call call, const kvs_write_view_t& in, kvs_write_result_t& out);

  const Metrics metrics_;
  Policies policies_;
};

}  // namespace kvs::sink::enforce
