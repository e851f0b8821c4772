// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/options.h"

#include "firewall.h"

namespace kvs::notify {

Status Options::Validate() const {
  return Firewall::Make(block_private_addresses, block_cidr_networks).status();
}

}  // namespace kvs::notify
