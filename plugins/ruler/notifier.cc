// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <curl/curl.h>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"
#include "kvs/http/json.h"
#include "kvs/http/url.h"

namespace kvs::ruler {
namespace {

constexpr size_t kBatchMax = 256;  // Alerts in one request, as Prometheus has it.

std::string Rfc3339(int64_t ms) {
  return gotemplate::FormatTime(gotemplate::Value::Time::OfUnixMs(ms),
                                "2006-01-02T15:04:05.999999999Z07:00");
}

void AppendLabels(http::JsonWriter& json, std::string_view key, const model::Labels& labels) {
  json.Key(key);
  json.BeginObject();
  for (const model::LabelView& label : labels) {
    json.Key(label.name);
    json.HtmlSafeString(label.value);
  }
  json.EndObject();
}

}  // namespace

std::string AlertToJson(const rules::Alert& alert, std::string_view external_url,
                        std::string_view expr) {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  AppendLabels(json, "annotations", alert.annotations);
  json.Key("endsAt");
  json.HtmlSafeString(
      Rfc3339(alert.resolved_at_ms != 0 ? alert.resolved_at_ms : alert.valid_until_ms));
  json.Key("startsAt");
  json.HtmlSafeString(Rfc3339(alert.fired_at_ms));
  json.Key("generatorURL");
  const std::string query = http::Escape(expr, http::PlusSign::kIsSpace);
  json.HtmlSafeString(StrCat(external_url, "/graph?g0.expr=", query, "&g0.tab=1"));
  AppendLabels(json, "labels", alert.labels);
  json.EndObject();
  return out;
}

struct Notifier::Target {
  std::string url;
  std::function<void()> run;
  kvs_thread_t* thread = nullptr;
  Mutex mutex;
  CondVar changed;
  bool stopping KVS_GUARDED_BY(mutex) = false;
  std::map<std::string, std::deque<std::string>> queues
      KVS_GUARDED_BY(mutex);  // JSON of alerts, by tenant.
  std::string last_tenant KVS_GUARDED_BY(mutex);
};

Notifier::Notifier(sdk::Host host, const Config& config, const Metrics& metrics, Send send)
    : host_(host),
      metrics_(metrics),
      send_(std::move(send)),
      external_url_(config.external_url),
      queue_max_(static_cast<size_t>(config.alertmanager_queue)) {
  for (const std::string& url : config.alertmanager_urls) {
    if (url.empty()) continue;  // Of a variable that is not set.
    auto target = std::make_unique<Target>();
    target->url = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
    targets_.push_back(std::move(target));
  }
}

Notifier::~Notifier() {
  Stop();
}

Status Notifier::Start() {
  for (const auto& target : targets_) {
    target->run = [this, raw = target.get()] { Run(*raw); };
    target->thread = host_.executor().StartThread("alerts", &target->run);
    if (target->thread == nullptr) return ResourceExhausted("no thread for sending alerts");
  }
  return OkStatus();
}

void Notifier::Stop() {
  for (const auto& target : targets_) {
    const MutexLock lock(target->mutex);
    target->stopping = true;
    target->changed.notify_all();
  }
  for (const auto& target : targets_) {
    if (target->thread != nullptr)
      host_.executor().JoinThread(std::exchange(target->thread, nullptr));
  }
}

void Notifier::Enqueue(const std::string& tenant, std::vector<rules::Alert> alerts,
                       const std::string& expr) {
  for (const auto& target : targets_) {
    size_t dropped = 0;
    {
      const MutexLock lock(target->mutex);
      std::deque<std::string>& queue = target->queues[tenant];
      for (const rules::Alert& alert : alerts) {
        if (queue.size() >= queue_max_) {
          queue.pop_front();
          ++dropped;
        }
        queue.push_back(AlertToJson(alert, external_url_, expr));
      }
      target->changed.notify_one();
    }
    metrics_.queue_length.Add(static_cast<double>(alerts.size()) - static_cast<double>(dropped));
    if (dropped > 0) metrics_.alerts_dropped.With({tenant}).Add(static_cast<double>(dropped));
  }
}

void Notifier::Run(Target& target) {
  while (true) {
    std::string tenant, body = "[";
    size_t n = 0;
    {
      const MutexLock lock(target.mutex);
      while (!target.stopping && target.queues.empty()) target.changed.wait(target.mutex);
      if (target.stopping) return;
      // The tenant after the one that had its turn.
      auto at = target.queues.upper_bound(target.last_tenant);
      if (at == target.queues.end()) at = target.queues.begin();
      tenant = target.last_tenant = at->first;
      for (; n < kBatchMax && !at->second.empty(); ++n) {
        StrAppend(body, n > 0 ? "," : "", at->second.front());
        at->second.pop_front();
      }
      if (at->second.empty()) target.queues.erase(at);
    }
    body += "]";
    metrics_.queue_length.Add(-static_cast<double>(n));
    if (const Status status = send_(StrCat(target.url, "/api/v2/alerts"), tenant, body);
        status.ok()) {
      metrics_.alerts_sent.With({tenant, target.url}).Add(static_cast<double>(n));
    } else {
      metrics_.alert_errors.With({tenant, target.url}).Add(static_cast<double>(n));
      metrics_.alerts_dropped.With({tenant}).Add(static_cast<double>(n));
      host_.log().Warn(
          "alerts could not be sent",
          {{"tenant", tenant}, {"alertmanager", target.url}, {"error", status.message()}});
    }
  }
}

Notifier::Send HttpSend(const Config& config) {
  return [config](const std::string& url, const std::string& tenant,
                  const std::string& body) -> Status {
    CURL* const easy = curl_easy_init();
    if (easy == nullptr) return ResourceExhausted("libcurl has no memory");
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    headers = curl_slist_append(headers, StrCat("X-Scope-OrgID: ", tenant).c_str());
    headers = curl_slist_append(headers, "Expect:");
    if (!config.alertmanager_bearer_token.value.empty()) {
      headers = curl_slist_append(
          headers,
          StrCat("Authorization: Bearer ", config.alertmanager_bearer_token.value).c_str());
    }
    char reason[CURL_ERROR_SIZE] = "";
    std::string answer;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(config.alertmanager_timeout.ms));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!config.alertmanager_ca_file.empty())
      curl_easy_setopt(easy, CURLOPT_CAINFO, config.alertmanager_ca_file.c_str());
    if (!config.alertmanager_username.empty()) {
      curl_easy_setopt(easy, CURLOPT_USERNAME, config.alertmanager_username.c_str());
      curl_easy_setopt(easy, CURLOPT_PASSWORD, config.alertmanager_password.value.c_str());
    }
    using OnBody = size_t (*)(char*, size_t, size_t, void*);
    const OnBody on_body = [](char* data, size_t one, size_t n, void* to) -> size_t {
      auto& text = *static_cast<std::string*>(to);
      if (text.size() < 512) text.append(data, std::min<size_t>(one * n, 512));
      return one * n;
    };
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(easy);
    long http_code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    if (code != CURLE_OK)
      return Unavailable(url, ": ", reason[0] != '\0' ? reason : curl_easy_strerror(code));
    if (http_code / 100 != 2) return Unavailable(url, ": HTTP ", http_code, " ", answer);
    return OkStatus();
  };
}

}  // namespace kvs::ruler
