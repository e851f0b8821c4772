// SPDX-License-Identifier: Apache-2.0
// CredentialSource: who signs now. Static credentials, those of the environment, or temporary ones
// that STS gives for a web identity token (what a Kubernetes service account has on EKS), renewed
// before they expire.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/http_client/http_client.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/gate.h"
#include "kvs/sdk/pause.h"

#include "config.h"
#include "endpoint.h"
#include "metrics.h"
#include "signing.h"

namespace kvs::storage::s3 {

using http_client::HttpClient;
using http_client::HttpRequest;

/// Where credentials come from.
struct CredentialPlan {
  std::optional<Credentials> fixed;
  std::string role_arn, role_session_name, token_file, sts_url;
};

/// The configuration, then the environment: keys before a web identity. FailedPrecondition when
/// there is neither.
StatusOr<CredentialPlan> PlanCredentials(const Config& config, const std::string& region,
                                         const Environment& environment);

class CredentialSource {
 public:
  /// All are borrowed.
  CredentialSource(sdk::Host host, HttpClient& http, sdk::Gate& gate, const Metrics& metrics,
                   CredentialPlan plan);

  /// Credentials that are good for a while. Renews in the background while the old ones still are.
  /// [any]
  sdk::Co<StatusOr<Credentials>> Get(const sdk::Call& call);
  /// The store says that these have expired: the next Get() renews them. [any]
  void Expired(const Credentials& credentials);
  /// Whether Expired() can help.
  bool renewable() const { return !plan_.fixed.has_value(); }

 private:
  /// Decides what Get() does next; null: it waits, with `pause` among the waiters.
  std::optional<StatusOr<Credentials>> Look(sdk::Pause* pause, bool waited, bool* renew);
  sdk::Detached Renew(sdk::Gate::Hold hold);
  /// `may` is false when the store stops.
  sdk::Co<StatusOr<Credentials>> AssumeRole(bool may);
  void Forget(sdk::Pause* pause);

  const sdk::Host host_;
  HttpClient& http_;
  sdk::Gate& gate_;
  const Metrics& metrics_;
  const CredentialPlan plan_;

  Mutex mutex_;
  std::optional<Credentials> current_ KVS_GUARDED_BY(mutex_);
  bool renewing_ KVS_GUARDED_BY(mutex_) = false;
  int64_t next_try_ms_ KVS_GUARDED_BY(mutex_) = 0;
  Status last_error_ KVS_GUARDED_BY(mutex_) = Unavailable("no role has been assumed yet");
  std::vector<sdk::Pause*> waiters_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::storage::s3
