// SPDX-License-Identifier: Apache-2.0
#include "token.h"

#include <utility>

namespace kvs::remote::grpc {
namespace {

constexpr int64_t kPeriodMs = 10'000;

}  // namespace

ShownToken::ShownToken(sdk::Host host, std::string file)
    : file_(std::move(file)),
      token_(host, "token", {file_}, [this]() -> StatusOr<std::shared_ptr<const std::string>> {
        KVS_ASSIGN_OR_RETURN(std::string text, sdk::ReadFile(file_, 64 << 10));
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
          text.pop_back();
        if (text.empty()) return Unavailable(file_, " is empty");
        return std::make_shared<const std::string>(std::move(text));
      }) {}

Status ShownToken::Start() {
  return file_.empty() ? OkStatus() : token_.Start(kPeriodMs);
}

ShownToken::Source ShownToken::source() {
  if (file_.empty()) return {};
  return [this] { return token_.get(); };
}

}  // namespace kvs::remote::grpc
