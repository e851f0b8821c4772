// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/temp_dir.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kvs/base/check.h"
#include "kvs/sdk/call.h"

namespace kvs::testkit {
namespace {

using Step = sdk::Outcome (sdk::Component::*)(const sdk::Call&, sdk::Completer&);

Status Run(sdk::Component& component, Step step) {
  sdk::internal::Waiter waiter;
  const kvs_completion_t completion = waiter.completion();
  auto error = sdk::Record<kvs_error_t>();
  sdk::Completer completer(&completion, &error);
  const sdk::OwnedCall call("test");
  const sdk::Outcome outcome = (component.*step)(call, completer);
  if (!outcome.is_raw()) return outcome.status();
  const kvs_status_t code = outcome.raw() == KVS_PENDING ? waiter.Wait() : outcome.raw();
  return sdk::Import(code, &error);
}

}  // namespace

TempDir::TempDir() {
  path_ = (std::filesystem::temp_directory_path() / "kvs-test-XXXXXX").string();
  KVS_CHECK(mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  KVS_CHECK(out.good());
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> FilesIn(const std::string& path) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Status StartComponent(sdk::Component& component) {
  return Run(component, &sdk::Component::Start);
}
Status StopComponent(sdk::Component& component) {
  return Run(component, &sdk::Component::Stop);
}

}  // namespace kvs::testkit
