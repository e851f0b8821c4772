// SPDX-License-Identifier: Apache-2.0
// Email: a mail of one text in HTML, in plain text, or both, handed to the receiver's smarthost
// (https://prometheus.io/docs/alerting/latest/configuration/#email_config).
#pragma once

#include <string>

#include "kvs/http_client/mail.h"
#include "kvs/notify/notifier_base.h"

#include "config.h"

namespace kvs::notifier::email {

class Email final : public notify::NotifierBase {
 public:
  Email(sdk::Host host, Config config) : NotifierBase(host, config, "email") {}

 private:
  Status CheckSettings(const notify::Settings& settings,
                       const notify::Secrets& secrets) const override;
  sdk::Co<Status> Deliver(notify::Delivery& d) override;

  /// Who it is from and to, and how the server is spoken to; not yet the message.
  StatusOr<http_client::MailRequest> Envelope(notify::Delivery& d) const;
  StatusOr<std::string> Message(notify::Delivery& d) const;
};

}  // namespace kvs::notifier::email
