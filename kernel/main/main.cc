// SPDX-License-Identifier: Apache-2.0
// The program kvasir.
#include <limits.h>
#include <malloc.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "kernel/main/command.h"

namespace {

// The folder above the one that the executable is in; empty when the system does not say.
std::string InstallPrefix() {
  char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
  if (n <= 0) return {};
  std::string_view prefix(path, static_cast<size_t>(n));
  for (int up = 0; up < 2; ++up) prefix = prefix.substr(0, prefix.find_last_of('/'));
  return std::string(prefix);
}

// A request takes megabytes and gives them back when it is answered. By glibc's defaults they go
// back to the system, and the next request has every page of them cleared again, which may be a
// tenth of what it costs.
void KeepFreedMemory() {
#ifdef __GLIBC__
  constexpr int kLargest = 32 << 20;    // Larger pieces come from the system, and go back to it.
  constexpr int kKept = 2 * kLargest;  // Of each arena, and there is about one a thread.
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, kKept);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  KeepFreedMemory();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  kvs::kernel::Console console;
  console.out = stdout;
  console.err = stderr;
  console.environment = kvs::kernel::Environment::Process();
  console.prefix = InstallPrefix();
  const int code = kvs::kernel::RunCommandLine(words, console);
  // A full disk under a redirected output must not look like success.
  if (std::fflush(stdout) != 0 && code == 0) return kvs::kernel::kExitFailed;
  return code;
}
