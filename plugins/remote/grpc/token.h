// SPDX-License-Identifier: Apache-2.0
// The token that is shown to peers: of a file, which is read again when it changes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kvs/sdk/host.h"
#include "kvs/sdk/reloaded.h"

namespace kvs::remote::grpc {

class ShownToken {
 public:
  /// Called for each call; an empty pointer shows none.
  using Source = std::function<std::shared_ptr<const std::string>()>;

  /// An empty `file`: there is no token.
  ShownToken(sdk::Host host, std::string file);
  /// Unavailable for a file that cannot be read. [main]
  Status Start();
  void Stop() { token_.Stop(); }
  /// Borrows this.
  Source source();

 private:
  const std::string file_;
  sdk::Reloaded<std::string> token_;
};

}  // namespace kvs::remote::grpc
