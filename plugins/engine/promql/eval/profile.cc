// SPDX-License-Identifier: Apache-2.0
// What an operator used is what was used while it ran, less what those inside it used.

#include "eval/profile.h"

#include <algorithm>

#include "kvs/sdk/call.h"

namespace kvs::engine::promql {

Profile::Reading Profile::Now() const {
  return {ThreadCpuNs() + query_.worker_cpu_ns.load(std::memory_order_relaxed), sdk::MonotonicNs(),
          query_.samples_read.load(std::memory_order_relaxed), query_.windows_read()};
}

void Profile::Begin() {
  running_.push_back({Now(), {}, query_.memory.ResetPeak()});
}

void Profile::End(uint32_t node, int64_t rows) {
  const Reading now = Now();
  const Frame frame = running_.back();
  running_.pop_back();
  const Reading all{now.cpu_ns - frame.began.cpu_ns, now.wall_ns - frame.began.wall_ns,
                    now.samples - frame.began.samples, now.windows.Less(frame.began.windows)};
  plan::OpStats& stats = stats_[node];
  ++stats.calls;
  stats.rows = std::max(stats.rows, rows);
  stats.samples += all.samples - frame.inner.samples;
  stats.windows.Add(all.windows.Less(frame.inner.windows));
  stats.cpu_ns += all.cpu_ns - frame.inner.cpu_ns;
  stats.wall_ns += all.wall_ns - frame.inner.wall_ns;
  stats.peak_bytes = std::max(stats.peak_bytes, query_.memory.peak());
  query_.memory.ResetPeak(std::max(frame.outer_peak, query_.memory.peak()));
  if (running_.empty()) return;
  Reading& outer = running_.back().inner;
  outer.samples += all.samples;
  outer.windows.Add(all.windows);
  outer.cpu_ns += all.cpu_ns;
  outer.wall_ns += all.wall_ns;
}

}  // namespace kvs::engine::promql
