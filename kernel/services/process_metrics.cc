// SPDX-License-Identifier: Apache-2.0
// Read from /proc/self on each exposition; a number that cannot be read keeps its last value.
#include "kernel/services/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include "kvs/base/str_cat.h"

#ifndef KVS_VERSION
#define KVS_VERSION "0.0.0"
#endif
#ifndef KVS_REVISION
#define KVS_REVISION "unknown"
#endif

namespace kvs::kernel {
namespace {

std::string ReadSmallFile(const char* path) {
  std::string text(4096, '\0');
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = read(fd, text.data(), text.size());
  close(fd);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return text;
}

std::optional<double> Number(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return std::nullopt;
  return value;
}

/// The fields of /proc/self/stat behind the command name, which may itself hold blanks and
/// parentheses.
std::vector<std::string> StatFields() {
  std::string text = ReadSmallFile("/proc/self/stat");
  const size_t close_paren = text.rfind(')');
  std::vector<std::string> fields;
  if (close_paren == std::string::npos) return fields;
  std::string_view rest = std::string_view(text).substr(close_paren + 1);
  while (!rest.empty()) {
    const size_t begin = rest.find_first_not_of(" \n");
    if (begin == std::string_view::npos) break;
    const size_t end = rest.find_first_of(" \n", begin);
    fields.emplace_back(rest.substr(begin, end - begin));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
  return fields;
}

/// Seconds since the epoch at which the machine was started.
std::optional<double> BootTime() {
  const std::string text = ReadSmallFile("/proc/stat");
  const size_t at = text.find("\nbtime ");
  if (at == std::string::npos) return std::nullopt;
  return Number(std::string_view(text).substr(at + 7));
}

double OpenDescriptors() {
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return 0;
  double count = -3;  // "." and "..", and the one that reads this directory.
  while (readdir(dir) != nullptr) ++count;
  closedir(dir);
  return count;
}

struct Cells {
  MetricCell* cpu;
  MetricCell* resident;
  MetricCell* virtual_memory;
  MetricCell* start_time;
  MetricCell* open_fds;
  MetricCell* max_fds;
  MetricCell* threads;
};

void Refresh(const Cells& cells) {
  // Indices are those of proc_pid_stat(5), less the three that stand before "state".
  constexpr size_t kUserTime = 11, kSystemTime = 12, kThreads = 17, kStartTime = 19, kVirtual = 20,
                   kResident = 21;
  const std::vector<std::string> fields = StatFields();
  if (fields.size() > kResident) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto at = [&](size_t i) { return Number(fields[i]).value_or(0); };
    cells.cpu->Set((at(kUserTime) + at(kSystemTime)) / ticks);
    cells.virtual_memory->Set(at(kVirtual));
    cells.resident->Set(at(kResident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    cells.threads->Set(at(kThreads));
    if (const auto boot = BootTime()) cells.start_time->Set(*boot + at(kStartTime) / ticks);
  }
  cells.open_fds->Set(OpenDescriptors());
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    cells.max_fds->Set(static_cast<double>(limit.rlim_cur));
}

}  // namespace

BuildInfo ThisBuild() {
#if defined(__clang__)
  const std::string compiler = StrCat("clang ", __clang_major__, ".", __clang_minor__);
#else
  const std::string compiler = StrCat("gcc ", __GNUC__, ".", __GNUC_MINOR__);
#endif
  return {KVS_VERSION, KVS_REVISION, compiler};
}

void RegisterProcessMetrics(MetricRegistry& registry, const BuildInfo& build) {
  const auto cell = [&](MetricType type, std::string_view name, std::string_view help) {
    MetricFamily* family = registry.Family(
        {.type = type, .name = name, .help = help, .label_names = {}, .buckets = {}});
    return family->Cell();
  };
  using enum MetricType;
  const Cells cells{
      .cpu = cell(kCounter, "process_cpu_seconds_total",
                  "Total user and system CPU time spent in seconds."),
      .resident = cell(kGauge, "process_resident_memory_bytes", "Resident memory size in bytes."),
      .virtual_memory =
          cell(kGauge, "process_virtual_memory_bytes", "Virtual memory size in bytes."),
      .start_time = cell(kGauge, "process_start_time_seconds",
                         "Start time of the process since the Unix epoch in seconds."),
      .open_fds = cell(kGauge, "process_open_fds", "Number of open file descriptors."),
      .max_fds = cell(kGauge, "process_max_fds", "Maximum number of open file descriptors."),
      .threads = cell(kGauge, "process_threads", "Number of threads of the process."),
  };
  registry.AddCollector(&registry, [cells] { Refresh(cells); });

  MetricFamily* info = registry.Family({.type = kGauge,
                                        .name = "kvs_build_info",
                                        .help = "Always 1; its labels say which build this is.",
                                        .label_names = {"version", "revision", "compiler"},
                                        .buckets = {}});
  info->Cell({build.version, build.revision, build.compiler})->Set(1);
  // The same under the name that dashboards of Mimir list versions by; the label for the toolchain
  // is one of Go's there.
  MetricFamily* mimirs =
      registry.Family({.type = kGauge,
                       .name = "cortex_build_info",
                       .help = "Always 1; its labels say which build this is.",
                       .label_names = {"version", "revision", "branch", "goversion"},
                       .buckets = {}});
  mimirs->Cell({build.version, build.revision, "", build.compiler})->Set(1);
}

}  // namespace kvs::kernel
