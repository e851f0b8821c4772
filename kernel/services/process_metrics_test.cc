// SPDX-License-Identifier: Apache-2.0
// Proves that the numbers of this very process are there and plausible.
#include "kernel/services/process_metrics.h"

#include <time.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace kvs::kernel {
namespace {

double ValueOf(const std::string& page, const std::string& name) {
  const size_t at = page.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? -1 : std::strtod(page.c_str() + at + name.size() + 2, nullptr);
}

TEST(ProcessMetricsTest, ArePlausible) {
  MetricRegistry registry;
  RegisterProcessMetrics(registry, {.version = "1.2.3", .revision = "abc", .compiler = "cc"});

  const std::string page = registry.Render(ExpositionFormat::kText);

  EXPECT_GT(ValueOf(page, "process_resident_memory_bytes"), 1e6);
  EXPECT_LT(ValueOf(page, "process_resident_memory_bytes"),
            ValueOf(page, "process_virtual_memory_bytes"));
  EXPECT_GE(ValueOf(page, "process_open_fds"), 3);
  EXPECT_GE(ValueOf(page, "process_max_fds"), ValueOf(page, "process_open_fds"));
  EXPECT_GE(ValueOf(page, "process_threads"), 1);
  EXPECT_GE(ValueOf(page, "process_cpu_seconds_total"), 0);
  EXPECT_NEAR(ValueOf(page, "process_start_time_seconds"), static_cast<double>(time(nullptr)), 600);
  EXPECT_NE(page.find("kvs_build_info{version=\"1.2.3\",revision=\"abc\",compiler=\"cc\"} 1\n"),
            std::string::npos);
  EXPECT_NE(page.find("cortex_build_info{version=\"1.2.3\",revision=\"abc\",branch=\"\",goversion="
                      "\"cc\"} 1\n"),
            std::string::npos)
      << page;
}

TEST(ProcessMetricsTest, BurntProcessorTimeIsCounted) {
  MetricRegistry registry;
  RegisterProcessMetrics(registry, ThisBuild());
  const double before =
      ValueOf(registry.Render(ExpositionFormat::kText), "process_cpu_seconds_total");

  const clock_t until = clock() + CLOCKS_PER_SEC / 10;
  while (clock() < until) {
  }

  EXPECT_GT(ValueOf(registry.Render(ExpositionFormat::kText), "process_cpu_seconds_total"),
            before + 0.05);
}

}  // namespace
}  // namespace kvs::kernel
