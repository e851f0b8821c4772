// SPDX-License-Identifier: Apache-2.0
#include "case_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"

namespace kvs::conformance {
namespace {

constexpr int kExitPass = 0;
constexpr int kExitFail = 10;
constexpr int kExitSkip = 11;

[[noreturn]] void Become(const std::vector<std::string>& words, const std::string& folder,
                         const std::string& address, int result_fd, unsigned limit_seconds) {
  // What the module prints must not be taken for the report.
  dup2(STDERR_FILENO, STDOUT_FILENO);
  if (result_fd != kResultFd) dup2(result_fd, kResultFd);
  if (chdir(folder.c_str()) != 0 || setenv("KVASIR_CHECK_DIR", folder.c_str(), 1) != 0 ||
      setenv("KVASIR_CHECK_ADDRESS", address.c_str(), 1) != 0)
    _exit(127);
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>("kvasir-conformance"));
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  alarm(limit_seconds);  // Outlives exec: the system ends what does not end by itself.
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

std::string ReadToEnd(int fd) {
  std::string out;
  char buffer[4096];
  while (true) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer, static_cast<size_t>(n));
  }
}

// Where nobody listens at the moment.
std::string FreeAddress() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, any, size) != 0 || getsockname(fd, any, &size) != 0) address.sin_port = 0;
  close(fd);
  return StrCat("127.0.0.1:", ntohs(address.sin_port));
}

}  // namespace

int TellResult(const Status& status) {
  const std::string detail = status.ok()               ? std::string()
                             : testkit::IsSkip(status) ? status.message()
                                                       : status.ToString();
  for (std::string_view left = detail; !left.empty();) {
    const ssize_t n = write(kResultFd, left.data(), left.size());
    if (n <= 0) break;
    left.remove_prefix(static_cast<size_t>(n));
  }
  return status.ok() ? kExitPass : testkit::IsSkip(status) ? kExitSkip : kExitFail;
}

CaseResult RunCaseProcess(const std::vector<std::string>& words, unsigned limit_seconds) {
  const testkit::TempDir folder;
  const std::string address = FreeAddress();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return {Verdict::kFail, StrCat("making a pipe: ", std::strerror(errno))};
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) Become(words, folder.path(), address, ends[1], limit_seconds);
  close(ends[1]);
  // Ends with the process: whoever it may have started itself does not hold the result open, since
  // that closes on exec.
  std::string detail =
      child < 0 ? StrCat("starting a process: ", std::strerror(errno)) : ReadToEnd(ends[0]);
  close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0) return {Verdict::kFail, std::move(detail)};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return {Verdict::kTimeout, StrCat("it did not end within ", limit_seconds, " seconds")};
  }
  if (WIFSIGNALED(status))
    return {Verdict::kCrash,
            StrCat("ended by signal ", WTERMSIG(status), ", ", strsignal(WTERMSIG(status)))};
  switch (WEXITSTATUS(status)) {
    case kExitPass:
      return {Verdict::kPass, {}};
    case kExitSkip:
      return {Verdict::kSkip, std::move(detail)};
    case kExitFail:
      return {Verdict::kFail, std::move(detail)};
    default:
      return {Verdict::kCrash, StrCat("the process ended with code ", WEXITSTATUS(status))};
  }
}

}  // namespace kvs::conformance
