// SPDX-License-Identifier: Apache-2.0
#include "kernel/pages/pages.h"

#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/port/http_routes.h"

#include "kernel/pages/services_page.h"

namespace kvs::kernel {
namespace {

using sdk::HttpReply;

/// The value of a parameter of a raw query; empty when it is not there. Formats need no decoding.
std::string_view QueryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? "" : pair.substr(equals + 1);
  }
  return {};
}

bool WantsHtml(const kvs_http_request_t& request) {
  return sdk::HeaderOf(request, "accept").find("text/html") != std::string_view::npos;
}

HttpReply Html(std::string body) {
  return {200, {{"content-type", "text/html; charset=utf-8"}}, std::move(body)};
}

HttpReply Readiness(const HealthBoard& health) {
  const std::vector<std::string> reasons = health.NotReady();
  if (reasons.empty()) return HttpReply::PlainText(200, "ready\n");
  std::string text = "not ready\n";
  for (const std::string& reason : reasons) StrAppend(text, reason, "\n");
  return HttpReply::PlainText(503, std::move(text));
}

HttpReply Graph(const PagesOptions& options, const kvs_http_request_t& request) {
  std::string_view format = QueryParameter(sdk::View(request.query), "format");
  if (format.empty()) format = "mermaid";
  auto graph = options.graph(format);
  if (!graph.ok()) {
    const int status = graph.status().code() == StatusCode::kInvalidArgument ? 400 : 503;
    return HttpReply::PlainText(status, StrCat(graph.status().message(), "\n"));
  }
  if (format == "json") return HttpReply::Json(200, std::move(graph).value());
  return HttpReply::PlainText(200, std::move(graph).value());
}

}  // namespace

/// One page: where it hangs, and what answers.
class Pages::Page final : public sdk::HttpHandler {
 public:
  using Answer =
      std::function<sdk::Outcome(const kvs_http_request_t&, kvs_http_reply_t&, sdk::Completer&)>;

  Page(const char* methods, const char* pattern, const char* name, uint32_t flags, Answer answer)
      : methods(methods), pattern(pattern), name(name), flags(flags), answer_(std::move(answer)) {}

  /// A page that is quickly made.
  static Answer Quick(std::function<HttpReply(const kvs_http_request_t&)> make) {
    return [make = std::move(make)](const kvs_http_request_t& in, kvs_http_reply_t& out,
                                    sdk::Completer&) -> sdk::Outcome {
      sdk::Send(make(in), out);
      return OkStatus();
    };
  }

  sdk::Outcome Handle(const sdk::Call&, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override {
    return answer_(in, out, completer);
  }

  const char* const methods;
  const char* const pattern;
  const char* const name;
  const uint32_t flags;

 private:
  const Answer answer_;
};

Pages::Pages(Services& services, PagesOptions options) {
  const auto add = [&](const char* methods, const char* pattern, const char* name,
                       Page::Answer answer, uint32_t flags = KVS_HTTP_ADMIN) {
    pages_.push_back(std::make_unique<Page>(methods, pattern, name, flags, std::move(answer)));
  };
  // Probes: who has no credentials may still learn the status.
  constexpr uint32_t kProbe = KVS_HTTP_ADMIN | KVS_HTTP_PUBLIC;
  const Page::Answer ready =
      Page::Quick([&services](const kvs_http_request_t&) { return Readiness(services.health); });

  add("GET", "/metrics", "metrics",
      [&services](const kvs_http_request_t& in, kvs_http_reply_t& out, sdk::Completer& completer) {
        // A large page takes longer than the reactor has.
        const ExpositionFormat format = NegotiateExposition(sdk::HeaderOf(in, "accept"));
        auto completion = std::make_shared<sdk::Completion>(completer.Defer());
        services.executor.PostWorker([&services, &out, format, completion] {
          HttpReply reply{200,
                          {{"content-type", std::string(ExpositionContentType(format))}},
                          services.metrics.Render(format)};
          sdk::Send(std::move(reply), out);
          (*completion)(OkStatus());
        });
        return sdk::Pending();
      });
  add("GET", "/ready", "ready", ready, kProbe);
  add("GET", "/-/ready", "ready", ready, kProbe);
  add("GET", "/-/healthy", "healthy",
      Page::Quick([](const kvs_http_request_t&) { return HttpReply::PlainText(200, "healthy\n"); }),
      kProbe);
  add("POST,PUT", "/-/reload", "reload",
      [reload = options.reload](const kvs_http_request_t&, kvs_http_reply_t& out,
                                sdk::Completer& completer) {
        auto completion = std::make_shared<sdk::Completion>(completer.Defer());
        reload([&out, completion](const Status& status, std::string text) {
          HttpReply reply = status.ok()
                                ? HttpReply::PlainText(200, std::move(text))
                                : HttpReply::PlainText(
                                      500, StrCat("reload failed: ", status.message(), "\n", text));
          sdk::Send(std::move(reply), out);
          (*completion)(OkStatus());
        });
        return sdk::Pending();
      });
  add("GET", "/services", "services", Page::Quick([&services](const kvs_http_request_t& in) {
        const std::vector<ComponentStatus> components = services.health.List();
        return WantsHtml(in) ? Html(ServicesHtml(components))
                             : HttpReply::PlainText(200, ServicesText(components));
      }));
  add("GET", "/graph", "graph",
      Page::Quick([options](const kvs_http_request_t& in) { return Graph(options, in); }));
  starting_ = std::make_unique<Page>("GET,HEAD,POST,PUT,DELETE,PATCH,OPTIONS", "/*", "starting",
                                     uint32_t{0}, Page::Quick([](const kvs_http_request_t&) {
                                       HttpReply reply = HttpReply::PlainText(
                                           503, "starting: not everything is there yet\n");
                                       reply.headers.emplace_back("retry-after", "5");
                                       return reply;
                                     }));
}

Pages::~Pages() = default;

Status Pages::Attach(const kvs_iface_t& routes) {
  const sdk::RoutesRef ref(routes);
  Status first_error;
  const auto add = [&](const char* owner, Page& page) {
    Status status = ref.Add(
        owner, page.methods, page.pattern, &page,
        {.flags = page.flags, .name = page.name, .max_body_bytes = 0, .max_decoded_bytes = 0});
    if (!status.ok() && first_error.ok()) first_error = std::move(status);
  };
  for (const auto& page : pages_) add(kOwner, *page);
  add(kStartingOwner, *starting_);
  return first_error;
}

void Pages::Open(const kvs_iface_t& routes) {
  sdk::RoutesRef(routes).RemoveAll(kStartingOwner);
}

}  // namespace kvs::kernel
