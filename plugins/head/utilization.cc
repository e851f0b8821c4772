// SPDX-License-Identifier: Apache-2.0
#include "utilization.h"

#include <unistd.h>

#include <cmath>
#include <fstream>
#include <string_view>
#include <utility>

#include <sys/resource.h>

namespace kvs::head {
namespace {

constexpr int64_t kLookMs = 1'000;
// What is averaged over, and how long a process runs before its load says anything: a start, which
// reads the log back, is busy and is no reason to refuse anybody.
constexpr double kWindowSeconds = 60;

double Seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

}  // namespace

Usage UsageOfThisProcess() {
  Usage usage;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0)
    usage.cpu_seconds = Seconds(used.ru_utime) + Seconds(used.ru_stime);
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0;
  if (statm >> pages >> pages)
    usage.resident_bytes = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return usage;
}

Utilization::Utilization(const Config& config, const sdk::Host& host, std::function<Usage()> look)
    : config_(config),
      host_(host),
      clock_(host.clock()),
      look_(std::move(look)),
      refused_(host.metrics().CounterFamily(
          "cortex_ingester_utilization_limited_read_requests_total",
          "Reads refused because the process was too busy", {"reason"})),
      cpu_(host.metrics().Gauge("cortex_ingester_utilization_limiter_current_cpu_load",
                                "Processors that were busy, a mean over the last minute; 0 where "
                                "no reads are refused for it")),
      memory_(host.metrics().Gauge("cortex_ingester_utilization_limiter_current_memory_usage_bytes",
                                   "Resident bytes; 0 where no reads are refused for them")),
      tick_([this] { Look(); }) {}

void Utilization::Start() {
  if (config_.read_path_cpu_utilization_limit == 0 &&
      config_.read_path_memory_utilization_limit.bytes == 0) {
    return;
  }
  Look();
  ticket_ = host_.timer().After(kLookMs, kLookMs, &tick_);
}

void Utilization::Stop() {
  host_.timer().Cancel(std::exchange(ticket_, 0));
}

void Utilization::Look() {
  const Usage usage = look_();
  const int64_t now_ns = clock_.MonotonicNs();
  const MutexLock lock(mutex_);
  if (looked_ns_ == 0) {
    began_ns_ = now_ns;
  } else if (now_ns > looked_ns_) {
    const double seconds = static_cast<double>(now_ns - looked_ns_) / 1e9;
    const double busy = (usage.cpu_seconds - cpu_seconds_) / seconds;
    load_ += (busy - load_) * (1 - std::exp(-seconds / kWindowSeconds));
  }
  looked_ns_ = now_ns;
  cpu_seconds_ = usage.cpu_seconds;
  cpu_.Set(load_);
  memory_.Set(static_cast<double>(usage.resident_bytes));
  const bool is_known = static_cast<double>(now_ns - began_ns_) >= kWindowSeconds * 1e9;
  const double max_cpu = config_.read_path_cpu_utilization_limit;
  const int64_t max_memory = config_.read_path_memory_utilization_limit.bytes;
  cpu_above_ = is_known && max_cpu > 0 && load_ >= max_cpu;
  memory_above_ = max_memory > 0 && usage.resident_bytes >= static_cast<uint64_t>(max_memory);
}

Status Utilization::MayRead() const {
  const bool cpu = cpu_above_.load(std::memory_order_relaxed);
  if (!cpu && !memory_above_.load(std::memory_order_relaxed)) return OkStatus();
  const std::string_view reason = cpu ? "cpu" : "memory";
  refused_.With({reason}).Add();
  return Unavailable("the ingester is currently too busy to process queries, try again later")
      .Retryable();
}

}  // namespace kvs::head
