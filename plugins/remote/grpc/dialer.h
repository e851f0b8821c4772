// SPDX-License-Identifier: Apache-2.0
// Ports of whoever listens at an address that is only known when the process runs.
#pragma once

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/dialer.h"

#include "config.h"
#include "token.h"

namespace kvs::remote::grpc {

class RemoteDialer final : public sdk::Component, public sdk::Dialer {
 public:
  RemoteDialer(sdk::Host host, DialerConfig config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;
  /// InvalidArgument for an address without a port.
  sdk::Outcome Dial(const sdk::Call& call, const kvs_dial_t& in, kvs_connection_t& out,
                    sdk::Completer& completer) override;

 private:
  const sdk::Host host_;
  const DialerConfig config_;
  ShownToken token_;
};

}  // namespace kvs::remote::grpc
