// SPDX-License-Identifier: Apache-2.0
// HttpNotifier: tells by HTTP requests. A notifier says which requests, and where a service has its
// own idea of failing, what its answer means; all else stands here.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/notify/notifier_base.h"

namespace kvs::notify {

struct Request {
  std::string url;
  std::string body;
  std::string content_type = "application/json";
  std::string method = "POST";
  std::vector<std::string> headers = {};  ///< "name: value"; beside those of http_config
};

class HttpNotifier : public NotifierBase {
 protected:
  /// `secrets`: settings that may stand in files or variables; static.
  HttpNotifier(sdk::Host host, const Options& options, std::string_view type,
               std::initializer_list<const char*> secrets)
      : NotifierBase(host, options, type), secret_names_(secrets) {}

  /// What is sent, one after the other, until one fails. A template that failed need not be looked
  /// at: it is, after this. [worker]
  virtual StatusOr<std::vector<Request>> Compose(Delivery& delivery) const = 0;
  /// OK, or why the receiver has not been told. By default Judged(answer). [any]
  virtual Status Judge(Delivery& delivery, const http_client::HttpAnswer& answer) const;

  Status CheckSettings(const Settings& settings, const Secrets& secrets) const override;
  sdk::Co<Status> Deliver(Delivery& delivery) final;

 private:
  const std::vector<const char*> secret_names_;
};

/// OK for 2xx. Unavailable, to be repeated, for 5xx and the codes of `again`; FailedPrecondition
/// for all others. `details` stands in the message; the beginning of the answer where it is null.
Status Judged(const http_client::HttpAnswer& answer, std::initializer_list<int> again = {},
              const std::string* details = nullptr);

}  // namespace kvs::notify
